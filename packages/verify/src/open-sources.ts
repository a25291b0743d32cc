// SPDX-License-Identifier: Apache-2.0
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { BonafideError } from '@bonafide/core'
import {
  createEvidenceClient,
  createRegistryClient,
  defaultCacheFolder,
  defaultStateFolder,
  fetchTrust,
  loadNpmSettings,
  openCacheSeal,
} from '@bonafide/registry'
import type { Answer, IgnoredSetting, Packument, RegistryClient, TrustAnswer } from '@bonafide/registry'
import { createEvidenceExport, readEvidence } from './evidence-exchange.ts'
import type { EvidenceOptions, EvidenceOrigin } from './evidence-exchange.ts'
import { openKeptContents } from './kept-contents.ts'
import type { PrivateRootText } from './private-roots.ts'
import type { Sources } from './sources.ts'
import { reasonOf, show } from './text-file.ts'
import { prepareTrust } from './trust.ts'
import type { RunTrust } from './trust.ts'
import { createVerifierPool } from './verifier-pool.ts'
import type { VerifierPool } from './verifier-pool.ts'

/** Whom to ask and whom to trust. Nothing here is read from the environment except what npm itself reads there. */
export interface SourceOptions {
  readonly cwd: string
  /** The project's folder, for npm's configuration. */
  readonly dir: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: Date
  readonly offline?: boolean
  readonly registry?: string | undefined
  readonly evidenceRegistry?: string | undefined
  /** Trusted roots for named scopes, beside the public one. */
  readonly privateRoots?: readonly PrivateRootText[]
  /** A Sigstore trusted root in place of the public one. */
  readonly trustedRoot?: string | undefined
  readonly registryKeys?: string | undefined
  /** Another TUF repository than Sigstore's public one, with the root metadata to start from and the host whose keys it holds. */
  readonly tuf?: { readonly mirrorUrl: string; readonly tufRootPath: string; readonly registryHost?: string }
  /** Look into the tarballs too. */
  readonly tarballs?: boolean
  /** Whether tarballs are fetched to be installed: from where the user's clients would fetch them, and not from the evidence registry. */
  readonly installs?: boolean
  /** Which tarballs are looked into; all where left out. */
  readonly readsTarballOf?: Sources['readsTarballOf']
  /** A file of evidence that answers in place of every registry and of TUF: nobody is asked. */
  readonly evidence?: EvidenceOptions | undefined
  /** Whether what is heard is kept, to be written into a file of evidence. */
  readonly keepsEvidence?: boolean
  /** Where raw documents and trust metadata are kept. */
  readonly cacheDir?: string | undefined
  /** Where the key lies that tells this machine's own cached documents from others'; never inside the cache. */
  readonly stateDir?: string | undefined
}

/** Sources that are open: close them when done. */
export interface OpenSources extends Sources {
  /** What npm's configuration held that was not obeyed. */
  readonly ignored: readonly IgnoredSetting[]
  /** Asks for metadata where the user's clients would: what is to be installed is planned by what they would see. */
  readonly planner: RegistryClient
  /** The folder of this program's caches. */
  readonly cacheDir: string
  /** Whether npm's `registry` comes from the project's own `.npmrc`. */
  readonly isRegistryFromProject: boolean
  /** Whether the user named the registry to ask. */
  readonly isRegistryGiven: boolean
  /** Why the trust root was not refreshed although that was due; null where it was, or was not due. */
  readonly refreshFailure: string | null
  /** The file of evidence that answered; null where registries did. */
  readonly evidence: EvidenceOrigin | null
  /** Writes what was heard; null unless the options asked for it. */
  readonly exportEvidence: ((file: string) => Promise<EvidenceOrigin>) | null
  /** Ends what was opened. */
  close(): Promise<void>
}

/**
 * Opens what a run needs: npm's configuration, a client for the registries, and the trust root.
 *
 * A trust root that cannot be had is no error: versions that need it come out undecided.
 *
 * @throws BonafideError for files and settings that cannot be used
 */
