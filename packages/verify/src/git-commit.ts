// SPDX-License-Identifier: Apache-2.0
import { readFile, realpath } from 'node:fs/promises'
import { isAbsolute, join, posix, relative, sep } from 'node:path'
import { BonafideError } from '@bonafide/core'
import { fetchHint, quoteWord } from './fetch-hint.ts'
import type { FileTree } from './file-tree.ts'
import { findGit, findTop, isWithin } from './find-git.ts'
import { FILE_MODES, FOLDER_MODE, KINDS_OF_MODES, commitTree } from './git-tree.ts'
import type { GitEntry, Listing } from './git-tree.ts'
import { runGit } from './run-git.ts'
import type { Git, GitAnswer } from './run-git.ts'

type Env = Readonly<Record<string, string | undefined>>

/** A commit of the repository that holds a project: its files are read as they were committed, whatever lies on the disk. */
export interface GitCommit {
  /** As the user named it. */
  readonly ref: string
  /** The full hash. */
  readonly commit: string
  /**
   * The text at an absolute path of the working tree, or undefined where the commit holds no file there.
   * Throws `BONAFIDE_BASE_UNREADABLE` for anything else than a plain file.
   */
  readonly read: (path: string) => Promise<string | undefined>
  /** The one commit from which this one and the checked-out one grew apart; null where nobody can tell. */
  readonly openMergeBase: () => Promise<GitCommit | null>
  /** All files of the commit, links included. */
  readonly tree: FileTree
  /** The top of the working tree, absolute, and the project's folder below it with slashes; empty where it is the top. */
  readonly top: string
  readonly place: string
}

/**
 * Opens a commit of the repository around a folder. Asks git's plumbing alone: no hook, filter, text conversion, helper or network is
 * run, and no variable of the environment turns git to another repository.
 *
 * @param dir - the project's folder; the repository may begin above it
 * @throws BonafideError `BONAFIDE_BASE_UNREADABLE`, with the command to type where a commit has to be fetched first
 */
export async function openCommit(ref: string, dir: string, env: Env): Promise<GitCommit> {
  if (!isPlainRef(ref))
    throw unreadable(ref, {
      found: 'no ref that is read here',
      wanted: 'a branch, a tag or a commit, such as origin/main',
    })
  const { top, place } = await findPlace(ref, dir)
  const program = await findGit(env, top)
  if (program === null) throw unreadable(ref, { found: 'no git in PATH', wanted: 'git, to read the base with' })
  const git = (words: readonly string[]): Promise<GitAnswer> => runGit(program, top, words, env)
  const commit = await resolveCommit(ref, git)
  return commitOf({ ref, commit, top, place, dir, git })
}

interface Opened {
  readonly ref: string
  readonly commit: string
  readonly top: string
  /** The project's folder below the top. */
  readonly place: string
  /** The project's folder as the caller writes it. */
  readonly dir: string
  readonly git: Git
}

function commitOf(opened: Opened): GitCommit {
  const { ref, commit, git, top, place } = opened
  const trees = new Map<string, Promise<ReadonlyMap<string, GitEntry>>>()
  const listing = (hash: string): Promise<ReadonlyMap<string, GitEntry>> => {
    const known = trees.get(hash) ?? listTree(ref, hash, git)
    trees.set(hash, known)
    return known
  }
  return {
    ref,
    commit,
    tree: commitTree(commit, listing, git),
    top,
    place: relative(top, place).split(sep).join('/'),
    read: (path) => readBlob(path, opened, listing),
    async openMergeBase() {
      // A cut history can show an older commit as the place where two branches part.
      const shallow = await git(['rev-parse', '--is-shallow-repository'])
      if (!shallow.ok || shallow.text.trim() !== 'false') return null
      const answer = await git(['merge-base', '--all', commit, 'HEAD'])
      const [only, ...more] = answer.ok ? answer.text.split('\n').filter((line) => line !== '') : []
      if (only === undefined || more.length > 0 || !isHash(only)) return null
      return commitOf({ ...opened, commit: only })
    },
  }
}

