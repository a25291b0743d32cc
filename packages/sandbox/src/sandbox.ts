// SPDX-License-Identifier: Apache-2.0
import { createAccountService } from './account-service.ts'
import { AccountStore } from './account-store.ts'
import type { Asked, Reply, SeenRequest, Service } from './answer.ts'
import type { CiEnvironment, CiOptions } from './ci-environment.ts'
import { CiSystems } from './ci-systems.ts'
import { createCertificateLogService } from './certificate-log-service.ts'
import { createClock, createRunningClock } from './clock.ts'
import type { SandboxClock } from './clock.ts'
import { createDistTagService } from './dist-tag-service.ts'
import { FaultBox } from './fault.ts'
import type { Fault, FaultMatch } from './fault.ts'
import { createFulcioService } from './fulcio-service.ts'
import { Gate } from './gate.ts'
import type { LongLived } from './gate.ts'
import { createTokenIssuers } from './identity-token.ts'
import type { TokenIssuers } from './identity-token.ts'
import { resolveJob } from './job.ts'
import type { CiKind, JobSpec } from './job.ts'
import { createSeed } from './key-pair.ts'
import type { Seed } from './key-pair.ts'
import { listen } from './loopback-server.ts'
import type { LoopbackServer } from './loopback-server.ts'
import { PackageStore } from './package-store.ts'
import type { Manifest } from './package-store.ts'
import { createRekorService } from './rekor-service.ts'
import { createRekorV2Service } from './rekor-v2-service.ts'
import { createRegistryKeys } from './registry-keys.ts'
import type { RegistryKeyRing } from './registry-keys.ts'
import { createPublishService } from './publish-service.ts'
import { createReadService } from './read-service.ts'
import { createRegistryService } from './registry-service.ts'
import type { AttestationDocument, Published, Release } from './release.ts'
import { signingConfigDocument } from './signing-config.ts'
import { createSigstore } from './sigstore.ts'
import type { Sigstore } from './sigstore.ts'
import { createStageService } from './stage-service.ts'
import { StageStore } from './stage-store.ts'
import { createTimestampService } from './timestamp-service.ts'
import { createTokenService } from './token-service.ts'
import { createExchangeService, createTrustService } from './trust-service.ts'
import { TrustStore } from './trust-store.ts'
import { TufRepository } from './tuf-repository.ts'
import type { TufExpiry } from './tuf-repository.ts'

/** How a sandbox is to be. The same options and the same steps give the same documents, byte for byte. */
export interface SandboxOptions {
  readonly seed?: string
  /** What the clock says at the start; by default a day in January 2026. */
  readonly now?: Date
  /** Whether the clock runs on from there. By default it stands still, so that the same steps give the same documents. */
  readonly running?: boolean
  /** The registry's port; by default any that is free. */
  readonly port?: number
  /** When TUF signatures end; by default in the year 2100, since clients go by their own clocks. */
  readonly tufExpires?: TufExpiry
  /** Further hosts whose registry keys the TUF repository has, as `HOST/keys.json`; the sandbox's own is always there. */
  readonly keyHosts?: readonly string[]
  /** `refuse`: tokens that live for more than half a day may not write, whatever else they may. By default they may. */
  readonly longLived?: LongLived
}

