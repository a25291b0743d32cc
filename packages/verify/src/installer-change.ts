// SPDX-License-Identifier: Apache-2.0
import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { blobId, follow } from './file-tree.ts'
import type { FileTree, Found } from './file-tree.ts'
import { CI_PLACES, INSTALLER_FOLDERS, installerFormat } from './installer-files.ts'
import type { InstallerFormat } from './installer-files.ts'
import { parseInstallerSettings } from './installer-settings.ts'
import type { InstallerSetting } from './installer-settings.ts'

/** One thing that a change does to what a package manager runs or where it installs from. */
export interface InstallerKey {
  readonly what: string
  readonly found: string
  readonly wanted: string
  readonly line: number
}

/** A file that decides what a package manager runs or where it installs from, and is not that of the base. */
export interface InstallerChange {
  /** From the top of the repository, with slashes. */
  readonly path: string
  readonly keys: readonly InstallerKey[]
}

/** The trees that are compared. */
export interface ComparedTrees {
  readonly head: FileTree
  readonly base: FileTree
  /** Where the change grew from the base; null where nobody can tell. */
  readonly grown: FileTree | null
  readonly format: 'sha1' | 'sha256'
}

const LONGEST_TEXT = 1024 * 1024
const MOST_SHOWN = 160

/**
 * Holds the files that decide what a package manager runs, and where it installs from, against those of the base, for the folders of a
 * project and those above them up to the top; and those that say what the CI does, where the base's speak of bonafide. What the change left as it
 * was where it grew from the base is not its doing.
 */
export async function compareInstallers(
  places: readonly string[],
  trees: ComparedTrees,
): Promise<readonly InstallerChange[]> {
  const watched = await watch(places, trees)
  const changes = [...watched].map(async ([path, format]) => ({ path, keys: await compare(path, format, trees) }))
  return (await Promise.all(changes)).filter(({ keys }) => keys.length > 0)
}

async function watch(places: readonly string[], trees: ComparedTrees): Promise<ReadonlyMap<string, InstallerFormat>> {
  const watched = new Map<string, InstallerFormat>()
  const add = (paths: readonly string[]): void => {
    for (const path of paths) if (!watched.has(path)) watched.set(path, 'whole')
  }
  for (const folder of new Set(places.flatMap(upwards))) {
    for (const name of await namesIn(folder, trees)) {
      const format = installerFormat(name)
      if (format !== null) watched.set(posix.join(folder, name), format)
    }
    for (const name of INSTALLER_FOLDERS) add(await below(posix.join(folder, name), trees))
  }
  // A hook, plugin or release that a setting of the base names may lie anywhere.
  const named = [...watched].map(([path, format]) => namedIn(path, format, trees))
  for (const paths of await Promise.all(named)) add(paths)
  for (const name of CI_PLACES) {
    for (const path of await below(name, trees)) {
      const text = await textAt(path, trees.base)
      if (text !== null && /bonafide/iu.test(text)) add([path])
    }
  }
  return watched
}

function upwards(place: string): readonly string[] {
  return place === '' ? [''] : [place, ...upwards(posix.dirname(place).replace(/^\.$/u, ''))]
}

async function namesIn(path: string, { head, base }: ComparedTrees): Promise<readonly string[]> {
  const lists = await Promise.all([head, base].map(async (tree) => tree.names((await follow(tree, path)).path)))
  return [...new Set(lists.flat())]
}

// The files below a folder, and the folder itself where the trees differ on what it is or a link leads to it.
async function below(path: string, trees: ComparedTrees, visited: Set<string> = new Set()): Promise<readonly string[]> {
  const [head, base] = await Promise.all([follow(trees.head, path), follow(trees.base, path)])
  const both = [head, base].filter(({ entry, links }) => entry !== null || links.length > 0)
  const isFolder = both.length > 0 && both.every(({ entry }) => entry?.kind === 'folder')
  const here = both.length > 0 && (!isFolder || both.some(({ links }) => links.length > 0)) ? [path] : []
  // A link may lead back to a folder that it lies in.
  const place = [head, base].map((found) => found.path).join('\n')
  if (!isFolder || visited.has(place)) return here
  visited.add(place)
  const files: string[] = [...here]
  for (const name of await namesIn(path, trees)) files.push(...(await below(posix.join(path, name), trees, visited)))
  return files
}

