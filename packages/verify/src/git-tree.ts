// SPDX-License-Identifier: Apache-2.0
import type { FileTree, TreeEntry } from './file-tree.ts'
import type { Git } from './run-git.ts'

/** One name of a folder, as git keeps it. */
export interface GitEntry {
  readonly mode: string
  readonly hash: string
}

/** Lists a folder by the hash of its tree or commit. */
export type Listing = (hash: string) => Promise<ReadonlyMap<string, GitEntry>>

/** Git's mode of a folder. */
export const FOLDER_MODE = '040000'
/** Git's modes of plain files. */
export const FILE_MODES: ReadonlySet<string> = new Set(['100644', '100755'])
const LINK_MODE = '120000'
/** Git's other modes, in words. */
export const KINDS_OF_MODES: ReadonlyMap<string, string> = new Map([
  [FOLDER_MODE, 'a folder'],
  [LINK_MODE, 'a symbolic link'],
  ['160000', 'a submodule'],
])

/** The files of a commit. */
export function commitTree(commit: string, listing: Listing, git: Git): FileTree {
  const find = async (path: string): Promise<GitEntry | null> => {
    let at: GitEntry = { mode: FOLDER_MODE, hash: commit }
    for (const name of path === '' ? [] : path.split('/')) {
      const next = at.mode === FOLDER_MODE ? (await listing(at.hash)).get(name) : undefined
      if (next === undefined) return null
      at = next
    }
    return at
  }
  const textOf = async (hash: string): Promise<string | null> => {
    const answer = await git(['cat-file', 'blob', hash])
    return answer.ok ? answer.text : null
  }
  return {
    async entry(path): Promise<TreeEntry | null> {
      const found = await find(path)
      if (found === null) return null
      if (found.mode === FOLDER_MODE) return { kind: 'folder' }
      if (FILE_MODES.has(found.mode)) return { kind: 'file', id: found.hash }
      const target = found.mode === LINK_MODE ? await textOf(found.hash) : null
      return target === null
        ? { kind: 'other', what: KINDS_OF_MODES.get(found.mode) ?? 'no file' }
        : { kind: 'link', target }
    },
    async names(path) {
      const found = await find(path)
      return found?.mode === FOLDER_MODE ? [...(await listing(found.hash)).keys()] : []
    },
    // Git's answer is read as text here: whoever takes the bytes compares their hash first, and reads settings of the rest alone.
    async bytes(path) {
      const found = await find(path)
      const text = found === null || !FILE_MODES.has(found.mode) ? null : await textOf(found.hash)
      return text === null ? null : Buffer.from(text)
    },
  }
}
