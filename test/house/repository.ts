// SPDX-License-Identifier: Apache-2.0
// The project as the house checks see it: the text of every file that git tracks, or would track after `git add`.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A file by its path from the project's root, with slashes. */
export interface HouseFile {
  readonly path: string
  readonly text: string
}

/** The project's root, with a slash at the end. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** Reads every file of the project that is not ignored. */
export function readRepository(): readonly HouseFile[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  // A tracked file that was just deleted is still listed.
  return [...new Set(list.split('\0'))]
    .filter((path) => path !== '' && existsSync(`${root}${path}`))
    .map((path) => ({ path, text: readFileSync(`${root}${path}`, 'utf8') }))
}

/** The package that a path belongs to, by its folder's name; null for files outside `packages`. */
export function roomOf(path: string): string | null {
  return /^packages\/([^/]+)\//u.exec(path)?.[1] ?? null
}

/** Source files of packages: what is published, without declarations of other people's modules. */
export function isSource(path: string): boolean {
  return /^packages\/[^/]+\/(?:src|bin)\/.*\.(?:ts|js)$/u.test(path)
}

/** Everything that is a module of JavaScript or TypeScript. */
export function isModule(path: string): boolean {
  return /\.(?:ts|mts|js|mjs)$/u.test(path)
}

/** A `package.json` as far as the checks read it. */
export interface Manifest {
  readonly name: string
  readonly [field: string]: unknown
}

/** A dependency field of a manifest, as name to version. */
export function dependenciesOf(manifest: Manifest, field: string): ReadonlyMap<string, string> {
  return new Map(Object.entries((manifest[field] ?? {}) as Record<string, string>))
}

/** The manifests of the packages by their folder's name, and the workspace's own under `''`. */
export function readManifests(files: readonly HouseFile[]): ReadonlyMap<string, Manifest> {
  const manifests = new Map<string, Manifest>()
  for (const { path, text } of files) {
    const room = path === 'package.json' ? '' : /^packages\/([^/]+)\/package\.json$/u.exec(path)?.[1]
    if (room !== undefined) manifests.set(room, JSON.parse(text) as Manifest)
  }
  return manifests
}
