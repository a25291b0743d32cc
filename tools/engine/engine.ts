// SPDX-License-Identifier: Apache-2.0
// The engine: the command with everything that it needs, in one tarball that no package manager has to touch. Whoever checks its sha512
// and unpacks it has exactly what was tested here; nothing of a project that is verified can take part in how it got there.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packTarball } from './tar-file.ts'

/** A packed engine. */
export interface Engine {
  readonly version: string
  readonly bytes: Buffer
  /** In hexadecimal, as `sha512sum` prints it. */
  readonly sha512: string
  /** The packages that are in it, as `name@version`, sorted. */
  readonly packages: readonly string[]
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly files?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

interface Placed {
  /** The real folder. */
  readonly folder: string
  readonly manifest: Manifest
  /** Where it lies in the tarball; empty for the command itself. */
  readonly place: string
}

const CLI = fileURLToPath(new URL('../../packages/cli', import.meta.url))
const WORKSPACE = `${dirname(CLI)}${sep}`

/** Packs the engine of this clone, which has to be built. The same clone gives the same bytes. */
export function packEngine(): Engine {
  const placed = place({ folder: CLI, manifest: manifestOf(CLI), place: '' })
  const files = new Map<string, Buffer>()
  for (const item of placed) {
    for (const path of filesOf(item)) files.set(join(item.place, path), readFileSync(join(item.folder, path)))
  }
  const paths = [...files.keys()].filter((path) => path !== 'package.json').sort()
  const sorted = new Map(
    ['package.json', ...paths].map((path) => [path.split(sep).join('/'), files.get(path)] as const),
  )
  const bytes = packTarball(sorted)
  return {
    version: manifestOf(CLI).version,
    bytes,
    sha512: createHash('sha512').update(bytes).digest('hex'),
    packages: placed.map(({ manifest }) => `${manifest.name}@${manifest.version}`).sort(),
  }
}

// As npm lays out a tree: each package as far up as another version of it does not stand in the way.
function place(root: Placed): readonly Placed[] {
  const tree = new Map<string, Placed>([['', root]])
  const queue = [root]
  for (const from of queue) {
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = from.manifest
    const names = new Set([dependencies, optionalDependencies, peerDependencies].flatMap((one) => Object.keys(one)))
    for (const name of [...names].sort()) {
      const folder = find(name, from.folder)
      if (folder === null) {
        if (name in dependencies) throw new Error(`${from.manifest.name} needs ${name}, which is not installed`)
        continue
      }
      const seen = upwards(from.place)
        .map((above) => tree.get(join(above, 'node_modules', name)))
        .find((item) => item !== undefined)
      if (seen?.folder === folder) continue
      const where = join(seen === undefined ? '' : from.place, 'node_modules', name)
      if (tree.has(where)) throw new Error(`two versions of ${name} at ${where}`)
      const next = { folder, manifest: manifestOf(folder), place: where }
      tree.set(where, next)
      queue.push(next)
    }
  }
  return [...tree.values()]
}

// The places whose `node_modules` Node.js looks into, from the nearest on.
function upwards(from: string): readonly string[] {
  const at = from.lastIndexOf(`${sep}node_modules${sep}`)
  if (from === '') return ['']
  return [from, ...upwards(at === -1 ? '' : from.slice(0, at))]
}

function find(name: string, from: string): string | null {
  const folder = join(from, 'node_modules', name)
  if (existsSync(join(folder, 'package.json'))) return realpathSync(folder)
  const above = dirname(from)
  return above === from ? null : find(name, above)
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

function filesOf({ folder, manifest }: Placed): readonly string[] {
  const isOurs = `${folder}${sep}`.startsWith(WORKSPACE)
  // Our packages as they are published: what they list. Of the compiled files only those whose source is still there.
  const tops = isOurs ? ['package.json', ...(manifest.files ?? [])] : ['']
  const all = tops.flatMap((top) => walk(join(folder, top)).map((path) => relative(folder, path)))
  return all.filter((path) => isRun(path) && (!isOurs || hasSource(folder, path)))
}

function walk(path: string): readonly string[] {
  const entries = existsSync(path) ? readdirSync(dirname(path), { withFileTypes: true }) : []
  const own = entries.find(({ name }) => join(dirname(path), name) === path)
  if (own?.isFile() === true) return [path]
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => !relative(path, file).split(sep).includes('node_modules'))
}

function isRun(path: string): boolean {
  return !/\.(?:map|tsbuildinfo|d\.[cm]?ts)$/u.test(path)
}

function hasSource(folder: string, path: string): boolean {
  const [, name] = /^dist[/\\](.+)\.js$/u.exec(path) ?? []
  return name === undefined || existsSync(join(folder, 'src', `${name}.ts`))
}
