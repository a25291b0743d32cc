// SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises'
import { BonafideError } from '@bonafide/core'
import { agentTo } from './agent.ts'
import type { Answer } from './answer.ts'
import { attempt } from './attempts.ts'
import type { Outcome, Patience } from './attempts.ts'
import type { CacheSeal } from './cache-seal.ts'
import { openDocumentCache } from './document-cache.ts'
import { asProbe, attestationsRequest, isNoEndpoint, keysRequest, packumentRequest } from './document-request.ts'
import type { DocumentRequest, PackumentDocument } from './document-request.ts'
import type { RecordHeard } from './evidence-recorder.ts'
import { fetchExchange } from './exchange.ts'
import type { ExchangeOptions } from './exchange.ts'
import type { NpmSettings } from './npm-settings.ts'
import { createOriginHealth } from './origin-health.ts'
import type { Packument } from './packument.ts'
import { downloadRegistryOf, registryOf } from './registries.ts'
import type { RegistriesInPlay } from './registries.ts'
import { parseRegistryUrl, publicRegistry } from './registry-url.ts'
import { createSlots } from './slots.ts'
import { openTarballCache } from './tarball-cache.ts'
import { MAX_TARBALL, createTarballFetcher } from './tarball-fetcher.ts'
import type { AskForBytes, BoundTarball, FetchTarball } from './tarball-fetcher.ts'

/** How one request may differ from the others. */
export interface RequestOptions {
  /** Ask the network even where the cache has a copy, such as after a cached document did not verify. Means nothing off line. */
  readonly fresh?: boolean
}

/**
 * Asks registries. Every method answers with a value; none rejects because of what a registry or the network did.
 * Requests for the same document at the same time are one request; answers are not kept in memory beyond that.
 */
export interface RegistryClient {
  readonly registries: RegistriesInPlay
  /** A package's metadata; off line the cached copy of any age, on line revalidated. `full` is needed for `time` and publishers. */
  fetchPackument(name: string, need: 'abbreviated' | 'full', options?: RequestOptions): Promise<Answer<Packument>>
  /**
   * A package's metadata as a client that installs would get it: from {@link RegistryClient.downloadRegistryOf}, with the document itself.
   * Whoever judges wants {@link RegistryClient.fetchPackument}.
   */
  fetchServedPackument(name: string, need: 'abbreviated' | 'full'): Promise<Answer<PackumentDocument>>
  /** The raw attestation document of a version, unparsed and unverified; a cached copy of any age is an answer. */
  fetchAttestations(name: string, version: string, options?: RequestOptions): Promise<Answer<{ readonly text: string }>>
  /**
   * Whether a registry serves signing keys, and so attestations at all: the difference between "this version has none" and
   * "this registry has none for anybody". Asked once per client. The keys themselves are thrown away: keys that the registry
   * under test serves verify nothing.
   */
  fetchServesAttestations(registry: string): Promise<Answer<boolean>>
  /**
   * A version's tarball, hashed as it came in, for as long as `use` needs it; few are held at a time. From the cache by what it hashes to,
   * else from one registry (see {@link RegistryClientOptions.installs}), and no other host. Whether it hashes to what was wanted is for `use` to see.
   */
  readonly fetchTarball: FetchTarball
  /**
   * Puts a tarball into a file of its own: a second name of a cached one that this run has hashed, else as {@link fetchTarball}. The value
   * tells whether its bytes are what was wanted; whoever reads the file hashes it again.
   */
  placeTarball(wanted: BoundTarball, file: string): Promise<Answer<boolean>>
  /** The registry that is asked for a name's metadata; null: none may be told the name. */
  metadataRegistryOf(name: string): string | null
  /** The registry that is asked for a name's attestations; null: none may be told the name. */
  evidenceRegistryOf(name: string): string | null
  /** The registry that tarballs of a name are installed from; null: none may be told the name. */
  downloadRegistryOf(name: string): string | null
  /** Prunes the cache where that is due. */
  close(): Promise<void>
}

/** Choices of the caller; all have defaults. */
export interface RegistryClientOptions {
  /** What bonafide calls itself to registries, such as `bonafide/1.0.0 node/v24.0.0`. */
  readonly userAgent?: string
  /** The folder of the cache; null for none. */
  readonly cacheDir?: string | null
  readonly cacheLimit?: number
  /** Tells in the cache what this machine wrote. Without one, the folder is believed: only for one to which nobody else can write. */
  readonly seal?: CacheSeal
  readonly offline?: boolean
  /** `--registry`. */
  readonly registry?: string | undefined
  /** `--evidence-registry`: beats `--registry`. */
  readonly evidenceRegistry?: string | undefined
  /** Whether tarballs are fetched to be installed, and so from where the user's clients would fetch them; else from whom metadata is asked of. */
  readonly installs?: boolean
  /** Scopes, with their `@`, that the public registry must never be told about. */
  readonly privateScopes?: Iterable<string>
  /** Is told every document as it was heard, and every "there is none". */
  readonly record?: RecordHeard | undefined
  readonly concurrency?: number
  readonly patience?: Partial<Patience>
  /** Bytes, after decompression. */
  readonly maxPackumentBytes?: number
  readonly maxAttestationBytes?: number
  /** Bytes of a tarball as it comes; 200 MB by default. */
  readonly maxTarballBytes?: number
}

