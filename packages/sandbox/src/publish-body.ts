// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { isVersion } from '@bonafide/core'
import { Refusal, isObject, textOf } from './answer.ts'
import type { BundleJson } from './bundle.ts'
import { integrityOf } from './package-store.ts'
import type { Publisher } from './release.ts'
import type { Submission } from './submission.ts'
import { readTarball } from './tarball.ts'
import type { Tarball } from './tarball.ts'

/** Tells a body that brings a new version from one that changes what is there. */
export function bringsVersion(body: Readonly<Record<string, unknown>>): boolean {
  return isObject(body['_attachments']) && Object.keys(body['_attachments']).length > 0
}

/**
 * Reads what clients send to publish: metadata of one version, its tarball in base64, and perhaps its provenance as text.
 *
 * Every place that tells name, version or digest has to tell the same. The tarball's own `package.json` is not held against
 * the metadata: the public registry does not do so either.
 */
export function readPublishBody(
  name: string,
  body: Readonly<Record<string, unknown>>,
  publisher: Publisher,
): Submission {
  const { versions, _attachments: attachments, access = null } = body
  if (body['name'] !== name || (body['_id'] ?? name) !== name) throw new Refusal(400, `the body is not about ${name}`)
  if (!isObject(versions) || !isObject(attachments)) throw new Refusal(400, 'the body brings no version')
  const [[version, manifest] = ['', null], ...others] = Object.entries(versions)
  if (others.length > 0 || !isObject(manifest)) throw new Refusal(400, 'the body has to bring one version')
  if (!isVersion(version)) throw new Refusal(400, 'the version is none of Semantic Versioning')
  if (manifest['name'] !== name || manifest['version'] !== version)
    throw new Refusal(400, `the metadata is not that of ${name}@${version}`)
  if (access !== null && access !== 'public' && access !== 'restricted') throw new Refusal(400, 'no such access')
  if (access === 'restricted' && !name.startsWith('@'))
    throw new Refusal(400, 'only packages with a scope are restricted')
  const { tarball, provenance } = readAttachments(`${name}-${version}`, attachments)
  checkDigests(manifest['dist'], tarball.bytes)
  return {
    name,
    version,
    manifest: { directories: {}, ...manifest },
    tarball,
    tags: readTags(body['dist-tags'], version),
    access,
    publisher,
    provenance,
  }
}

function readAttachments(
  stem: string,
  attachments: Readonly<Record<string, unknown>>,
): { readonly tarball: Tarball; readonly provenance: BundleJson | null } {
  const { [`${stem}.tgz`]: packed, [`${stem}.sigstore`]: bundle, ...others } = attachments
  if (Object.keys(others).length > 0) throw new Refusal(400, 'unsupported attachment')
  if (!isObject(packed) || typeof packed['data'] !== 'string') throw new Refusal(400, `no attachment ${stem}.tgz`)
  const bytes = Buffer.from(packed['data'], 'base64')
  if (bytes.length !== packed['length']) throw new Refusal(400, 'the tarball is not as long as it says')
  return { tarball: unpacked(bytes), provenance: bundle === undefined ? null : readBundle(bundle) }
}

function unpacked(bytes: Buffer): Tarball {
  try {
    return readTarball(bytes)
  } catch {
    throw new Refusal(400, 'the tarball cannot be read')
  }
}

// Unlike the tarball it comes as JSON text, not in base64.
function readBundle(attachment: unknown): BundleJson {
  try {
    const { data, length } = attachment as { readonly data: string; readonly length: number }
    const bundle = JSON.parse(data) as BundleJson
    if ([data.length, Buffer.byteLength(data)].includes(length) && isObject(bundle)) return bundle
  } catch {
    // Said below.
  }
  throw new Refusal(422, 'Error verifying sigstore provenance bundle: the attachment cannot be read')
}

// A tarball that was cut or changed on its way.
function checkDigests(dist: unknown, bytes: Buffer): void {
  const { integrity, shasum } = isObject(dist) ? dist : {}
  const expected = integrityOf(bytes)
  const told = textOf(integrity)?.split(' ') ?? []
  if (!told.includes(expected)) throw new Refusal(400, 'dist.integrity is not that of the tarball')
  if (shasum !== createHash('sha1').update(bytes).digest('hex'))
    throw new Refusal(400, 'dist.shasum is not that of the tarball')
}

function readTags(tags: unknown, version: string): readonly string[] {
  const names = Object.entries(isObject(tags) ? tags : {})
  if (names.length === 0 || names.some(([, target]) => target !== version))
    throw new Refusal(400, `a dist-tag of another version than ${version}`)
  return names.map(([tag]) => assertTag(tag))
}

/** A dist-tag, which no client may take for a version or a range. */
export function assertTag(tag: string): string {
  if (/^[a-z][\w.-]*$/iu.test(tag) && !/^v\d/iu.test(tag) && !/^x(?:\.|$)/iu.test(tag)) return tag
  throw new Refusal(400, 'no such dist-tag can be')
}
