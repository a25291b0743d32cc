// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { BonafideError } from '@bonafide/core'
import type { ErrorCode } from '@bonafide/core'
import { DEFAULT_MIRROR_URL } from '@sigstore/tuf'
import type { Connection } from './npm-settings.ts'
import { publicRegistry } from './registry-url.ts'
import { readTufRecord, writeTufRecord } from './tuf-record.ts'
import type { TufRecord } from './tuf-record.ts'
import { refreshTuf, replayTuf } from './tuf-session.ts'
import type { RefreshFailure, TufRepository, TufTargets } from './tuf-session.ts'

/** One document of trust material, with where it came from. */
export interface TrustDocument {
  readonly text: string
  readonly source: 'tuf' | 'tuf-cache' | 'file'
  /** `sha256:` and the hexadecimal digest of the text. */
  readonly digest: string
}

/** Trust material as text; parsing it is the attestation package's job. */
export interface TrustSource {
  /** A Sigstore `trusted_root.json`. */
  readonly trustedRoot: string
  readonly source: TrustDocument['source']
  readonly digest: string
  /** The registry's `keys.json`; null where neither a file was given nor the TUF repository has it. */
  readonly registryKeys: string | null
  readonly registryKeysSource: TrustDocument['source'] | null
  readonly registryKeysDigest: string | null
  /** When the mirror last confirmed the TUF metadata; null where none was used. */
  readonly refreshed: Date | null
  /** Why a refresh that was due did not happen, such as `timeout` or `metadata-invalid`. */
  readonly refreshFailure: string | null
}

/** What asking for trust material led to. A `registryKeys` beside a failure came from a file and still serves registry signatures. */
export type TrustAnswer =
  | { readonly kind: 'found'; readonly trust: TrustSource }
  /** There is a cached copy, too old to be believed; `ageDays` since the last refresh, null where nobody knows. */
  | {
      readonly kind: 'stale'
      readonly ageDays: number | null
      readonly reason: TrustFailure
      readonly registryKeys: TrustDocument | null
    }
  | { readonly kind: 'unavailable'; readonly reason: TrustFailure; readonly registryKeys: TrustDocument | null }

/** Why there is no fresh copy, in closed words. */
export type TrustFailure = RefreshFailure['reason'] | 'offline' | 'no-root-for-mirror'

/** Where trust comes from. None of it is ever taken from the environment or from npm's configuration, except how to connect. */
export interface TrustOptions {
  /** Where TUF metadata is kept; null for nowhere. */
  readonly cacheDir: string | null
  readonly now: Date
  readonly offline?: boolean
  /** `--trusted-root`: replaces TUF's. */
  readonly trustedRootFile?: string | undefined
  /** `--registry-keys`: replaces TUF's. */
  readonly registryKeysFile?: string | undefined
  /** Another TUF repository than Sigstore's public one; needs `tufRootPath`. */
  readonly mirrorUrl?: string | undefined
  /** The root metadata to start from, instead of the one that ships with @sigstore/tuf. */
  readonly tufRootPath?: string | undefined
  /** Whose keys to look for; by default the public registry's. */
  readonly registryHost?: string | undefined
  /** TUF metadata that somebody else kept, in place of the folder's: verified from the shipped root up like that, and as old as it says. */
  readonly kept?: KeptTrust | null | undefined
  /** Is told the TUF metadata that was used. */
  readonly record?: ((kept: KeptTrust) => void) | undefined
  readonly connectionTo?: (url: URL) => Connection
  readonly userAgent?: string
  /** Milliseconds for one file and for a whole refresh: an unreachable mirror costs no more than the first. */
  readonly attemptDeadline?: number
  readonly totalDeadline?: number
}

/** TUF metadata with its targets, and the repository that it is from. */
export type KeptTrust = TufRecord & { readonly mirror: string }

const DAY = 86_400_000
const REFRESH_AFTER = DAY
const BELIEVED_FOR = 7 * DAY

/**
 * Brings the trust material of a run.
 *
 * 1. Files that were given replace TUF; with both given, nothing else is looked at.
 * 2. A copy that the mirror confirmed within a day, and whose signed metadata has not expired, needs no request.
 * 3. Otherwise the mirror is asked, unless off line.
 * 4. Failing that, the copy still serves for seven days after its last refresh, and never beyond the signed expiry.
 *
 * A copy is verified from the shipped root up each time it is used.
 *
 * @throws BonafideError `BONAFIDE_TRUSTED_ROOT_UNREADABLE`, `BONAFIDE_REGISTRY_KEYS_UNREADABLE`
 */
export async function fetchTrust(options: TrustOptions): Promise<TrustAnswer> {
  const root = await readGiven(options.trustedRootFile, 'BONAFIDE_TRUSTED_ROOT_UNREADABLE', 'trusted root')
  const keys = await readGiven(options.registryKeysFile, 'BONAFIDE_REGISTRY_KEYS_UNREADABLE', 'registry keys')
  if (root !== null && keys !== null) return found(root, keys, null)

  const tuf = await fetchTuf(options)
  if ('targets' in tuf) {
    const source = tuf.isFresh ? 'tuf' : 'tuf-cache'
    const { trustedRoot, registryKeys, keysExpire, files } = tuf.targets
    options.record?.({ mirror: mirrorOf(options), files, refreshed: tuf.refreshed })
    const fromTuf = registryKeys === null || keysExpire < options.now ? null : document(registryKeys, source)
    return found(root ?? document(trustedRoot, source), keys ?? fromTuf, tuf)
  }
  // The root was given; only registry signatures go without.
  if (root !== null) return found(root, null, { refreshed: null, failure: tuf.reason })
  return { ...tuf, registryKeys: keys }
}