// A tarball may be a thousand times as large as a document.
const TARBALL_PATIENCE = 4

const PATIENCE: Patience = {
  retries: 2,
  minDelay: 250,
  maxDelay: 5000,
  attemptDeadline: 30_000,
  totalDeadline: 60_000,
}

/**
 * Makes a client for one run.
 *
 * @throws BonafideError `BONAFIDE_USAGE` where an option is not the URL of a registry
 */
export function createRegistryClient(settings: NpmSettings, options: RegistryClientOptions = {}): RegistryClient {
  const { cacheDir = null, cacheLimit, offline = false } = options
  const registries = registriesFor(settings, options)
  const concurrency = options.concurrency ?? settings.maxSockets ?? 32
  const patience: Patience = {
    retries: options.patience?.retries ?? settings.retries ?? PATIENCE.retries,
    minDelay: options.patience?.minDelay ?? settings.minDelay ?? PATIENCE.minDelay,
    maxDelay: options.patience?.maxDelay ?? settings.maxDelay ?? PATIENCE.maxDelay,
    attemptDeadline: options.patience?.attemptDeadline ?? settings.attemptDeadline ?? PATIENCE.attemptDeadline,
    totalDeadline: options.patience?.totalDeadline ?? PATIENCE.totalDeadline,
  }
  const cache = openDocumentCache(cacheDir, cacheLimit, options.seal)
  const tarballs = openTarballCache(cacheDir)
  const health = createOriginHealth()
  const slots = createSlots(concurrency)
  const inFlight = new Map<string, Promise<Answer<unknown>>>()
  const probes = new Map<string, Promise<Answer<boolean>>>()

  const exchange = (url: URL, asking: Pick<ExchangeOptions, 'headers' | 'deadline' | 'maxBytes' | 'take'>) =>
    slots(() =>
      fetchExchange(url, {
        ...asking,
        headers: { 'user-agent': options.userAgent ?? `bonafide node/${process.version}`, ...asking.headers },
        authorize: settings.authorize,
        agentFor: (target) => agentTo(target, settings.connectionTo(target), concurrency),
      }),
    )

  const healthy = async <T>(url: URL, asking: () => Promise<Outcome<T>>): Promise<Outcome<T>> => {
    const known = health.verdict(url)
    if (known !== null) return known
    const outcome = await asking()
    health.record(url, outcome)
    return outcome
  }

  const ask = <T>({ url, accept, maxBytes, read }: DocumentRequest<T>, etag: string | null): Promise<Outcome<T>> => {
    const headers = { accept, ...(etag === null ? {} : { 'if-none-match': etag }) }
    const once = () => exchange(url, { headers, deadline: patience.attemptDeadline, maxBytes })
    return healthy(url, () => attempt(url.href, once, read, patience))
  }

  const askForBytes: AskForBytes = (url, maxBytes, spool, read) => {
    const long: Patience = {
      ...patience,
      attemptDeadline: patience.attemptDeadline * TARBALL_PATIENCE,
      totalDeadline: patience.totalDeadline * TARBALL_PATIENCE,
    }
    const once = async () => {
      await spool.reset()
      const take = (chunk: Buffer): Promise<void> => spool.write(chunk)
      return exchange(url, { headers: { accept: '*/*' }, deadline: long.attemptDeadline, maxBytes, take })
    }
    return healthy(url, () => attempt(url.href, once, read, long))
  }

  const answer = async <T>(request: DocumentRequest<T>, fresh: boolean): Promise<Answer<T>> => {
    const url = request.url.href
    const kept = await cache.get(request.key)
    // What nobody signs is believed of this machine's own runs alone.
    const copy = kept !== null && (kept.isOurs || request.immutable) ? kept : null
    const reading = copy === null ? null : request.read(copy.body)
    const cached: Answer<T> | null =
      reading !== null && 'value' in reading ? { kind: 'found', value: reading.value, source: 'cache', url } : null
    if (offline) return cached ?? { kind: 'not-cached', url }
    const keep = (body: Buffer): void => options.record?.(request.id, body.toString('utf8'))
    if (cached !== null && copy !== null && request.immutable && !fresh) {
      keep(copy.body)
      return cached
    }
    const outcome = await ask(request, cached === null || fresh ? null : (copy?.etag ?? null))
    if (outcome.kind === 'value') {
      keep(outcome.body)
      await cache.put(request.key, { body: outcome.body, etag: outcome.etag })
      return { kind: 'found', value: outcome.value, source: 'network', url }
    }
    if (isNone(request, outcome)) options.record?.(request.id, null)
    if (outcome.kind !== 'not-modified') return outcome
    if (copy !== null && cached !== null) keep(copy.body)
    // "Not modified" without having been asked for says nothing.
    return cached ?? { kind: 'unreachable', reason: 'status', detail: 'HTTP 304', url }
  }

  const shared = <T>(request: DocumentRequest<T>, fresh: boolean): Promise<Answer<T>> => {
    const id = `${fresh ? 'fresh ' : ''}${request.key}`
    const running = inFlight.get(id) as Promise<Answer<T>> | undefined
    if (running !== undefined) return running
    const promise = answer(request, fresh).finally(() => inFlight.delete(id))
    inFlight.set(id, promise)
    return promise
  }

  const fetchTarball = createTarballFetcher({
    registryOf: (name) =>
      options.installs === true ? downloadRegistryOf(name, registries) : registryOf(name, registries),
    cache: tarballs,
    ask: askForBytes,
    offline,
    maxBytes: options.maxTarballBytes ?? MAX_TARBALL,
  })

  return {
    registries,
    metadataRegistryOf: (name) => registryOf(name, registries),
    evidenceRegistryOf: (name) => registryOf(name, registries),
    downloadRegistryOf: (name) => downloadRegistryOf(name, registries),
    async fetchPackument(name, need, { fresh = false } = {}) {
      const registry = registryOf(name, registries)
      if (registry === null) return { kind: 'private' }
      const answered = await shared(packumentRequest(registry, name, need, options.maxPackumentBytes), fresh)
      return answered.kind === 'found' ? { ...answered, value: answered.value.packument } : answered
    },
    async fetchServedPackument(name, need) {
      const registry = downloadRegistryOf(name, registries)
      if (registry === null) return { kind: 'private' }
      return shared(packumentRequest(registry, name, need, options.maxPackumentBytes), false)
    },
    async fetchAttestations(name, version, { fresh = false } = {}) {
      const registry = registryOf(name, registries)
      if (registry === null) return { kind: 'private' }
      return shared(attestationsRequest(registry, name, version, options.maxAttestationBytes), fresh)
    },
    fetchServesAttestations(registry) {
      const base = parseRegistryUrl(registry)
      if (base === null) throw new TypeError('fetchServesAttestations wants the URL of a registry')
      const known = probes.get(base) ?? shared(keysRequest(base), false).then(asProbe)
      probes.set(base, known)
      return known
    },
    fetchTarball,
    async placeTarball(wanted, file) {
      if (await tarballs.place(wanted.integrity, file))
        return { kind: 'found', value: true, source: 'cache', url: file }
      return fetchTarball(wanted, async (bytes) => {
        if (bytes.sha512 !== wanted.integrity) return false
        await writeFile(file, bytes.read(), { flag: 'wx', mode: 0o600 })
        return true
      })
    },
    async close() {
      await cache.prune()
      await tarballs.prune()
    },
  }
}

