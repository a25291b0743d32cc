// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { jsonReply, notFound } from './answer.ts'
import type { Asked, Reply } from './answer.ts'
import { abbreviatedPackument, ABBREVIATED, fullPackument, withUrls } from './packument.ts'
import type { PackageStore, StoredPackage } from './package-store.ts'
import type { RegistryKeyRing } from './registry-keys.ts'

// Scoped names come as `@scope/name` and as `@scope%2fname`, which is decoded before it gets here.
const NAME = String.raw`(?<name>(?:@[^/]+/)?[^/@][^/]*?)`
const ATTESTATIONS = new RegExp(String.raw`^/-/npm/v1/attestations/${NAME}@(?<version>[^/@]+)$`, 'u')
const TARBALL = new RegExp(String.raw`^/${NAME}/-/(?<file>[^/]+)\.tgz$`, 'u')
const VERSION = new RegExp(String.raw`^/${NAME}/(?<version>[^/]+)$`, 'u')
const PACKAGE = new RegExp(String.raw`^/${NAME}$`, 'u')

/** Answers as npm's registry does. */
export function createRegistryService(
  store: PackageStore,
  keys: RegistryKeyRing,
  url: () => string,
): (asked: Asked) => Reply {
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
    if (method !== 'GET' && method !== 'HEAD') return jsonReply(405, { error: 'Method Not Allowed' })
    if (path === '/-/ping') return jsonReply(200, {})
    if (path === '/-/npm/v1/keys') return jsonReply(200, keys.document('endpoint'))
    const attestations = ATTESTATIONS.exec(path)?.groups
    if (attestations !== undefined) {
      const { name = '', version = '' } = attestations
      const text = store.get(name)?.versions.get(version)?.published.attestationsText
      return text === undefined || text === null ? notFound() : revalidated(tagged(jsonReply(200, text)), headers)
    }
    if (path.startsWith('/-/')) return notFound()
    const tarball = TARBALL.exec(path)?.groups
    if (tarball !== undefined) return tarballReply(store, tarball['name'] ?? '', tarball['file'] ?? '')
    const whole = PACKAGE.exec(path)?.groups?.['name']
    const entry = store.get(whole ?? '')
    if (entry !== undefined) {
      const abbreviated = headers.accept?.includes(ABBREVIATED) === true
      return revalidated(packument(entry, abbreviated), headers)
    }
    const one = VERSION.exec(path)?.groups
    const owner = store.get(one?.['name'] ?? '')
    if (one === undefined || owner === undefined) return notFound()
    const wanted = one['version'] ?? ''
    const manifest = owner.versions.get(owner.tags.get(wanted) ?? wanted)?.manifest
    return manifest === undefined
      ? jsonReply(404, JSON.stringify(`version not found: ${wanted}`))
      : jsonReply(200, withUrls(manifest, url()))
  }
}

function tarballReply(store: PackageStore, name: string, file: string): Reply {
  const prefix = `${name.slice(name.indexOf('/') + 1)}-`
  const bytes = file.startsWith(prefix)
    ? store.get(name)?.versions.get(file.slice(prefix.length))?.published.tarball
    : undefined
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
