// SPDX-License-Identifier: Apache-2.0
// Arrows between packages go down only, what is imported is declared, what is declared is imported, and nothing runs in a circle.
import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { dependenciesOf, isModule, isSource, readManifests, roomOf } from './repository.ts'
import type { HouseFile, Manifest } from './repository.ts'
import { COMPUTED, parseModule } from './syntax.ts'
import type { Import, ParsedModule } from './syntax.ts'

// The rows of the house, from the ground up. A package may import those of lower rows.
const ROWS: readonly (readonly string[])[] = [
  ['core'],
  ['attestation', 'lockfile', 'policy', 'sandbox'],
  ['registry'],
  ['verify', 'credentials'],
  ['install', 'gateway', 'publish'],
  ['cli', 'hook-pnpm', 'hook-bun', 'hook-yarn'],
]

// Arrows within a row. Only types may travel along them: a policy has to name the evidence that it judges.
const TYPES_WITHIN_A_ROW: ReadonlySet<string> = new Set(['policy -> attestation'])

// What nobody may import from `packages`: a stand-in for the real thing must never be what a verdict rests on.
const ISOLATED: ReadonlySet<string> = new Set(['sandbox'])

/** Every arrow between packages that does not go down, by import or by declaration. */
export function checkArrows(files: readonly HouseFile[]): readonly string[] {
  const manifests = readManifests(files)
  const rooms = roomsByName(manifests)
  const problems: string[] = []
  for (const room of manifests.keys()) if (room !== '' && rowOf(room) === -1) problems.push(`${room} is in no row`)
  for (const module of files.filter(({ path }) => isSource(path)).map(parseModule)) {
    const from = roomOf(module.path) ?? ''
    for (const one of module.imports) {
      const to = rooms.get(packageOf(one.specifier))
      if (to === undefined || to === from || isDown(from, to, one.isType)) continue
      problems.push(`${module.path}:${one.line}: ${from} imports ${to}`)
    }
  }
  for (const [room, manifest] of manifests) {
    if (room === '') continue
    for (const field of DEPENDENCY_FIELDS) {
      for (const name of dependenciesOf(manifest, field).keys()) {
        const to = rooms.get(name)
        if (to !== undefined && !isDown(room, to, true)) problems.push(`packages/${room}/package.json: ${field} ${to}`)
      }
    }
  }
  return problems
}

const DEPENDENCY_FIELDS = ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies'] as const

function isDown(from: string, to: string, isType: boolean): boolean {
  if (ISOLATED.has(to) || rowOf(from) === -1 || rowOf(to) === -1) return false
  return rowOf(to) < rowOf(from) || (isType && TYPES_WITHIN_A_ROW.has(`${from} -> ${to}`))
}

function rowOf(room: string): number {
  return ROWS.findIndex((row) => row.includes(room))
}

function roomsByName(manifests: ReadonlyMap<string, Manifest>): ReadonlyMap<string, string> {
  return new Map([...manifests].filter(([room]) => room !== '').map(([room, { name }]) => [name, room]))
}

/** The package that a bare specifier belongs to. */
function packageOf(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}

// What the workspace's own scripts and people run, as programs: nobody imports it.
const PROGRAMS: ReadonlySet<string> = new Set([
  '@types/node',
  'bonafide',
  'oxfmt',
  'oxlint',
  'oxlint-tsgolint',
  'typescript',
])

/** Every import that its package.json does not declare, and every declared dependency that nothing imports. */
export function checkDeclared(files: readonly HouseFile[]): readonly string[] {
  const manifests = readManifests(files)
  return [...manifests].flatMap(([room, manifest]) => {
    const own = files.filter(({ path }) =>
      room === '' ? isWorkspaceModule(path) : isSource(path) && roomOf(path) === room,
    )
    return checkManifest(room, manifest, own.map(parseModule))
  })
}

/** Packages whose tsconfig.json refers to others than their package.json depends on: a stale build, or an order that only luck keeps. */
export function checkReferences(files: readonly HouseFile[]): readonly string[] {
  const manifests = readManifests(files)
  const rooms = roomsByName(manifests)
  return files.flatMap(({ path, text }) => {
    const manifest =
      path === `packages/${roomOf(path) ?? ''}/tsconfig.json` ? manifests.get(roomOf(path) ?? '') : undefined
    if (manifest === undefined) return []
    const { references } = JSON.parse(text) as { readonly references: readonly { readonly path: string }[] }
    const found = references.map((one) => one.path.replace('../', '')).sort()
    const wanted = [...dependenciesOf(manifest, 'dependencies').keys()].flatMap((name) => rooms.get(name) ?? []).sort()
    return found.join() === wanted.join() ? [] : [`${path}: refers to ${found.join()}, depends on ${wanted.join()}`]
  })
}

