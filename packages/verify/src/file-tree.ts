// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { lstat, readFile, readdir, readlink } from 'node:fs/promises'
import { join, posix } from 'node:path'

/** What lies at one name of a folder. */
export type TreeEntry =
  | { readonly kind: 'file'; readonly id: string }
  | { readonly kind: 'folder' }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'other'; readonly what: string }

/** The files of a repository, as a commit holds them or as they lie on the disk. Paths have slashes and begin at its top. */
export interface FileTree {
  /** What is there, without following a link; null where nothing is, or something else than a folder is on the way. */
  readonly entry: (path: string) => Promise<TreeEntry | null>
  /** The names in a folder; none where there is no folder. */
  readonly names: (path: string) => Promise<readonly string[]>
  /** The bytes of a file; null where they cannot be had. */
  readonly bytes: (path: string) => Promise<Buffer | null>
}

/** What a path leads to, and over which links. */
export interface Found {
  /** Where the links led to. */
  readonly path: string
  /** Each link with where it points. */
  readonly links: readonly string[]
  /** Null where nothing is there. A link stands here only where it cannot be followed inside of the repository. */
  readonly entry: TreeEntry | null
}

const MOST_LINKS = 16

/** Follows a path, and every link on it as long as that stays in the repository: what a package manager would read. */
export async function follow(tree: FileTree, path: string): Promise<Found> {
  const links: string[] = []
  let left = path.split('/')
  let at = ''
  let entry: TreeEntry | null = { kind: 'folder' }
  while (left.length > 0) {
    const [name = '', ...rest] = left
    if (entry?.kind !== 'folder') return { path: [at, ...left].join('/'), links, entry: null }
    const next = at === '' ? name : `${at}/${name}`
    entry = await tree.entry(next)
    if (entry?.kind !== 'link') {
      at = next
      left = rest
      continue
    }
    links.push(`${next} -> ${entry.target}`)
    const target = posix.join(at, entry.target, ...rest)
    const isInside = !posix.isAbsolute(entry.target) && target !== '..' && !target.startsWith('../')
    if (!isInside || links.length > MOST_LINKS) return { path: next, links, entry }
    left = target.split('/').filter((word) => word !== '' && word !== '.')
    at = ''
    entry = { kind: 'folder' }
  }
  return { path: at, links, entry }
}

/** The files on the disk below a folder. Files are named as git names them, by its hash of their content. */
export function diskTree(top: string, format: 'sha1' | 'sha256'): FileTree {
  const bytes = (path: string): Promise<Buffer | null> => readFile(join(top, path)).catch(() => null)
  return {
    async entry(path) {
      const stats = await lstat(join(top, path)).catch(() => null)
      if (stats === null) return null
      if (stats.isSymbolicLink()) return { kind: 'link', target: await readlink(join(top, path)) }
      if (stats.isDirectory()) return { kind: 'folder' }
      if (!stats.isFile()) return { kind: 'other', what: 'neither a file nor a folder' }
      const content = await bytes(path)
      return content === null
        ? { kind: 'other', what: 'a file that cannot be read' }
        : { kind: 'file', id: blobId(content, format) }
    },
    names: (path) => readdir(join(top, path)).catch(() => []),
    bytes,
  }
}

/** Git's name for a content. */
export function blobId(content: Uint8Array, format: 'sha1' | 'sha256'): string {
  return createHash(format).update(`blob ${content.length}\0`).update(content).digest('hex')
}
