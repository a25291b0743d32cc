// SPDX-License-Identifier: Apache-2.0
// What npm's client sends to a registry, by hand: to send it with one thing changed.
import { createHash } from 'node:crypto'
import { startSandbox } from '@bonafide/sandbox'
import type { Release, Sandbox } from '@bonafide/sandbox'

/** What a client sends to publish. */
export interface PublishBody {
  _id: string
  name: string
  'dist-tags': Record<string, string>
  versions: Record<string, Record<string, unknown> & { dist: Record<string, unknown> }>
  access: string | null
  _attachments: Record<string, { content_type: string; data: string; length: number }>
}

/** Packs a release, signs its provenance if it is to have one, and puts both into what a client sends. */
export async function publishBody(release: Release): Promise<PublishBody> {
  const { name, version } = release
  // Another sandbox of the same seed: what it signs holds in the one that is asked.
  const factory = await startSandbox()
  const { tarball, integrity, attestations } = await factory.publish(release)
  await factory.close()
  const bundle = attestations?.attestations.find(({ predicateType }) => predicateType.includes('slsa.dev'))?.bundle
  const body: PublishBody = {
    _id: name,
    name,
    'dist-tags': { [release.tag ?? 'latest']: version },
    versions: {
      [version]: {
        name,
        version,
        ...release.manifest,
        _id: `${name}@${version}`,
        dist: { integrity, shasum: createHash('sha1').update(tarball).digest('hex') },
      },
    },
    access: null,
    _attachments: {
      [`${name}-${version}.tgz`]: {
        content_type: 'application/octet-stream',
        data: tarball.toString('base64'),
        length: tarball.length,
      },
    },
  }
  if (bundle !== undefined) {
    const data = JSON.stringify(bundle)
    body._attachments[`${name}-${version}.sigstore`] = { content_type: bundle.mediaType, data, length: data.length }
  }
  return body
}

/** How a registry answered. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Undefined where it is no JSON. */
  readonly body: unknown
}

/** Asks the sandbox's registry. */
export async function ask(
  sandbox: Sandbox,
  method: string,
  path: string,
  options: { readonly token?: string; readonly body?: unknown; readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { token, body, headers = {} } = options
  const response = await fetch(`${sandbox.registryUrl}${path}`, {
    method,
    headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: parsed(text) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
