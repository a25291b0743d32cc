// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Updater } from 'tuf-js'
import type { UpdaterOptions } from 'tuf-js'
import { DownloadHTTPError } from 'tuf-js/dist/error.js'
import { NetworkFetcher, ReplayFetcher } from './tuf-fetcher.ts'
import type { TufConnection, TufFiles } from './tuf-fetcher.ts'

/** A TUF repository and where trust in it starts. */
export interface TufRepository {
  /** Base URL, without a slash at the end. */
  readonly mirror: string
  /** The root metadata that is trusted without asking. */
  readonly root: Buffer
  /** The target that holds the registry's keys. */
  readonly keysTarget: string
}

/** Targets whose whole chain of signatures, from {@link TufRepository.root} on, was verified just now. */
export interface TufTargets {
  readonly trustedRoot: string
  readonly registryKeys: string | null
  /** When the first of root, timestamp, snapshot and targets metadata expires. */
  readonly expires: Date
  /** When the first metadata behind the keys expires. */
  readonly keysExpire: Date
  /** The files that the verification needed. */
  readonly files: TufFiles
}

const TRUSTED_ROOT = 'trusted_root.json'
const TOP_LEVEL: ReadonlySet<string> = new Set(['root.json', 'timestamp.json', 'snapshot.json', 'targets.json'])

/**
 * Verifies kept files from the shipped root up, with no network at hand: a cache that somebody poisoned proves nothing, because
 * nothing in it is believed without the signatures. Rejects where anything is missing, expired or wrong.
 */
export async function replayTuf(repository: TufRepository, kept: TufFiles): Promise<TufTargets> {
  return inTemporaryFolder(async (folder) => {
    const fetcher = new ReplayFetcher(repository.mirror, kept)
    await prepare(folder, repository, new Map())
    const targets = await run(folder, repository, fetcher)
    return { ...targets, files: fetcher.used }
  })
}

/** How a refresh failed: `invalid` when the repository answered with something that does not verify. */
export interface RefreshFailure {
  readonly reason: NonNullable<NetworkFetcher['failure']>['reason'] | 'metadata-invalid'
  readonly detail: string
}

/**
 * Brings kept files up to date over the network. The kept ones are there while it runs, so that an older timestamp or snapshot is
 * refused (rollback; TUF 5.4.3, 5.5.5).
 */
export async function refreshTuf(
  repository: TufRepository,
  kept: TufFiles,
  connection: TufConnection,
): Promise<TufTargets | RefreshFailure> {
  const fetcher = new NetworkFetcher(repository.mirror, connection)
  try {
    await inTemporaryFolder(async (folder) => {
      await prepare(folder, repository, kept)
      await run(folder, repository, fetcher)
    })
    return await replayTuf(repository, new Map([...kept, ...fetcher.files]))
  } catch (error) {
    if (fetcher.failure !== null) return fetcher.failure
    if (error instanceof DownloadHTTPError) return { reason: 'status', detail: `HTTP ${error.statusCode}` }
    return { reason: 'metadata-invalid', detail: error instanceof Error ? error.constructor.name : 'unknown' }
  }
}

async function prepare(folder: string, repository: TufRepository, kept: TufFiles): Promise<void> {
  await mkdir(join(folder, 'targets'))
  await writeFile(join(folder, 'root.json'), repository.root)
  // `7.snapshot.json` is kept by its remote name and looked for by its role's.
  const newest = new Map<string, { version: number; body: Buffer }>()
  for (const [path, body] of kept) {
    const parts = /^(?:(\d+)\.)?(timestamp|snapshot|targets)\.json$/u.exec(path)
    const version = Number(parts?.[1] ?? 0)
    const role = parts?.[2]
    if (role !== undefined && version >= (newest.get(role)?.version ?? 0)) newest.set(role, { version, body })
  }
  for (const [role, { body }] of newest) await writeFile(join(folder, `${role}.json`), body)
}

async function run(
  folder: string,
  repository: TufRepository,
  fetcher: NonNullable<UpdaterOptions['fetcher']>,
): Promise<Omit<TufTargets, 'files'>> {
  const updater = new Updater({
    metadataDir: folder,
    targetDir: join(folder, 'targets'),
    metadataBaseUrl: repository.mirror,
    targetBaseUrl: `${repository.mirror}/targets`,
    fetcher,
  })
  await updater.refresh()
  const trustedRoot = await download(updater, TRUSTED_ROOT)
  if (trustedRoot === null) throw new Error('no trusted root among the targets')
  const registryKeys = await download(updater, repository.keysTarget)
  return { trustedRoot, registryKeys, ...(await readExpiry(folder)) }
}

async function download(updater: Updater, name: string): Promise<string | null> {
  const target = await updater.getTargetInfo(name)
  return target === undefined ? null : await readFile(await updater.downloadTarget(target), 'utf8')
}

/** Reads the expiry of metadata that tuf-js has verified and written. A date that is none has expired (tuf-js lets it pass). */
async function readExpiry(folder: string): Promise<{ expires: Date; keysExpire: Date }> {
  let expires = Number.POSITIVE_INFINITY
  let keysExpire = Number.POSITIVE_INFINITY
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.json')) continue
    const metadata = JSON.parse(await readFile(join(folder, name), 'utf8')) as { signed?: { expires?: unknown } }
    const time = new Date(String(metadata.signed?.expires)).getTime()
    const end = Number.isNaN(time) ? 0 : time
    if (TOP_LEVEL.has(name)) expires = Math.min(expires, end)
    keysExpire = Math.min(keysExpire, end)
  }
  return { expires: new Date(expires), keysExpire: new Date(keysExpire) }
}

/** tuf-js works on files; a folder of its own for each run keeps processes out of one another's way. */
async function inTemporaryFolder<T>(job: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bonafide-tuf-'))
  try {
    return await job(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