/** A registry and a Sigstore on loopback. */
export interface Sandbox {
  /** `http://127.0.0.1:PORT/`; each part has a port of its own. */
  readonly registryUrl: string
  /** These without a slash at the end, as clients want them. */
  readonly fulcioUrl: string
  readonly rekorUrl: string
  readonly certificateLogUrl: string
  readonly rekorV2Url: string
  readonly timestampUrl: string
  /** Below it stand `github`, `gitlab` and `circleci/org/ORGANISATION`, each an issuer of identity tokens. */
  readonly ciUrl: string
  readonly tufUrl: string
  readonly clock: SandboxClock
  /** Who may publish over HTTP. There is one account at the start, `sandbox`, whose are the packages that `publish()` makes. */
  readonly accounts: AccountStore
  /** Which jobs may publish which packages, by exchanging an identity token whose audience is `npm:127.0.0.1`. */
  readonly trust: TrustStore
  /** Every request that came in, in order, with the headers that it carried. */
  readonly requests: readonly SeenRequest[]
  /** The `trusted_root.json` under which everything verifies. */
  trustedRoot(): string
  /** The registry's keys, as the TUF target (default) or as the registry's own endpoint has them. */
  registryKeys(form?: 'tuf' | 'endpoint'): string
  /** The root metadata that a TUF client has to start from. */
  tufRoot(): string
  /** Has TUF sign everything anew, with other ends of validity or another trusted root. */
  changeTuf(change: { readonly expires?: TufExpiry; readonly trustedRoot?: string }): void
  /** A CI system's identity token for a job, which the sandbox's Fulcio takes; its ref is `refs/heads/main` unless told otherwise. */
  identityToken(job: JobSpec, options?: { readonly audience?: string; readonly lifetimeSeconds?: number }): string
  /**
   * The variables that a job of a CI system sees, so that programs which know it find what they look for. GitHub's jobs ask the sandbox
   * for identity tokens; the others have theirs among the variables.
   */
  ciEnvironment(kind: CiKind, job: JobSpec, options?: CiOptions): CiEnvironment
  /** Packs, signs, attests and serves a version. Rejects where it was published before. */
  publish(release: Release): Promise<Published>
  /** Takes a version away; it stays in `time`, as on the public registry. */
  unpublish(name: string, version: string): void
  /** What was published, or undefined. */
  published(name: string, version: string): Published | undefined
  /** Serves another attestation document for a version: a forged one, a text that is no JSON, or with null none. */
  serveAttestations(name: string, version: string, document: AttestationDocument | string | null): void
  /** Serves another tarball than the one that was published and attested. */
  serveTarball(name: string, version: string, bytes: Buffer): void
  /** Changes a version's metadata; `dist.tarball` and `dist.attestations.url` are relative to the registry. */
  editManifest(name: string, version: string, edit: (manifest: Manifest) => Manifest): void
  /** Changes whether tokens that live for more than half a day may write, as an owner does in the settings of a package. */
  setLongLived(longLived: LongLived): void
  /** Makes requests go wrong; the function that comes back ends it. */
  fault(match: FaultMatch, fault: Fault): () => void
  /** Makes the registry answer as many a mirror does: no attestations, no keys, no signatures, for anybody. */
  actAsPlainMirror(): () => void
  /** What signs in here, for the forgery kit. */
  readonly inside: {
    readonly seed: Seed
    readonly sigstore: Sigstore
    readonly keys: RegistryKeyRing
    readonly issuers: TokenIssuers
  }
  close(): Promise<void>
}

const DEFAULT_NOW = new Date('2026-01-15T12:00:00.000Z')