interface TufFound {
  readonly targets: TufTargets
  readonly isFresh: boolean
  readonly refreshed: Date
  readonly failure: TrustFailure | null
}

type TufFailed =
  | { readonly kind: 'stale'; readonly ageDays: number | null; readonly reason: TrustFailure }
  | { readonly kind: 'unavailable'; readonly reason: TrustFailure }

async function fetchTuf(options: TrustOptions): Promise<TufFound | TufFailed> {
  const repository = await openRepository(options)
  if (repository === null) return { kind: 'unavailable', reason: 'no-root-for-mirror' }
  const record = options.kept === undefined ? await readTufRecord(options.cacheDir, repository) : keptOf(options)
  const copy = record === null ? null : await replayTuf(repository, record.files).catch(() => null)
  const { now } = options

  if (record !== null && copy !== null && isWithin(record, copy, REFRESH_AFTER, now)) {
    return { targets: copy, isFresh: false, refreshed: record.refreshed, failure: null }
  }
  let reason: TrustFailure = 'offline'
  if (options.offline !== true) {
    const targets = await refreshTuf(repository, record?.files ?? new Map(), {
      connectionTo: options.connectionTo ?? (() => ({ rejectUnauthorized: true })),
      userAgent: options.userAgent ?? `bonafide node/${process.version}`,
      attemptDeadline: options.attemptDeadline ?? 4000,
      totalDeadline: options.totalDeadline ?? 10_000,
    })
    if ('trustedRoot' in targets) {
      await writeTufRecord(options.cacheDir, repository, { files: targets.files, refreshed: now })
      // Asked about a day that the signatures do not reach.
      if (targets.expires < now) return { kind: 'stale', ageDays: 0, reason: 'metadata-invalid' }
      return { targets, isFresh: true, refreshed: now, failure: null }
    }
    reason = targets.reason
  }
  if (record === null) return { kind: 'unavailable', reason }
  if (copy !== null && isWithin(record, copy, BELIEVED_FOR, now)) {
    return { targets: copy, isFresh: false, refreshed: record.refreshed, failure: reason }
  }
  // A record from the future: a clock was set back, or somebody wrote it.
  const age = (now.getTime() - record.refreshed.getTime()) / DAY
  return { kind: 'stale', ageDays: age < 0 ? null : Math.floor(age), reason }
}

function mirrorOf({ mirrorUrl }: TrustOptions): string {
  return (mirrorUrl ?? DEFAULT_MIRROR_URL).replace(/\/+$/u, '')
}

// Metadata of another repository says nothing of this one.
function keptOf(options: TrustOptions): TufRecord | null {
  const kept = options.kept ?? null
  return kept?.mirror === mirrorOf(options) ? kept : null
}

function isWithin(record: TufRecord, copy: TufTargets, span: number, now: Date): boolean {
  const age = now.getTime() - record.refreshed.getTime()
  return age >= 0 && age <= span && now <= copy.expires
}

async function openRepository(options: TrustOptions): Promise<TufRepository | null> {
  const mirror = mirrorOf(options)
  const host = options.registryHost ?? new URL(publicRegistry()).host
  const root =
    options.tufRootPath === undefined
      ? shippedRoot(mirror)
      : (await readGiven(options.tufRootPath, 'BONAFIDE_TRUSTED_ROOT_UNREADABLE', 'TUF root'))?.bytes
  return root === undefined ? null : { mirror, root, keysTarget: `${host}/keys.json` }
}

/** The root metadata that ships inside @sigstore/tuf, for the mirrors that it knows. */
function shippedRoot(mirror: string): Buffer | undefined {
  const seeds = createRequire(import.meta.url)('@sigstore/tuf/seeds.json') as Record<string, Record<string, unknown>>
  const root = new Map(Object.entries(seeds)).get(mirror)?.['root.json']
  return typeof root === 'string' ? Buffer.from(root, 'base64') : undefined
}

async function readGiven(
  path: string | undefined,
  code: ErrorCode,
  what: string,
): Promise<(TrustDocument & { readonly bytes: Buffer }) | null> {
  if (path === undefined) return null
  try {
    const bytes = await readFile(path)
    return { ...document(bytes.toString('utf8'), 'file'), digest: sha256(bytes), bytes }
  } catch (cause) {
    throw new BonafideError(code, `the ${what} cannot be read`, { path, cause })
  }
}

function document(text: string, source: TrustDocument['source']): TrustDocument {
  return { text, source, digest: sha256(text) }
}

function sha256(content: string | Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

function found(
  root: TrustDocument,
  keys: TrustDocument | null,
  tuf: { readonly refreshed: Date | null; readonly failure: TrustFailure | null } | null,
): TrustAnswer {
  return {
    kind: 'found',
    trust: {
      trustedRoot: root.text,
      source: root.source,
      digest: root.digest,
      registryKeys: keys?.text ?? null,
      registryKeysSource: keys?.source ?? null,
      registryKeysDigest: keys?.digest ?? null,
      refreshed: tuf?.refreshed ?? null,
      refreshFailure: tuf?.failure ?? null,
    },
  }
}
