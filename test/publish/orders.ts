// SPDX-License-Identifier: Apache-2.0
// Versions that are ready to be sent, for tests of sending: made by a sandbox of the same seed, whose Sigstore is therefore the same.
import { Secret, isJsonObject, parseJson } from '@bonafide/core'
import type { JsonObject } from '@bonafide/core'
import type { PreparedPackage, PublishPatience, SealedBundle, UploadOrder } from '@bonafide/publish'
import { startSandbox } from '@bonafide/sandbox'
import type { Sandbox, TrustSpec } from '@bonafide/sandbox'

/** A release of a job of `acme/rocket`. */
export const JOB = { repository: 'acme/rocket' }

/** What lets that job publish. */
export const TRUST: TrustSpec = {
  type: 'github',
  claims: { repository: 'acme/rocket', workflow_ref: { file: 'release.yml' } },
  permissions: ['createPackage'],
}

/** Patience that tests can wait for. */
export const SHORT: PublishPatience = {
  sends: 3,
  exchangeDeadline: 1000,
  sendDeadline: 2000,
  arrival: 300,
  lostLook: 60,
  firstPause: 10,
  longestPause: 20,
  longestRetryAfter: 1500,
  signing: { retries: 1, firstPause: 10, attempt: 5000, total: 10_000 },
}

/** A version, and the provenance of it. */
export interface Ready {
  readonly prepared: PreparedPackage
  readonly bundle: SealedBundle
}

/** Packs and signs a version as a sandbox of this seed would; the same contents give the same bytes. */
export async function ready(
  seed: string,
  name: string,
  version: string,
  { manifest = {}, text = '' }: { readonly manifest?: Readonly<Record<string, unknown>>; readonly text?: string } = {},
): Promise<Ready> {
  const workshop = await startSandbox({ seed })
  const repository = { type: 'git', url: 'git+https://github.com/acme/rocket.git' }
  const fields = { description: 'To the moon', repository, license: 'MIT', ...manifest }
  const made = await workshop.publish({ name, version, manifest: fields, provenance: JOB, files: { 'text.txt': text } })
  await workshop.close()
  const entry = made.attestations?.attestations.find(({ predicateType }) => predicateType.includes('slsa'))
  if (entry === undefined) throw new Error('no provenance')
  const json = jsonObject(entry.bundle)
  const { mediaType } = json
  if (typeof mediaType !== 'string') throw new Error('no bundle')
  return {
    prepared: {
      name,
      version,
      manifest: jsonObject({ name, version, ...fields }),
      tarball: made.tarball,
      integrity: made.integrity,
      source: { kind: 'tarball', path: `${name}-${version}.tgz` },
      files: ['package.json', 'index.js', 'text.txt'],
      publishConfig: { access: null, tag: null, registry: null },
    },
    bundle: { json, mediaType },
  }
}

/** A value as JSON is read here. */
export function jsonObject(value: unknown): JsonObject {
  const document = parseJson(JSON.stringify(value))
  if ('problem' in document || !isJsonObject(document.value)) throw new Error('no object')
  return document.value
}

/** A short-lived token for a package, as the registry of a sandbox hands it to a job. */
export async function exchanged(sandbox: Sandbox, name: string): Promise<Secret> {
  const identity = sandbox.identityToken(JOB, { audience: 'npm:127.0.0.1' })
  const url = `${sandbox.registryUrl}-/npm/v1/oidc/token/exchange/package/${name.replace('/', '%2f')}`
  const answer = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${identity}` } })
  const { token } = (await answer.json()) as { readonly token?: string }
  if (token === undefined) throw new Error(`no token: ${answer.status}`)
  return new Secret(token)
}

/** An order for a version, to a sandbox. */
export async function orderFor(
  sandbox: Sandbox,
  { prepared, bundle }: Ready,
  more: Partial<UploadOrder> = {},
): Promise<UploadOrder> {
  return {
    prepared,
    bundle,
    registry: sandbox.registryUrl,
    tag: 'latest',
    access: null,
    token: more.token ?? (await exchanged(sandbox, prepared.name)),
    isStaged: false,
    isPublicSigstore: false,
    otp: null,
    connectionTo: () => ({ rejectUnauthorized: true }),
    readAs: () => null,
    deadline: SHORT.sendDeadline,
    ...more,
  }
}

/** How often a version was sent to a sandbox. */
export function sendings(sandbox: Sandbox, path: string): number {
  return sandbox.requests.filter((one) => one.path === path && ['PUT', 'POST'].includes(one.method)).length
}
