// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { jsonReply, notFound } from './answer.ts'
import type { Asked, Handler, Reply } from './answer.ts'
import type { Gate } from './gate.ts'
import { NAME } from './package-path.ts'
import { abbreviatedPackument, ABBREVIATED, fullPackument, withUrls } from './packument.ts'
import type { PackageStore, StoredPackage } from './package-store.ts'
import type { RegistryKeyRing } from './registry-keys.ts'

const ATTESTATIONS = new RegExp(String.raw`^/-/npm/v1/attestations/${NAME}@(?<version>[^/@]+)$`, 'u')
const TARBALL = new RegExp(String.raw`^/${NAME}/-/(?<file>[^/]+)\.tgz$`, 'u')
const VERSION = new RegExp(String.raw`^/${NAME}/(?<version>[^/]+)$`, 'u')
const PACKAGE = new RegExp(String.raw`^/${NAME}$`, 'u')

/** Shows what the registry has: metadata in both forms, versions, tarballs, attestations, keys. Takes every GET and HEAD. */
export function createReadService(store: PackageStore, keys: RegistryKeyRing, gate: Gate, url: () => string): Handler {
  // A package's documents are rendered once a revision: tests and benchmarks ask for them often.
  const rendered = new Map<string, { readonly revision: number; readonly reply: Reply }>()
  const packument = (entry: StoredPackage, abbreviated: boolean): Reply => {
    const key = `${abbreviated} ${entry.name}`
    const known = rendered.get(key)
    if (known?.revision === entry.revision) return known.reply
    const document = abbreviated ? abbreviatedPackument(entry, url()) : fullPackument(entry, url())
    const reply = tagged(
      jsonReply(200, document, {
        'content-type': abbreviated ? ABBREVIATED : 'application/json',
        'cache-control': 'public, max-age=300',
        vary: 'accept-encoding, accept',
      }),
    )
    rendered.set(key, { revision: entry.revision, reply })
    return reply
  }
  return (asked) => {
    const { decodedPath: path, method, headers } = asked
    // Who may not read a package learns nothing of it, not even that it is there.
    const get = (name: string | undefined): StoredPackage | undefined =>
      name !== undefined && gate.mayRead(asked, name) ? store.get(name) : undefined
    if (method !== 'GET' && method !== 'HEAD') return null
    if (path === '/-/ping') return jsonReply(200, {})
    if (path === '/-/npm/v1/keys') return jsonReply(200, keys.document('endpoint'))
    const attestations = ATTESTATIONS.exec(path)?.groups
    if (attestations !== undefined) {
      const text = get(attestations['name'])?.versions.get(attestations['version'] ?? '')?.published.attestationsText
      return text === undefined || text === null ? notFound() : revalidated(tagged(jsonReply(200, text)), headers)
    }
    if (path.startsWith('/-/')) return notFound()
    const tarball = TARBALL.exec(path)?.groups
    if (tarball !== undefined) return tarballReply(get(tarball['name']), tarball['file'] ?? '')
    const entry = get(PACKAGE.exec(path)?.groups?.['name'])
    if (entry !== undefined) {
      const abbreviated = headers.accept?.includes(ABBREVIATED) === true
      return revalidated(packument(entry, abbreviated), headers)
    }
    const one = VERSION.exec(path)?.groups
    const owner = get(one?.['name'])
    if (one === undefined || owner === undefined) return notFound()
    const wanted = one['version'] ?? ''
    const manifest = owner.versions.get(owner.tags.get(wanted) ?? wanted)?.manifest
    return manifest === undefined
      ? jsonReply(404, JSON.stringify(`version not found: ${wanted}`))
      : jsonReply(200, withUrls(manifest, url()))
  }
}

function tarballReply(entry: StoredPackage | undefined, file: string): Reply {
  const prefix = `${entry?.name.slice(entry.name.indexOf('/') + 1)}-`
  const bytes = file.startsWith(prefix) ? entry?.versions.get(file.slice(prefix.length))?.published.tarball : undefined
  if (bytes === undefined) return notFound()
  return tagged({ status: 200, headers: { 'content-type': 'application/octet-stream' }, body: bytes })
}

function tagged(reply: Reply): Reply {
  const etag = `"${createHash('md5').update(reply.body).digest('hex')}"`
  return { ...reply, headers: { ...reply.headers, etag } }
}

function revalidated(reply: Reply, headers: Asked['headers']): Reply {
  const { etag } = reply.headers
  if (etag === undefined || headers['if-none-match'] !== etag) return reply
  return { status: 304, headers: { etag }, body: Buffer.alloc(0) }
}
