// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { Json, JsonObject } from '@bonafide/core'
import type { PreparedPackage } from './prepared-package.ts'

/** Who may read a package; null leaves that to the registry, as npm does. */
export type Access = 'public' | 'restricted' | null

/** A Sigstore bundle as it is served: JSON, and its media type. */
export interface SealedBundle {
  readonly mediaType: string
  readonly json: JsonObject
}

/** What a registry is told with a version. */
export interface UploadOptions {
  /** With a slash at the end. */
  readonly registry: string
  readonly tag: string
  readonly access: Access
  /** The provenance; null where there is none. */
  readonly bundle: SealedBundle | null
}

/**
 * The document that npm's clients send to publish or to stage a version: its manifest, the tarball in base64, and the provenance beside
 * it. Made of the bytes and the manifest that were checked, and of nothing else.
 *
 * npm's own library makes the same one; a test holds them against each other, field by field.
 */
export function uploadDocument(prepared: PreparedPackage, options: UploadOptions): JsonObject {
  const { name, version, tarball, integrity } = prepared
  const stem = `${name}-${version}`
  // What is of use on the consumer's side alone is never published, as npm has it.
  const { patchedDependencies: _, ...manifest } = prepared.manifest
  const { bundle } = options
  const document: Record<string, Json> = {
    _id: name,
    name,
    'dist-tags': { [options.tag]: version },
    versions: {
      [version]: {
        ...manifest,
        _nodeVersion: process.versions.node,
        name,
        version,
        _id: `${name}@${version}`,
        dist: {
          integrity,
          // What clients from before integrities look at.
          shasum: createHash('sha1').update(tarball).digest('hex'),
          tarball: tarballUrl(options.registry, name, stem),
        },
      },
    },
    access: options.access,
    _attachments: {
      [`${stem}.tgz`]: {
        content_type: 'application/octet-stream',
        data: tarball.toString('base64'),
        length: tarball.length,
      },
      ...(bundle === null ? {} : { [`${stem}.sigstore`]: attachment(bundle) }),
    },
  }
  const description = manifest['description']
  return description === undefined ? document : { ...document, description }
}

// Unlike the tarball it goes as text, and its length is counted in UTF-16 units: so npm has it, and so the registry reads it.
function attachment({ mediaType, json }: SealedBundle): JsonObject {
  const data = JSON.stringify(json)
  return { content_type: mediaType, data, length: data.length }
}

// Always by plain http, as npm has it: clients fetch by the scheme of their own registry, and mirrors rewrite the rest.
function tarballUrl(registry: string, name: string, stem: string): string {
  const url = new URL(`${name}/-/${stem}.tgz`, registry).href
  return url.replace(/^https:\/\//u, 'http://')
}