async function namedIn(path: string, format: InstallerFormat, { base }: ComparedTrees): Promise<readonly string[]> {
  if (format === 'whole' || format === 'manifest') return []
  const text = await textAt(path, base)
  if (text === null) return []
  const settings = parseInstallerSettings(text, format) ?? [{ key: '', text, line: 1 }]
  const named = new Set<string>()
  for (const word of settings.flatMap((setting) => setting.text.split(/[\s"'`,[\]{}=:#]+/u))) {
    const target = posix.join(posix.dirname(path), word)
    if (!/[./]/u.test(word) || posix.isAbsolute(word) || target === '..' || target.startsWith('../')) continue
    if ((await follow(base, target)).entry?.kind === 'file') named.add(target)
  }
  return [...named]
}

async function compare(path: string, format: InstallerFormat, trees: ComparedTrees): Promise<readonly InstallerKey[]> {
  const { head, base, grown } = trees
  const [mine, theirs] = await Promise.all([follow(head, path), follow(base, path)])
  if (await isSame(mine, theirs, base, trees)) return []
  if (grown !== null && (await isSame(mine, await follow(grown, path), grown, trees))) return []
  const texts = await Promise.all([textOf(mine, head), textOf(theirs, base)])
  const [found, wanted] = texts.map((text) => (text === null ? null : parseInstallerSettings(text, format)))
  // Cannot happen: two in, two out.
  if (found === undefined || wanted === undefined) throw new TypeError('no text')
  // What a link leads to is there for now: an install may put something else there.
  const isOtherWay = mine.links.join('\n') !== theirs.links.join('\n')
  if (found === null || wanted === null || isOtherWay) return [asWhole(mine, theirs, texts)]
  const before = grown === null ? null : await textAt(path, grown)
  return keysBeyond(found, wanted, before === null ? null : parseInstallerSettings(before, format))
}

// Told as a whole: what kind of thing it is, and the first line that differs.
function asWhole(mine: Found, theirs: Found, [found, wanted]: readonly (string | null)[]): InstallerKey {
  const lines = (found ?? '').split('\n')
  const others = (wanted ?? '').split('\n')
  const at = lines.findIndex((line, index) => line !== others[index])
  const what = theirs.entry === null ? 'added' : mine.entry === null ? 'removed' : 'changed'
  return { what, found: described(mine), wanted: described(theirs), line: at === -1 ? 1 : at + 1 }
}

function described({ entry, links }: Found): string {
  const way = links.length === 0 ? '' : `${links.join(', ')}: `
  switch (entry?.kind) {
    case undefined:
      return `${way}no file`
    case 'file':
      return `${way}a file, git's ${entry.id.slice(0, 12)}`
    case 'folder':
      return `${way}a folder`
    case 'link':
      return `${way}a symbolic link that is not followed`
    case 'other':
    default:
      return `${way}${entry?.what ?? 'no file'}`
  }
}

async function isSame(mine: Found, theirs: Found, base: FileTree, { head, format }: ComparedTrees): Promise<boolean> {
  // Links first: what they lead to may be there only once something is installed.
  if (mine.links.join('\n') !== theirs.links.join('\n') || mine.entry?.kind !== theirs.entry?.kind) return false
  if (mine.entry?.kind !== 'file' || theirs.entry?.kind !== 'file') return mine.entry?.kind !== 'other'
  if (mine.entry.id === theirs.entry.id) return true
  const bytes = await head.bytes(mine.path)
  if (bytes === null) return false
  // Checked out with the line ends of Windows.
  const unix = Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
  if (blobId(unix, format) === theirs.entry.id) return true
  // Checked out in place of its pointer of git LFS.
  const pointer = (await base.bytes(theirs.path))?.toString() ?? ''
  const [, digest] = /^version https:\/\/git-lfs[^\n]*\noid sha256:([0-9a-f]{64})\nsize \d+\n$/u.exec(pointer) ?? []
  return digest !== undefined && createHash('sha256').update(bytes).digest('hex') === digest
}

/** The text of a file; empty where there is none, null where it cannot be read as settings. */
async function textOf({ entry, path, links }: Found, tree: FileTree): Promise<string | null> {
  if (entry === null && links.length === 0) return ''
  const bytes = entry?.kind === 'file' ? await tree.bytes(path) : null
  if (bytes === null || bytes.length > LONGEST_TEXT || !isUtf8(bytes) || bytes.includes(0)) return null
  return bytes.toString('utf8')
}

async function textAt(path: string, tree: FileTree): Promise<string | null> {
  const found = await follow(tree, path)
  return found.entry?.kind === 'file' ? textOf(found, tree) : null
}

type Settings = readonly InstallerSetting[]

function keysBeyond(found: Settings, wanted: Settings, grown: Settings | null): readonly InstallerKey[] {
  const [mine, theirs, before] = [found, wanted, grown ?? []].map(byKey)
  // Cannot happen: three in, three out.
  if (mine === undefined || theirs === undefined || before === undefined) throw new TypeError('no settings')
  const keys = [...new Set([...mine.keys(), ...theirs.keys()])].flatMap((key) => {
    const [here, there] = [mine.get(key), theirs.get(key)]
    if (here?.text === there?.text || (grown !== null && here?.text === before.get(key)?.text)) return []
    if (there === undefined && here?.isGuard === true) return []
    return [{ what: key, found: shown(here), wanted: shown(there), line: here?.line ?? 1 }]
  })
  const isKnown = isSameOrder(found, wanted) || (grown !== null && isSameOrder(found, grown))
  if (keys.length > 0 || isKnown) return keys
  // Of two keys that mean the same, the last one counts.
  return [{ what: 'the order of settings', found: 'another order', wanted: "the base's", line: found[0]?.line ?? 1 }]
}

function isSameOrder(found: Settings, wanted: Settings): boolean {
  return found.map(({ text }) => text).join('\n') === wanted.map(({ text }) => text).join('\n')
}

function byKey(settings: Settings): ReadonlyMap<string, InstallerSetting> {
  const keys = new Map<string, InstallerSetting>()
  for (const setting of settings) {
    const known = keys.get(setting.key)
    keys.set(setting.key, known === undefined ? setting : { ...known, text: `${known.text}\n${setting.text}` })
  }
  return keys
}

// Without what may be a secret: the name of a setting tells enough.
function shown(setting: { readonly text: string } | undefined): string {
  if (setting === undefined) return 'no such setting'
  const text = setting.text
    .split('\n')
    .map((line) =>
      line.trim().replace(/^([^=:]*(?:auth|pass|token|secret|email|user|key|cert)[^=:]*[=:]\s*).+$/iu, '$1***'),
    )
    .map((line) => (line.startsWith('//') ? line.replace(/=.*$/u, '=***') : line))
    .join(' ')
    .replaceAll(/\/\/[^/\s"']*@/gu, '//***@')
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}
