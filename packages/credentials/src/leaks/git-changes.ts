// SPDX-License-Identifier: Apache-2.0
import { pipeline } from 'node:stream/promises'
import { COMMITS } from './git-objects.ts'
import { linesOf, startGit } from './git-process.ts'
import type { Repository } from './git-process.ts'

/** A commit that put one blob in the place of another, or of nothing. */
export interface Change {
  readonly commit: string
  /** Of the author, ISO 8601. */
  readonly date: string | null
  readonly path: string
  readonly before: string
  readonly after: string
}

/** The changes that brought some blobs in or took them out, oldest first, and what kept git from telling all. */
export interface ListedChanges {
  readonly changes: readonly Change[]
  readonly problems: readonly string[]
}

// The plumbing compares trees alone: no text conversion, no external difference, no rename is looked for.
const DIFF = [
  'diff-tree',
  '--stdin',
  '-r',
  '-m',
  '--root',
  '--raw',
  '--no-abbrev',
  '--no-renames',
  '--format=%x01%H %at',
]
const CHANGE = /^:\d+ \d+ (?<before>[0-9a-f]+) (?<after>[0-9a-f]+) \w+\t(?<path>.*)$/u

/** Goes through all commits once more, for what happened to these blobs. */
export async function listChanges(repository: Repository, blobs: ReadonlySet<string>): Promise<ListedChanges> {
  const list = startGit(repository, COMMITS)
  list.stdin.end()
  const diff = startGit(repository, DIFF)
  const feeding = pipeline(list.stdout, diff.stdin).catch(() => {})
  const changes: Change[] = []
  let about: Pick<Change, 'commit' | 'date'> = { commit: '', date: null }
  for await (const line of linesOf(diff.stdout)) {
    if (line.startsWith('\u0001')) {
      const [commit = '', seconds = ''] = line.slice(1).split(' ')
      about = { commit, date: /^\d{1,11}$/u.test(seconds) ? new Date(Number(seconds) * 1000).toISOString() : null }
      continue
    }
    const { before = '', after = '', path = '' } = CHANGE.exec(line)?.groups ?? {}
    if (blobs.has(before) || blobs.has(after)) changes.push({ ...about, path: plainPath(path), before, after })
  }
  await feeding
  const ends = await Promise.all([list.ended, diff.ended])
  return { changes, problems: ends.filter((problem) => problem !== null) }
}

// git writes a path in quotes where there are signs in it that could be taken for the end of a line.
function plainPath(path: string): string {
  if (!path.startsWith('"') || !path.endsWith('"')) return path
  return path.slice(1, -1).replaceAll(/\\([\\"tnr])/gu, (_, sign: string) => ESCAPES[sign] ?? sign)
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r' }