/** Starts a sandbox. It listens on 127.0.0.1 only, and does not keep a process alive that has nothing else to do. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const seed = createSeed(options.seed ?? 'sandbox')
  const clock = (options.running === true ? createRunningClock : createClock)(options.now ?? DEFAULT_NOW)
  const sigstore = createSigstore(seed)
  const keys = createRegistryKeys(seed)
  const store = new PackageStore(sigstore, keys)
  const accounts = new AccountStore(seed, clock)
  const trust = new TrustStore(seed)
  const gate = new Gate(accounts, store, options.longLived ?? 'accept')
  const issuers = createTokenIssuers(seed)
  const faults = new FaultBox()
  const requests: SeenRequest[] = []
  const serve = (service: Service, answer: (asked: Asked) => Reply, port = 0): Promise<LoopbackServer> =>
    listen(service, answer, faults, requests, port)
  let registryUrl = ''
  const registry = await serve(
    'registry',
    createRegistryService([
      createAccountService(accounts, gate),
      createTokenService(accounts, gate, clock),
      createTrustService(trust, store, gate),
      createExchangeService(trust, accounts, issuers, clock, () => registryUrl),
      createStageService(new StageStore(seed), store, sigstore, gate, clock),
      createDistTagService(store, gate),
      createPublishService(store, sigstore, gate, clock),
      createReadService(store, keys, gate, () => registryUrl),
    ]),
    options.port,
  )
  registryUrl = registry.url
  const keyTargets = [new URL(registryUrl).host, ...(options.keyHosts ?? [])].map(
    (host) => [`${host}/keys.json`, keys.document('tuf')] as const,
  )
  const fulcio = await serve('fulcio', createFulcioService(sigstore, issuers, clock))
  const ct = await serve('ct', createCertificateLogService(sigstore.certificateLog, sigstore.authority, clock))
  const rekor = await serve('rekor', createRekorService(sigstore.log, clock))
  const rekorV2 = await serve('rekor-v2', createRekorV2Service(sigstore.tileLog))
  const timestamp = await serve('timestamp', createTimestampService(sigstore.timestampAuthority, clock))
  const systems = new CiSystems(issuers, seed, clock)
  const ci = await serve('ci', (asked) => systems.answer(asked, ci.url))
  const urls = {
    fulcioUrl: bare(fulcio),
    rekorUrl: bare(rekor),
    rekorV2Url: bare(rekorV2),
    timestampUrl: bare(timestamp),
  }
  const tuf = new TufRepository(
    seed,
    new Map([
      ['trusted_root.json', sigstore.trustedRoot],
      ['signing_config.v0.2.json', signingConfigDocument(urls)],
      ...keyTargets,
    ]),
    options.tufExpires,
  )
  const mirror = await serve('tuf', (asked) => tuf.answer(asked))
  const servers = [registry, fulcio, ct, rekor, rekorV2, timestamp, ci, mirror]
  return {
    registryUrl,
    ...urls,
    certificateLogUrl: bare(ct),
    ciUrl: bare(ci),
    tufUrl: bare(mirror),
    clock,
    accounts,
    trust,
    requests,
    inside: { seed, sigstore, keys, issuers },
    trustedRoot: () => sigstore.trustedRoot,
    registryKeys: (form = 'tuf') => keys.document(form),
    tufRoot: () => tuf.initialRoot,
    changeTuf({ expires, trustedRoot }) {
      tuf.change(new Map(trustedRoot === undefined ? [] : [['trusted_root.json', trustedRoot]]), expires)
    },
    identityToken(job, { audience = 'sigstore', lifetimeSeconds = 300 } = {}) {
      const resolved = resolveJob({ ref: 'refs/heads/main', ...job }, 'token', '0.0.0')
      return issuers.mint(resolved, audience, clock.now(), lifetimeSeconds)
    },
    ciEnvironment: (kind, job, ciOptions) => systems.environment(kind, job, { url: ci.url, registryUrl }, ciOptions),
    publish: async (release) => store.publish(release, clock.now()),
    unpublish: (name, version) => store.unpublish(name, version, clock.now()),
    published: (name, version) => store.get(name)?.versions.get(version)?.published,
    serveAttestations(name, version, document) {
      const text = typeof document === 'string' || document === null ? document : JSON.stringify(document)
      const attestations = typeof document === 'string' ? null : document
      store.replace(name, version, ({ manifest, published }) => ({
        manifest,
        published: { ...published, attestations, attestationsText: text },
      }))
    },
    serveTarball(name, version, tarball) {
      store.replace(name, version, ({ manifest, published }) => ({ manifest, published: { ...published, tarball } }))
    },
    editManifest(name, version, edit) {
      store.replace(name, version, ({ manifest, published }) => ({ manifest: edit(manifest), published }))
    },
    setLongLived(longLived) {
      gate.longLived = longLived
    },
    fault: (match, fault) => faults.add(match, fault),
    actAsPlainMirror() {
      const undo = [
        faults.add({ service: 'registry', path: /^\/-\/npm\/v1\//u }, { kind: 'status', status: 404 }),
        faults.add(
          { service: 'registry', path: /^\/(?!-\/)(?!.*\.tgz$)/u },
          { kind: 'strip', fields: ['dist.signatures', 'dist.attestations'] },
        ),
      ]
      return () => {
        for (const each of undo) each()
      }
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close()))
    },
  }
}

function bare({ url }: LoopbackServer): string {
  return url.slice(0, -1)
}
