// SPDX-License-Identifier: Apache-2.0
import { lstatSync, readdirSync, statSync } from 'node:fs'
import type { Dirent } from 'node:fs'
import { sep } from 'node:path'
import { readHead } from './read-pieces.ts'

/** A file that a walk came to. Its path is bytes: not every name is text. */
export interface WalkedFile {
  readonly path: Buffer
  /** For people: from where the walk began, as it was named, with slashes. */
  readonly shown: string
}

/** What a walk did not go into, and why. */
export interface WalkNotes {
  /** Folders of installed packages. */
  nodeModules: number
  /** Links, which lead to what stands elsewhere, or in a circle. */
  links: number
  /** Devices, pipes and sockets: reading one may wait for ever. */
  special: number
  /** Folders in which a repository of its own begins, as shown; the walk's beginning is `.`. */
  readonly repositories: string[]
  readonly unread: { readonly path: string; readonly reason: string }[]
}

const SEPARATOR = Buffer.from(sep)

/**
 * Goes through every file below a path, or gives that file alone; in the order of names. Ignore files count for nothing: what nobody
 * commits is where tokens stand. Follows no link but the one that was named, and goes neither into `.git` nor, unless it is packed along
 * with a package (`bundleDependencies`) or named itself, into `node_modules`.
 *
 * @param shown - the path as it was named
 * @yields each plain file
 */
export function* walkFiles(path: string, shown: string, notes: WalkNotes): Generator<WalkedFile> {
  const start = { path: Buffer.from(path), shown: slashed(shown).replace(/(?<=.)\/+$/u, '') }
  const kind = attempt(start, notes, () => statSync(start.path))
  if (kind === null) return
  if (kind.isFile()) yield start
  else if (kind.isDirectory()) yield* walkFolder(start, notes)
  else notes.special += 1
}

function* walkFolder(start: WalkedFile, notes: WalkNotes): Generator<WalkedFile> {
  const waiting = [start]
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const { path, shown } = folder
    const entries = attempt(folder, notes, () => readdirSync(path, { withFileTypes: true, encoding: 'buffer' }))
    if (entries === null) continue
    entries.sort((one, other) => Buffer.compare(one.name, other.name))
    if (entries.some(({ name }) => name.toString() === '.git')) notes.repositories.push(shown)
    const packsAll = entries.some(({ name }) => name.toString() === 'package.json') && bundles(path)
    const folders: WalkedFile[] = []
    for (const entry of entries) {
      const name = entry.name.toString()
      const at = {
        path: Buffer.concat([path, SEPARATOR, entry.name]),
        shown: shown === '.' ? name : `${shown}/${name}`,
      }
      switch (kindOf(entry, at.path)) {
        case 'file':
          // A worktree's or a submodule's `.git` is a file that says where the repository lies.
          if (name !== '.git') yield at
          break
        case 'folder':
          if (name === '.git') break
          if (name === 'node_modules' && !packsAll) notes.nodeModules += 1
          else folders.push(at)
          break
        case 'link':
          notes.links += 1
          break
        case 'special':
          notes.special += 1
          break
        case 'gone':
          notes.unread.push({ path: at.shown, reason: 'it is gone' })
      }
    }
    waiting.push(...folders.toReversed())
  }
}

// Some file systems do not tell in a listing what an entry is.
function kindOf(entry: Dirent<Buffer>, path: Buffer): 'file' | 'folder' | 'link' | 'special' | 'gone' {
  const about = isTold(entry) ? entry : lstatSync(path, { throwIfNoEntry: false })
  if (about === undefined) return 'gone'
  if (about.isSymbolicLink()) return 'link'
  if (about.isFile()) return 'file'
  return about.isDirectory() ? 'folder' : 'special'
}

function isTold(entry: Dirent<Buffer>): boolean {
  return (
    entry.isFile() ||
    entry.isDirectory() ||
    entry.isSymbolicLink() ||
    entry.isFIFO() ||
    entry.isSocket() ||
    entry.isBlockDevice() ||
    entry.isCharacterDevice()
  )
}

// What is bundled lies in node_modules and is published with the package.
function bundles(folder: Buffer): boolean {
  try {
    const text = readHead(Buffer.concat([folder, SEPARATOR, Buffer.from('package.json')])).toString('utf8')
    if (!text.includes('"bundle')) return false
    const manifest = JSON.parse(text) as Readonly<Record<string, unknown>>
    return ['bundleDependencies', 'bundledDependencies'].some((key) => {
      const value = manifest[key]
      return value === true || (Array.isArray(value) && value.length > 0)
    })
  } catch {
    return false
  }
}

function attempt<T>({ shown }: WalkedFile, notes: WalkNotes, work: () => T): T | null {
  try {
    return work()
  } catch (error) {
    notes.unread.push({ path: shown, reason: reasonOf(error) })
    return null
  }
}

/** Why something could not be read, in the system's own word: `EACCES`. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.message : 'it cannot be read'
}

function slashed(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/')
}
