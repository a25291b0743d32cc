// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import type { ClientKind } from './client-kind.ts'
import { readLockTexts } from './lockfile-names.ts'

/** A lockfile after a run, without the address of a gateway that is gone. */
export type MendedLock =
  /** It holds no such address. */
  | { readonly kind: 'clean' }
  | { readonly kind: 'mended'; readonly text: string }
  /** It holds one, and nobody knows what stood there. */
  | { readonly kind: 'unmendable' }

/** Where a gateway was, and whom it stood for. */
export interface FormerGateway {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string
  /** What a client had for its registry, with a slash at the end. */
  readonly baseOf: (client: ClientKind) => string
  /** The registry that a name is installed from, with a slash at the end; null where there is none. */
  readonly registryOf: (name: string) => string | null
}

/** Mends the lockfiles of a folder; returns the names of those that still name the gateway. */
export async function mendLockfiles(dir: string, gateway: FormerGateway): Promise<readonly string[]> {
  const unmended: string[] = []
  for (const [file, text] of await readLockTexts(dir)) {
    const lock = mendLock(file, text, gateway)
    if (lock.kind === 'mended') await writeFile(join(dir, file), lock.text)
    if (lock.kind === 'unmendable') unmended.push(file)
  }
  return unmended
}

/**
 * Takes the gateway's address out of a lockfile's text.
 *
 * - `bun.lock`: Bun writes the URL of a tarball once its entry is touched, and nothing for a registry's usual path: nothing is put back.
 * - `yarn.lock` of Yarn 1: every entry holds a URL; the registry's own is put back.
 */
export function mendLock(file: string, text: string, gateway: FormerGateway): MendedLock {
  if (!text.includes(gateway.origin)) return { kind: 'clean' }
  const mended = file === 'bun.lock' ? mendBun(text, gateway) : file === 'yarn.lock' ? mendYarn(text, gateway) : text
  return mended.includes(gateway.origin) ? { kind: 'unmendable' } : { kind: 'mended', text: mended }
}

// `"name": ["name@1.0.0", "URL", {…}, "sha512-…"]`: a string that is the URL of a tarball and nothing else.
function mendBun(text: string, { baseOf }: FormerGateway): string {
  const base = baseOf('bun')
  return text.replaceAll(/"([^"\\\s]*)"/gu, (whole, url: string) =>
    url.startsWith(base) && TARBALL.test(url.slice(base.length)) ? '""' : whole,
  )
}

// `  resolved "URL#sha1"`, by the registry that Yarn 1 was given.
function mendYarn(text: string, { baseOf, registryOf }: FormerGateway): string {
  const base = baseOf('npm')
  return text.replaceAll(/^( {2}resolved ")([^"\s]*)"$/gmu, (whole, before: string, url: string) => {
    const path = url.startsWith(base) ? url.slice(base.length).replace(/%2f/iu, '/') : ''
    const name = TARBALL.exec(path)?.groups?.['name']
    const registry = name === undefined ? null : registryOf(name)
    return registry === null ? whole : `${before}${registry}${path}"`
  })
}

const TARBALL = /^(?<name>(?:@[^/]+(?:\/|%2f))?[^/@]+)\/-\/[^/]+\.tgz(?:#[0-9a-f]+)?$/iu
