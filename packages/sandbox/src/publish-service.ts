// SPDX-License-Identifier: Apache-2.0
import { isPackageName } from '@bonafide/core'
import { Refusal, isObject, jsonReply, notFound, objectBody, textOf } from './answer.ts'
import type { Asked, Handler, Reply } from './answer.ts'
import type { SandboxClock } from './clock.ts'
import type { Gate } from './gate.ts'
import { NAME } from './package-path.ts'
import type { PackageStore, StoredPackage } from './package-store.ts'
import { integrityOf } from './package-store.ts'
import { revisionOf } from './packument.ts'
import { provenanceProblem } from './provenance-check.ts'
import { assertTag, bringsVersion, readPublishBody } from './publish-body.ts'
import type { Sigstore } from './sigstore.ts'
import { SANDBOX_USER } from './submission.ts'
import type { Submission } from './submission.ts'

const PACKAGE = new RegExp(String.raw`^/(?!-/)${NAME}$`, 'u')
const REVISED = new RegExp(String.raw`^/(?!-/)${NAME}/-rev/(?<revision>[^/]+)$`, 'u')
const TARBALL = new RegExp(String.raw`^/(?!-/)${NAME}/-/(?:@[^/]+/)?[^/]+\.tgz/-rev/[^/]+$`, 'u')

/** Takes versions in, and changes or takes away what is there. */
export function createPublishService(
  store: PackageStore,
  sigstore: Sigstore,
  gate: Gate,
  clock: SandboxClock,
): Handler {
  const publish = (asked: Asked, name: string): Reply => {
    const body = objectBody(asked)
    if (!bringsVersion(body)) return deprecate(asked, name, body)
    const { publisher, account } = gate.allow(asked, 'publish', name)
    const maintainer = account === null ? SANDBOX_USER : publisher
    const submission = readPublishBody(name, body, publisher)
    checkSubmission(store, sigstore, submission)
    store.accept(submission, { publishedAt: clock.now(), maintainer })
    return jsonReply(200, { ok: true, success: true })
  }
  const deprecate = (asked: Asked, name: string, body: Readonly<Record<string, unknown>>): Reply => {
    gate.allow(asked, 'deprecate', name)
    const entry = existing(store, name)
    for (const [version, manifest] of Object.entries(isObject(body['versions']) ? body['versions'] : {})) {
      const message = isObject(manifest) ? textOf(manifest['deprecated']) : undefined
      if (message === undefined || !entry.versions.has(version)) continue
      store.replace(name, version, (stored) => {
        const { deprecated: _, ...rest } = stored.manifest
        return { ...stored, manifest: message === '' ? rest : { ...rest, deprecated: message } }
      })
    }
    return jsonReply(200, { ok: true })
  }
  // Versions that the body no longer has are taken away; nothing else is heeded but the dist-tags.
  const takeAway = (asked: Asked, name: string, revision: string): Reply => {
    const body = objectBody(asked)
    gate.allow(asked, 'unpublish', name)
    const entry = unchanged(store, name, revision)
    const left = isObject(body['versions']) ? body['versions'] : {}
    for (const version of entry.versions.keys())
      if (!Object.hasOwn(left, version)) store.unpublish(name, version, clock.now())
    for (const [tag, version] of Object.entries(isObject(body['dist-tags']) ? body['dist-tags'] : {}))
      if (typeof version === 'string' && entry.versions.has(version)) store.tag(name, assertTag(tag), version)
    return jsonReply(200, { ok: true })
  }
  const takeAllAway = (asked: Asked, name: string, revision: string): Reply => {
    gate.allow(asked, 'unpublish', name)
    const entry = unchanged(store, name, revision)
    for (const version of entry.versions.keys()) store.unpublish(name, version, clock.now())
    return jsonReply(200, { ok: true })
  }
  return (asked) => {
    const { method, decodedPath: path } = asked
    if (method !== 'PUT' && method !== 'DELETE') return null
    const whole = PACKAGE.exec(path)?.groups
    if (whole !== undefined) return method === 'PUT' ? publish(asked, nameOf(whole)) : null
    // The version's metadata, without which its tarball is not served, went before it.
    const tarball = TARBALL.exec(path)?.groups
    if (tarball !== undefined && method === 'DELETE') {
      gate.allow(asked, 'unpublish', nameOf(tarball))
      return store.get(nameOf(tarball)) === undefined ? notFound() : jsonReply(200, { ok: true })
    }
    const revised = REVISED.exec(path)?.groups
    if (revised === undefined) return null
    const change = method === 'PUT' ? takeAway : takeAllAway
    return change(asked, nameOf(revised), revised['revision'] ?? '')
  }
}

/** Refuses a version whose number was used, or whose provenance is not its own. */
export function checkSubmission(store: PackageStore, sigstore: Sigstore, submission: Submission): void {
  const { name, version, tarball, provenance, manifest } = submission
  if (store.get(name)?.times.has(version))
    throw new Refusal(403, `You cannot publish over the previously published versions: ${version}.`)
  if (provenance === null) return
  const coordinate = { name, version, integrity: integrityOf(tarball.bytes) }
  const problem = provenanceProblem(sigstore, coordinate, manifest, provenance)
  if (problem !== null) throw new Refusal(422, `Error verifying sigstore provenance bundle: ${problem}`)
}

/** The name in a path, where it can be one. */
export function nameOf({ name = '' }: Readonly<Record<string, string>>): string {
  if (!isPackageName(name)) throw new Refusal(400, 'no such name can be')
  return name
}

function existing(store: PackageStore, name: string): StoredPackage {
  const entry = store.get(name)
  if (entry === undefined) throw new Refusal(404, 'Not found')
  return entry
}

// Two people at once: who did not see the last change does not undo it.
function unchanged(store: PackageStore, name: string, revision: string): StoredPackage {
  const entry = existing(store, name)
  if (revisionOf(entry) !== revision) throw new Refusal(409, 'Document update conflict.')
  return entry
}