function isNone({ id }: DocumentRequest<unknown>, outcome: Outcome<unknown>): boolean {
  if (outcome.kind === 'absent') return true
  return id.ask === 'keys' && outcome.kind === 'unreachable' && isNoEndpoint(outcome.detail)
}

/**
 * The registries of a run, by what the user and npm's configuration say.
 *
 * @throws BonafideError `BONAFIDE_USAGE` where an option is not the URL of a registry
 */
export function registriesFor(
  settings: Pick<NpmSettings, 'registry' | 'scopes'>,
  options: Pick<RegistryClientOptions, 'registry' | 'evidenceRegistry' | 'privateScopes'>,
): RegistriesInPlay {
  const registry = optionUrl('--registry', options.registry)
  return {
    public: publicRegistry(),
    configured: settings.registry,
    evidence: optionUrl('--evidence-registry', options.evidenceRegistry) ?? registry ?? publicRegistry(),
    downloads: registry ?? settings.registry,
    scopes: settings.scopes,
    privateScopes: new Set(options.privateScopes),
  }
}

function optionUrl(option: string, text: string | undefined): string | null {
  if (text === undefined) return null
  const url = parseRegistryUrl(text)
  if (url === null) {
    throw new BonafideError('BONAFIDE_USAGE', `${option} is not the URL of a registry`, { wanted: 'an http(s) URL' })
  }
  return url
}