async function resolveCommit(ref: string, git: Git): Promise<string> {
  const answer = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`])
  const commit = answer.ok ? answer.text.trim() : ''
  if (!isHash(commit)) {
    // Without words git only says that there is no such thing.
    if (!answer.ok && answer.reason !== '')
      throw unreadable(ref, { found: answer.reason, wanted: 'a repository that git reads' })
    throw unreadable(ref, {
      found: 'no such commit in this clone',
      wanted: 'the commit of the base',
      hint: fetchHint(ref),
    })
  }
  // A tag that is named like the base's branch: git prefers the tag, and anybody who may push one would choose the judge.
  const meanings = ['refs/', 'refs/tags/', 'refs/heads/', 'refs/remotes/'].map((folder) => `${folder}${ref}`)
  const named = await git(['for-each-ref', '--format=%(refname)', ...meanings])
  const names = named.ok ? named.text.split('\n').filter((name) => meanings.includes(name)) : []
  if (names.length > 1) {
    const branch = names.find((name) => !name.startsWith('refs/tags/')) ?? ref
    const hint = `write the whole name, such as --base ${quoteWord(branch)}`
    throw unreadable(ref, { found: names.join(' and '), wanted: 'one meaning', hint })
  }
  return commit
}

async function readBlob(
  path: string,
  { ref, commit, top, place, dir, git }: Opened,
  listing: Listing,
): Promise<string | undefined> {
  const inTop = posix.normalize(`${slashed(relative(top, place))}/${slashed(relative(dir, path))}`).replace(/^\/+/u, '')
  const shown = `${ref}:${inTop}`
  if (inTop === '..' || inTop.startsWith('../') || isAbsolute(inTop))
    throw unreadable(ref, { path, found: 'a file outside of the repository', wanted: 'a file that the base holds' })
  const names = inTop.split('/')
  let hash = commit
  for (const [index, name] of names.entries()) {
    const entry = (await listing(hash)).get(name)
    if (entry === undefined) return undefined
    const isLast = index === names.length - 1
    // A link or a submodule in place of the policy: its content is not what this commit's reviewers saw.
    if (isLast ? !FILE_MODES.has(entry.mode) : entry.mode !== FOLDER_MODE) {
      const found = FILE_MODES.has(entry.mode)
        ? 'a path that leads through a file'
        : (KINDS_OF_MODES.get(entry.mode) ?? 'no file')
      throw unreadable(ref, { path: shown, found, wanted: 'a plain file, or none' })
    }
    hash = entry.hash
  }
  const blob = await git(['cat-file', 'blob', hash])
  if (!blob.ok)
    throw unreadable(ref, { path: shown, found: blob.reason, wanted: 'the content of the file', hint: fetchHint(ref) })
  // The text that stands for a large file is not the file.
  if (blob.text.startsWith('version https://git-lfs'))
    throw unreadable(ref, { path: shown, found: 'a pointer of git LFS', wanted: 'a plain file, or none' })
  return blob.text
}

async function listTree(ref: string, hash: string, git: Git): Promise<ReadonlyMap<string, GitEntry>> {
  const answer = await git(['ls-tree', '-z', '--full-tree', hash])
  if (!answer.ok) throw unreadable(ref, { found: answer.reason, wanted: 'the files of the base', hint: fetchHint(ref) })
  const entries = answer.text.split('\0').flatMap((line) => {
    const [, mode, hash_, name] = /^(\d{6}) \S+ ([0-9a-f]+)\t(.+)$/su.exec(line) ?? []
    return mode === undefined || hash_ === undefined || name === undefined
      ? []
      : [[name, { mode, hash: hash_ }] as const]
  })
  return new Map(entries)
}

interface Place {
  readonly top: string
  /** The project's folder below the top. */
  readonly place: string
}

// Where the project lies in which repository, as the change's author cannot have chosen.
async function findPlace(ref: string, dir: string): Promise<Place> {
  const real = await realpath(dir).catch(() => null)
  const wanted = 'a clone with the base in it'
  const top = (await findTop(dir)) ?? (real === null ? null : await findTop(real))
  if (real === null || top === null) throw unreadable(ref, { found: 'no git repository around the project', wanted })
  const isReached = isWithin(dir, top)
  // A link that the change puts in place of the folder: the base knows nothing of where it leads, and would let everything pass as new.
  if (isReached && real !== join(await realpath(top), relative(top, dir)))
    throw unreadable(ref, { path: dir, found: 'a symbolic link on the way', wanted: 'a folder of the repository' })
  // A submodule that the change puts there: its branches are those of whoever owns it.
  const file = await readFile(join(top, '.git'), 'utf8').catch(() => '')
  if (/^gitdir: .*[/\\]modules[/\\]/u.test(file))
    throw unreadable(ref, { path: top, found: 'a submodule', wanted: 'a folder of the repository itself' })
  return { top, place: isReached ? dir : real }
}

// What git takes for more than a name is refused: a file of a commit, a range, a search through messages, an option.
function isPlainRef(ref: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return ref !== '' && !/[\u0000-\u0020\u007f:?*[\\]|\.\.|\^\{\//u.test(ref) && !/^[-^]/u.test(ref)
}

function isHash(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u.test(text)
}

function slashed(path: string): string {
  return path === '' ? '.' : path.split(sep).join('/')
}

function unreadable(
  ref: string,
  detail: { readonly path?: string; readonly found: string; readonly wanted: string; readonly hint?: string },
): BonafideError {
  return new BonafideError('BONAFIDE_BASE_UNREADABLE', `the base ${ref} cannot be read`, detail)
}
