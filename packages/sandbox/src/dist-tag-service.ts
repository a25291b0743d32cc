// SPDX-License-Identifier: Apache-2.0
import { Refusal, jsonBody, jsonReply } from './answer.ts'
import type { Handler } from './answer.ts'
import type { Gate } from './gate.ts'
import { NAME } from './package-path.ts'
import type { PackageStore } from './package-store.ts'
import { assertTag } from './publish-body.ts'

const DIST_TAGS = new RegExp(String.raw`^/-/package/${NAME}/dist-tags(?:/(?<tag>[^/]+))?$`, 'u')
const VISIBILITY = new RegExp(String.raw`^/-/package/${NAME}/visibility$`, 'u')

/** Lists, moves and takes away dist-tags, and tells who may read a package. */
export function createDistTagService(store: PackageStore, gate: Gate): Handler {
  return (asked) => {
    const { method, decodedPath: path, body } = asked
    const visible = VISIBILITY.exec(path)?.groups
    const { name, tag } = DIST_TAGS.exec(path)?.groups ?? visible ?? {}
    if (name === undefined) return null
    const entry = store.get(name)
    if (entry === undefined || !gate.mayRead(asked, name)) throw new Refusal(404, 'Not found')
    if (visible !== undefined) return method === 'GET' ? jsonReply(200, { public: entry.access === 'public' }) : null
    if (method === 'GET' && tag === undefined) return jsonReply(200, Object.fromEntries(entry.tags))
    if (tag === undefined || (method !== 'PUT' && method !== 'DELETE')) return null
    gate.allow(asked, 'tag', name)
    if (method === 'DELETE') {
      if (tag === 'latest') throw new Refusal(400, 'latest is never taken away')
      if (!entry.tags.has(tag)) throw new Refusal(404, 'Not found')
      store.tag(name, tag, null)
      return jsonReply(200, { ok: true })
    }
    const version = jsonBody(body)
    if (typeof version !== 'string' || !entry.versions.has(version)) throw new Refusal(400, 'no such version')
    store.tag(name, assertTag(tag), version)
    return jsonReply(200, { ok: true })
  }
}
