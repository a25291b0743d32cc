// SPDX-License-Identifier: Apache-2.0
import { BonafideError } from '@bonafide/core'

// More than any package's metadata.
const MAX_BYTES = 100 * 1024 * 1024

/**
 * Asks a registry for something that is no tarball, and hands it on only if it is JSON: what unpacks an archive cannot be fed with it,
 * whatever the registry calls it. No redirect is followed.
 *
 * @throws BonafideError `BONAFIDE_REFUSED` for other hosts, other methods, and answers that are not JSON
 */
export async function guardedMetadata(
  url: URL,
  init: RequestInit,
  registries: readonly string[],
  ask: typeof fetch,
): Promise<Response> {
  const isOwn = registries.some((registry) => url.href.startsWith(registry)) && !/\.\.|%2e|\\/iu.test(url.href)
  if (!isOwn || url.username !== '' || url.password !== '')
    throw refused(url, url.origin, 'a registry that is configured')
  if ((init.method ?? 'GET') !== 'GET') throw refused(url, init.method ?? '', 'GET')
  const response = await ask(url, { ...init, method: 'GET', redirect: 'error' })
  const bytes = await readAll(response, url)
  // A tarball under another path, which nobody judged.
  if (response.ok && !isJson(bytes)) throw refused(url, 'an answer that is not JSON', 'metadata in JSON')
  const { status, statusText } = response
  const type = response.headers.get('content-type') ?? 'application/json'
  return new Response(response.ok ? bytes : null, { status, statusText, headers: { 'content-type': type } })
}

async function readAll(response: Response, url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the platform's stream of bytes
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > MAX_BYTES) throw refused(url, `more than ${MAX_BYTES} bytes`, 'metadata of a package')
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return true
  } catch {
    return false
  }
}

function refused({ origin, pathname }: URL, found: string, wanted: string): BonafideError {
  return new BonafideError('BONAFIDE_REFUSED', 'only what can be verified is fetched', {
    url: `${origin}${pathname}`,
    found,
    wanted,
    hint: 'ask for tarballs by the registry’s own URL, NAME/-/FILE-VERSION.tgz',
  })
}
