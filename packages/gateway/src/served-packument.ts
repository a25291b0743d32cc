// SPDX-License-Identifier: Apache-2.0
import { tarballPath } from './requested.ts'
import type { ClientKind } from './client-kind.ts'

/**
 * A package's metadata as one client is to see it: every field as it came, those included that nobody here knows, but for
 * `dist.tarball`, which decides where a client goes next and what it writes into its lockfile.
 *
 * - npm and Deno put the gateway in place of the URL's host by themselves, and lock the URL as it stands: it is left.
 * - pnpm and Yarn leave a URL out of their lockfile that is the registry's own: it is the gateway's.
 * - Bun locks whatever differs from the registry's own path: it is taken out.
 *
 * @param base - the gateway's URL for this client, with a slash at the end
 */
export function renderPackument(document: unknown, name: string, kind: ClientKind, base: string): unknown {
  if (!isObject(document) || !isObject(document['versions'])) return document
  const versions = Object.entries(document['versions']).map(
    ([version, manifest]) => [version, renderManifest(manifest, name, version, kind, base)] as const,
  )
  return { ...document, versions: Object.fromEntries(versions) }
}

/** One version of a packument, in the same way. */
export function renderManifest(
  manifest: unknown,
  name: string,
  version: string,
  kind: ClientKind,
  base: string,
): unknown {
  if (!isObject(manifest) || !isObject(manifest['dist'])) return manifest
  switch (kind) {
    case 'npm':
    case 'deno':
      return manifest
    case 'bun': {
      const { tarball: _, ...dist } = manifest['dist']
      return { ...manifest, dist }
    }
    case 'pnpm':
    case 'yarn':
      return { ...manifest, dist: { ...manifest['dist'], tarball: `${base}${tarballPath(name, version)}` } }
    default:
      throw new TypeError('a client of an unknown kind')
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
