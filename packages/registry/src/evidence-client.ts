// SPDX-License-Identifier: Apache-2.0
import type { Answer } from './answer.ts'
import { registriesFor } from './client.ts'
import type { RegistryClient, RegistryClientOptions } from './client.ts'
import { asProbe, attestationsRequest, keysRequest, packumentRequest } from './document-request.ts'
import type { DocumentRequest } from './document-request.ts'
import { EVIDENCE_BELIEVED_FOR } from './evidence-file.ts'
import type { EvidenceFile } from './evidence-file.ts'
import type { NpmSettings } from './npm-settings.ts'
import { downloadRegistryOf, registryOf } from './registries.ts'
import { parseRegistryUrl } from './registry-url.ts'
import { openTarballCache } from './tarball-cache.ts'
import { MAX_TARBALL, createTarballFetcher } from './tarball-fetcher.ts'

/**
 * A client that asks nobody: all documents come from an evidence file, tarballs from the cache.
 *
 * Which registry is asked about a name follows from options and npm's configuration as ever, never from the file: whoever wrote it would
 * choose whose URLs a lockfile may name. What it does not hold is `not-held` and never `absent`; so is everything once the file is too old,
 * or from the future.
 *
 * @throws BonafideError `BONAFIDE_USAGE` where an option is not the URL of a registry
 */
export function createEvidenceClient(
  { exported, documents }: EvidenceFile,
  settings: Pick<NpmSettings, 'registry' | 'scopes'>,
  now: Date,
  options: RegistryClientOptions = {},
): RegistryClient {
  const registries = registriesFor(settings, options)
  const age = now.getTime() - exported.getTime()
  const isBelieved = age >= 0 && age <= EVIDENCE_BELIEVED_FOR
  const tarballs = openTarballCache(options.cacheDir ?? null)

  const answer = <T>(request: DocumentRequest<T>): Answer<T> => {
    const url = request.url.href
    const heard = documents.get(request.key)
    if (!isBelieved) return { kind: 'not-held', url, exported, isStale: true }
    if (heard === undefined) return { kind: 'not-held', url, exported, isStale: false }
    if (heard.text === null) return { kind: 'absent', url }
    const body = Buffer.from(heard.text)
    if (body.length > request.maxBytes) return { kind: 'nonsense', reason: 'too-large', detail: 'TOO_LARGE', url }
    const reading = request.read(body)
    return 'nonsense' in reading
      ? { kind: 'nonsense', reason: reading.nonsense, detail: reading.detail, url }
      : { kind: 'found', value: reading.value, source: 'cache', url }
  }

  return {
    registries,
    metadataRegistryOf: (name) => registryOf(name, registries),
    evidenceRegistryOf: (name) => registryOf(name, registries),
    downloadRegistryOf: (name) => downloadRegistryOf(name, registries),
    async fetchPackument(name, need) {
      const registry = registryOf(name, registries)
      if (registry === null) return { kind: 'private' }
      const answered = answer(packumentRequest(registry, name, need, options.maxPackumentBytes))
      return answered.kind === 'found' ? { ...answered, value: answered.value.packument } : answered
    },
    async fetchServedPackument(name, need) {
      const registry = downloadRegistryOf(name, registries)
      if (registry === null) return { kind: 'private' }
      return answer(packumentRequest(registry, name, need, options.maxPackumentBytes))
    },
    async fetchAttestations(name, version) {
      const registry = registryOf(name, registries)
      if (registry === null) return { kind: 'private' }
      return answer(attestationsRequest(registry, name, version, options.maxAttestationBytes))
    },
    async fetchServesAttestations(registry) {
      const base = parseRegistryUrl(registry)
      if (base === null) throw new TypeError('fetchServesAttestations wants the URL of a registry')
      return asProbe(answer(keysRequest(base)))
    },
    fetchTarball: createTarballFetcher({
      registryOf: (name) =>
        options.installs === true ? downloadRegistryOf(name, registries) : registryOf(name, registries),
      cache: tarballs,
      ask: () => Promise.reject(new TypeError('nobody is asked for a tarball')),
      offline: true,
      maxBytes: options.maxTarballBytes ?? MAX_TARBALL,
    }),
    async placeTarball(wanted, file) {
      const isPlaced = await tarballs.place(wanted.integrity, file)
      return isPlaced ? { kind: 'found', value: true, source: 'cache', url: file } : { kind: 'not-cached', url: file }
    },
    close: () => tarballs.prune(),
  }
}