export async function openSources(options: SourceOptions): Promise<OpenSources> {
  const { cwd, env, now, offline = false } = options
  const cacheDir =
    options.cacheDir ?? defaultCacheFolder({ env, homeDir: env['HOME'] ?? homedir(), platform: process.platform })
  const seal = openCacheSeal(
    options.stateDir ?? defaultStateFolder({ env, homeDir: env['HOME'] ?? homedir(), platform: process.platform }),
  )
  const settings = await loadNpmSettings({ cwd: resolve(cwd, options.dir), env })
  const given = options.evidence === undefined ? null : await readEvidence(options.evidence, cwd)
  const kept = options.keepsEvidence === true ? createEvidenceExport(now, cwd) : null
  const open = (registry: string | undefined): RegistryClient => {
    const asking = {
      cacheDir: join(cacheDir, 'documents'),
      seal,
      offline,
      registry,
      evidenceRegistry: options.evidenceRegistry,
      record: kept?.record,
      ...(options.installs === undefined ? {} : { installs: options.installs }),
    }
    return given === null
      ? createRegistryClient(settings, asking)
      : createEvidenceClient(given.file, settings, now, asking)
  }
  const client = await preferConfigured(open(options.registry), options, open)
  const answer = await fetchTrust({
    cacheDir: join(cacheDir, 'trust'),
    now,
    offline: offline || given !== null,
    kept: given?.file.trust,
    record: kept?.recordTrust,
    connectionTo: settings.connectionTo,
    trustedRootFile: options.trustedRoot === undefined ? undefined : resolve(cwd, options.trustedRoot),
    registryKeysFile: options.registryKeys === undefined ? undefined : resolve(cwd, options.registryKeys),
    ...options.tuf,
  }).catch((error: unknown) => {
    throw asNamed(error, cwd)
  })
  const { downloads, evidence } = client.registries
  const planner =
    downloads === evidence || given !== null
      ? client
      : createRegistryClient(settings, {
          cacheDir: join(cacheDir, 'documents'),
          seal,
          offline,
          evidenceRegistry: downloads,
          installs: true,
        })
  const files = { trustedRoot: options.trustedRoot, registryKeys: options.registryKeys }
  const privateRoots = options.privateRoots ?? []
  const trust = prepareTrust(answer, files, privateRoots)
  const pool = poolOf(answer, trust, privateRoots)
  const contents = openKeptContents(join(cacheDir, 'contents'), seal)
  return {
    client: rememberMetadata(client),
    planner: rememberMetadata(planner),
    cacheDir,
    trust,
    verifyDocument: pool?.verify ?? null,
    readsTarballs: options.tarballs ?? false,
    readsTarballOf: options.readsTarballOf,
    contents,
    evidence: given?.origin ?? null,
    exportEvidence: kept === null ? null : (file) => kept.write(file, client),
    close: async () => {
      await Promise.all([client.close(), contents.close(), pool?.close()])
    },
    now,
    ignored: settings.ignored,
    isRegistryFromProject: settings.fromProject.has('registry'),
    isRegistryGiven: options.registry !== undefined || options.evidenceRegistry !== undefined,
    // Nobody wanted to refresh what a file of evidence holds.
    refreshFailure: answer.kind === 'found' && given === null ? answer.trust.refreshFailure : null,
  }
}

// Nobody named a registry, and npm is configured with another one than the public: that one is asked where it serves what we need, since
// it knows the names anyway. Mirrors tend to drop signatures and attestations; then the public registry has to be asked.
async function preferConfigured(
  client: RegistryClient,
  options: SourceOptions,
  open: (registry: string) => RegistryClient,
): Promise<RegistryClient> {
  const { configured, public: publicRegistry } = client.registries
  if (options.registry !== undefined || options.evidenceRegistry !== undefined || configured === publicRegistry)
    return client
  const serves = await client.fetchServesAttestations(configured)
  return serves.kind === 'found' && serves.value ? open(configured) : client
}

function poolOf(
  answer: TrustAnswer,
  { root, registryKeys, privateRoots }: RunTrust,
  privateTexts: readonly PrivateRootText[],
): VerifierPool | null {
  if (answer.kind !== 'found' || root === null || registryKeys === null) return null
  const { trustedRoot, registryKeys: keys } = answer.trust
  if (keys === null) return null
  const texts = { trustedRoot, registryKeys: keys, privateRoots: privateTexts }
  return createVerifierPool({ root, registryKeys, privateRoots }, texts)
}

// A file of trust material that cannot be read, by the name that the user gave it.
function asNamed(error: unknown, cwd: string): unknown {
  if (!(error instanceof BonafideError) || error.detail.path === undefined) return error
  const { code, message, detail, cause } = error
  const path = show(error.detail.path, cwd)
  return new BonafideError(code, message, {
    ...detail,
    path,
    found: reasonOf(cause),
    wanted: 'a file that can be read',
    cause,
  })
}

// A package's metadata answers for all its versions, and is the same for the whole run.
function rememberMetadata(client: RegistryClient): RegistryClient {
  const known = new Map<string, Promise<Answer<Packument>>>()
  return {
    ...client,
    fetchPackument: (name, need, options) => {
      const key = `${need} ${name}`
      const kept = options?.fresh === true ? undefined : known.get(key)
      const answer = kept ?? client.fetchPackument(name, need, options)
      known.set(key, answer)
      return answer
    },
  }
}