/** Runtime dependencies that `docs/dependencies.md` does not give a reason for, in the version that is declared. */
export function checkReasons(files: readonly HouseFile[]): readonly string[] {
  const rows = (files.find(({ path }) => path === 'docs/dependencies.md')?.text ?? '').split('\n')
  return [...readManifests(files)].flatMap(([room, manifest]) =>
    (room === '' ? [] : [...dependenciesOf(manifest, 'dependencies')])
      .filter(([name, version]) => version !== 'workspace:*' && !rows.some((row) => tells(row, name, version)))
      .map(([name, version]) => `docs/dependencies.md: no row for ${name} ${version} of ${room}`),
  )
}

function tells(row: string, name: string, version: string): boolean {
  return row.startsWith('|') && row.includes(`\`${name}\``) && row.includes(` ${version}, `)
}

// Modules outside the packages: tests and tools, which the workspace's own manifest serves.
function isWorkspaceModule(path: string): boolean {
  return isModule(path) && /^(?:test|tools|docs)\//u.test(path) && !path.includes('/fixtures/')
}

function checkManifest(room: string, manifest: Manifest, modules: readonly ParsedModule[]): readonly string[] {
  const place = room === '' ? 'package.json' : `packages/${room}/package.json`
  const runtime = dependenciesOf(manifest, 'dependencies')
  const development = dependenciesOf(manifest, 'devDependencies')
  const problems: string[] = []
  const used = new Set<string>()
  for (const { path, imports } of modules) {
    for (const one of imports) {
      const name = packageOf(one.specifier)
      if (one.specifier.startsWith('.') || name === manifest.name || isBuiltin(one)) continue
      // A test may import a module that it has just written.
      if (room === '' && one.specifier === COMPUTED) continue
      used.add(name)
      // What is published installs its dependencies and not its devDependencies; types come from beside them.
      const isThere = runtime.has(name) || (development.has(name) && (room === '' || one.isType))
      if (!isThere) problems.push(`${path}:${one.line}: ${one.specifier} is not in ${place}`)
    }
  }
  for (const name of [...runtime.keys(), ...development.keys()]) {
    const typed = /^@types\/(?:(.+)__)?(.+)$/u.exec(name)
    const about = typed === null ? name : `${typed[1] === undefined ? '' : `@${typed[1]}/`}${typed[2] ?? ''}`
    if (!used.has(about) && !(room === '' && PROGRAMS.has(name))) problems.push(`${place}: nothing imports ${name}`)
  }
  return problems
}

// Only under `node:`: a bare `fs` could be somebody's package.
function isBuiltin({ specifier }: Import): boolean {
  return (
    specifier.startsWith('node:') && builtinModules.some((name) => specifier === `node:${name.replace(/^node:/u, '')}`)
  )
}

/** Every circle of imports between the files of the packages, types included, and between the packages themselves. */
export function checkCircles(files: readonly HouseFile[]): readonly string[] {
  const rooms = roomsByName(readManifests(files))
  const between = new Map<string, Set<string>>()
  const within = new Map<string, Set<string>>()
  for (const { path, imports } of files.filter((file) => isSource(file.path)).map(parseModule)) {
    const room = roomOf(path) ?? ''
    for (const { specifier } of imports) {
      const to = rooms.get(packageOf(specifier))
      if (specifier.startsWith('.')) link(within, path, posix.join(posix.dirname(path), specifier))
      else if (to !== undefined && to !== room) link(between, room, to)
    }
  }
  return [...circlesIn(between), ...circlesIn(within)]
}

function link(graph: Map<string, Set<string>>, from: string, to: string): void {
  graph.set(from, (graph.get(from) ?? new Set()).add(to))
}

function circlesIn(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const done = new Set<string>()
  const circles: string[] = []
  const follow = (node: string, trail: readonly string[]): void => {
    if (trail.includes(node)) circles.push([...trail.slice(trail.indexOf(node)), node].join(' -> '))
    if (trail.includes(node) || done.has(node)) return
    for (const next of graph.get(node) ?? []) follow(next, [...trail, node])
    done.add(node)
  }
  for (const node of graph.keys()) follow(node, [])
  return circles
}
