// SPDX-License-Identifier: Apache-2.0
// The outward form: lengths, first lines, export lists, manifests, and words that no file may hold.
import { isModule, isSource, readManifests } from './repository.ts'
import type { HouseFile, Manifest } from './repository.ts'
import { parseModule } from './syntax.ts'
import { holdsWord } from './word.ts'

// Tests are exempt: a file of tests is read one test at a time, and each file costs its start.
const MAX_LINES = 400
const MAX_INDEX_LINES = 60

// Files over the limit, each with the reason why it is not cut.
const LONG: ReadonlyMap<string, string> = new Map()

/** Files that are too long, lack their licence line, or are no plain export list where they should be one. */
export function checkForm(files: readonly HouseFile[]): readonly string[] {
  return files
    .filter(({ path }) => isModule(path))
    .flatMap(({ path, text }) => {
      const lines = text.split('\n')
      const count = lines.length - (lines.at(-1) === '' ? 1 : 0)
      const first = lines[0]?.startsWith('#!') === true ? lines[1] : lines[0]
      const problems: string[] = []
      if (first !== '// SPDX-License-Identifier: Apache-2.0') problems.push(`${path}: no licence on the first line`)
      if (count > MAX_LINES && !LONG.has(path) && !path.endsWith('.test.ts'))
        problems.push(`${path}: ${count} lines, more than ${MAX_LINES}`)
      if (count <= MAX_LINES && LONG.has(path)) problems.push(`${path}: no longer long, and still listed as such`)
      if (isSource(path) && path.endsWith('/src/index.ts')) problems.push(...checkIndex({ path, text }, count))
      return problems
    })
}

// An export list says by name what a package promises; `export *` would promise whatever is there.
function checkIndex(file: HouseFile, lines: number): readonly string[] {
  const problems: string[] = []
  if (lines > MAX_INDEX_LINES) problems.push(`${file.path}: ${lines} lines, more than ${MAX_INDEX_LINES}`)
  const module = parseModule(file)
  module.walk((node, parent) => {
    if (parent?.type !== 'Program') return
    const isList = node.type === 'ExportNamedDeclaration' && node['source'] !== null
    if (!isList) problems.push(`${file.path}:${module.lineOf(node)}: not an export list`)
  })
  return problems
}

/** Packages whose manifest differs from the others' where it should not. */
export function checkManifests(files: readonly HouseFile[]): readonly string[] {
  const manifests = [...readManifests(files)].filter(([room]) => room !== '')
  const paths = new Set(files.map(({ path }) => path))
  const [first] = manifests
  return manifests.flatMap(([room, manifest]) => {
    const place = `packages/${room}`
    const fields = manifestProblems(room, manifest, first?.[1] ?? manifest)
    const missing = ['README.md', 'src/index.ts', 'tsconfig.json'].filter((file) => !paths.has(`${place}/${file}`))
    return [...fields.map((what) => `${place}/package.json: ${what}`), ...missing.map((file) => `${place}: no ${file}`)]
  })
}

const ENTRY = { 'bonafide-source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' }

function manifestProblems(room: string, manifest: Manifest, model: Manifest): readonly string[] {
  const problems: string[] = []
  const same = (field: string, wanted: unknown): void => {
    if (JSON.stringify(manifest[field]) !== JSON.stringify(wanted)) problems.push(`${field} is not as in the others`)
  }
  same('name', room === 'cli' ? 'bonafide' : `@bonafide/${room}`)
  same('license', 'Apache-2.0')
  same('type', 'module')
  same('sideEffects', false)
  same('exports', { '.': ENTRY })
  same('engines', model['engines'])
  same('version', model['version'])
  if (typeof manifest['description'] !== 'string' || manifest['description'] === '') problems.push('no description')
  if (manifest['scripts'] !== undefined) problems.push('scripts: every script is the workspace’s')
  for (const field of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']) {
    for (const [name, version] of Object.entries((manifest[field] ?? {}) as Record<string, string>)) {
      const isOurs = name.startsWith('@bonafide/') || name === 'bonafide'
      if (isOurs ? version !== 'workspace:*' : !/^\d+\.\d+\.\d+$/u.test(version))
        problems.push(`${field} ${name}@${version}: not one exact version`)
    }
  }
  return problems
}

/** A word that no file may hold, and why. */
export interface ForbiddenWord {
  readonly word: string
  readonly why: string
}

/** Every line that holds a forbidden word: not as the end of a longer name. */
export function checkWords(files: readonly HouseFile[], forbidden: readonly ForbiddenWord[]): readonly string[] {
  return files.flatMap(({ path, text }) =>
    forbidden
      .filter(({ word }) => text.includes(word))
      .flatMap(({ word, why }) =>
        text
          .split('\n')
          .flatMap((line, index) => (holdsWord(line, word, 'open') ? [`${path}:${index + 1}: ${why}`] : [])),
      ),
  )
}
