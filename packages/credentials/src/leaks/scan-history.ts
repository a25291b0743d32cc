// SPDX-License-Identifier: Apache-2.0
import { listChanges } from './git-changes.ts'
import type { Change } from './git-changes.ts'
import { scanObjects } from './git-objects.ts'
import type { ObjectHit } from './git-objects.ts'
import { linesOf, startGit } from './git-process.ts'
import type { Repository } from './git-process.ts'
import type { LeakCollection, LeakedBlob } from './leak-collection.ts'

/** What was looked through of a repository, and what kept it from being all. */
export interface ScannedHistory {
  readonly objects: number
  readonly bytes: number
  readonly problems: readonly string[]
}

/**
 * Looks through everything that refs, reflogs, stashes and the index of a repository lead to, messages too; each object once, whatever the
 * number of commits that hold it. Objects that nothing leads to any more are not looked at.
 */
export async function scanHistory(
  repository: Repository,
  leaks: LeakCollection,
  onProgress: (objects: number) => void,
): Promise<ScannedHistory> {
  const shallow = await isShallow(repository)
  const { hits, objects, bytes, problems } = await scanObjects(repository, onProgress)
  const blobs = new Set(hits.flatMap(({ kind, object }) => (kind === 'blob' ? [object] : [])))
  const listed = blobs.size === 0 ? { changes: [], problems: [] } : await listChanges(repository, blobs)
  for (const own of byToken(hits)) {
    for (const hit of own) if (hit.kind !== 'blob') leaks.addHistory(hit.found, messagePlace(hit))
    addBlobs(
      own.filter(({ kind }) => kind === 'blob'),
      listed.changes,
      leaks,
    )
  }
  const cut = shallow ? ['the clone is shallow, and what is before it was not there to be read'] : []
  return { objects, bytes, problems: [...cut, ...problems, ...listed.problems] }
}

async function isShallow(repository: Repository): Promise<boolean> {
  const asked = startGit(repository, ['rev-parse', '--is-shallow-repository'])
  asked.stdin.end()
  const lines: string[] = []
  for await (const line of linesOf(asked.stdout)) lines.push(line)
  return lines[0] !== 'false'
}

function byToken(hits: readonly ObjectHit[]): Iterable<readonly ObjectHit[]> {
  return Map.groupBy(hits, ({ found }) => found.token.reveal()).values()
}

function messagePlace({ object, date, found }: ObjectHit): LeakedBlob {
  const commit = { commit: object, date }
  return { path: null, inner: null, line: found.line, first: commit, last: commit, isGone: false }
}

// One token, in whatever versions of whatever files: a place for each path, with the commits that changed whether it stands there.
function addBlobs(hits: readonly ObjectHit[], changes: readonly Change[], leaks: LeakCollection): void {
  const [known] = hits
  if (known === undefined) return
  const byBlob = new Map(hits.toReversed().map((hit) => [hit.object, hit]))
  const own = changes.filter(({ before, after }) => byBlob.has(before) !== byBlob.has(after))
  for (const [path, events] of Map.groupBy(own, (change) => change.path)) {
    const first = events.find(({ after }) => byBlob.has(after))
    const last = events.at(-1)
    const hit = byBlob.get(first?.after ?? '') ?? known
    const isGone = last !== undefined && !byBlob.has(last.after)
    leaks.addHistory(hit.found, {
      path,
      inner: hit.inner,
      line: hit.found.line,
      first: commitOf(first),
      last: commitOf(last),
      isGone,
    })
  }
  const placed = new Set(changes.map(({ after }) => after))
  for (const hit of byBlob.values()) {
    if (placed.has(hit.object)) continue
    const { path, inner, found } = hit
    leaks.addHistory(found, { path, inner, line: found.line, first: null, last: null, isGone: false })
  }
}

function commitOf(change: Change | undefined): LeakedBlob['first'] {
  return change === undefined ? null : { commit: change.commit, date: change.date }
}
