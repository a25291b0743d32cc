// SPDX-License-Identifier: Apache-2.0
import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isJsonObject, parseJson } from '@bonafide/core'
import type { JsonObject } from '@bonafide/core'
import { openRepository } from '@bonafide/verify'
import type { GitRepository } from '@bonafide/verify'
import type { Environment } from './ci-job.ts'

/** What is checked out around a package. */
export interface Checkout {
  readonly kind: 'read'
  /** Of HEAD, in lower-case hexadecimal. */
  readonly commit: string
  /** The tags at HEAD, without `refs/tags/`. */
  readonly tags: readonly string[]
  /** What differs from HEAD: paths from the top of the repository, untracked ones that nobody ignores included. */
  readonly changes: readonly string[]
}

/** What nobody could read, with git's own reason. */
export interface UnreadableCheckout {
  readonly kind: 'unreadable'
  readonly reason: string
}

// Beyond that a tree is not clean, whatever the rest of it looks like.
const MOST_CHANGES = 1000

/** Reads what is checked out around a folder: git alone is asked, without its hooks and without a network. */
export async function readCheckout(dir: string, env: Environment): Promise<Checkout | UnreadableCheckout> {
  const repository = await openRepository(dir, env)
  if ('problem' in repository) return { kind: 'unreadable', reason: repository.problem }
  const { git, top } = repository
  const [head, tags, status, hidden] = await Promise.all([
    git(['rev-parse', '--verify', 'HEAD^{commit}']),
    git(['tag', '--points-at', 'HEAD']),
    // Another setting would leave out what is packed all the same.
    git([
      ...here(top),
      'status',
      '--porcelain=v1',
      '-z',
      '--untracked-files=all',
      '--ignore-submodules=none',
      '--no-renames',
    ]),
    readHidden(repository),
  ])
  for (const answer of [head, tags, status, hidden])
    if (!answer.ok) return { kind: 'unreadable', reason: answer.reason }
  if (!head.ok || !tags.ok || !status.ok || !hidden.ok) return { kind: 'unreadable', reason: '' }
  const lines = status.text.split('\0').filter((line) => line !== '')
  const changes: string[] = []
  for (const line of lines.slice(0, MOST_CHANGES)) {
    const path = line.slice(3)
    if (!(await isReleaseStamp(repository, path, line.slice(0, 2), head.text.trim()))) changes.push(path)
  }
  return {
    kind: 'read',
    commit: head.text.trim(),
    tags: tags.text.split('\n').filter((tag) => tag !== ''),
    changes: [...new Set([...changes, ...lines.slice(MOST_CHANGES).map((line) => line.slice(3)), ...hidden.paths])],
  }
}

// A repository's own settings by which git looks at another folder, or takes a file of the same size and time for unchanged.
function here(top: string): readonly string[] {
  const settings = ['core.checkStat=default', 'core.trustctime=true', 'core.ignoreStat=false']
  return [`--work-tree=${top}`, ...settings.flatMap((setting) => ['-c', setting])]
}

type Hidden = { readonly ok: true; readonly paths: readonly string[] } | { readonly ok: false; readonly reason: string }

// What `git status` is told to say nothing of, and what is packed all the same: files marked by `update-index --assume-unchanged` or
// `--skip-worktree`, and new ones that no .gitignore names, but the machine's own list (.git/info/exclude, core.excludesFile).
async function readHidden({ top, git }: GitRepository): Promise<Hidden> {
  const [marked, others] = await Promise.all([
    git([...here(top), 'ls-files', '-v', '-z']),
    git([...here(top), 'ls-files', '-z', '--others', '--exclude-per-directory=.gitignore']),
  ])
  if (!marked.ok) return marked
  if (!others.ok) return others
  // `S` and small letters. What a sparse checkout leaves out is not there.
  const names = marked.text.split('\0').flatMap((line) => (/^[Sa-z] /u.test(line) ? [line.slice(2)] : []))
  const there = await Promise.all(names.map((name) => lstat(join(top, name)).catch(() => null)))
  const paths = [...names.filter((_, index) => there[index] !== null), ...others.text.split('\0')]
  return { ok: true, paths: paths.filter((path) => path !== '') }
}

// Release tools write the version into package.json and npm's lockfile, and lerna the commit, right before they publish: nothing else may
// differ.
async function isReleaseStamp(
  { top, git }: GitRepository,
  path: string,
  state: string,
  commit: string,
): Promise<boolean> {
  const withoutStamp = STAMPED.get(path.slice(path.lastIndexOf('/') + 1))
  if (withoutStamp === undefined || !/^(?: M|M |MM)$/u.test(state)) return false
  const [was, is] = await Promise.all([git(['cat-file', 'blob', `HEAD:${path}`]), readObject(join(top, path))])
  const before = was.ok ? asObject(was.text) : null
  if (before === null || is === null) return false
  if (is['gitHead'] !== undefined && is['gitHead'] !== commit) return false
  return JSON.stringify(withoutStamp(before)) === JSON.stringify(withoutStamp(is))
}

const STAMPED: ReadonlyMap<string, (file: JsonObject) => JsonObject> = new Map([
  ['package.json', ({ version: _version, gitHead: _commit, ...rest }) => rest],
  ['package-lock.json', withoutOwnVersions],
  ['npm-shrinkwrap.json', withoutOwnVersions],
])

// The versions of the project and its workspaces, and of nothing that is installed.
function withoutOwnVersions({ version: _version, packages, ...rest }: JsonObject): JsonObject {
  if (!isJsonObject(packages)) return { ...rest, ...(packages === undefined ? {} : { packages }) }
  const entries = Object.entries(packages).map(([place, entry]) => {
    if (!isJsonObject(entry) || place.includes('node_modules')) return [place, entry] as const
    const { version: _own, ...more } = entry
    return [place, more] as const
  })
  return { ...rest, packages: Object.fromEntries(entries) }
}

async function readObject(path: string): Promise<JsonObject | null> {
  return asObject(await readFile(path, 'utf8').catch(() => ''))
}

function asObject(text: string): JsonObject | null {
  const document = parseJson(text)
  if ('problem' in document || document.duplicates.length > 0) return null
  return isJsonObject(document.value) ? document.value : null
}
