// SPDX-License-Identifier: Apache-2.0
import { publishFinding } from '@bonafide/core'
import type { Place, PublishFinding } from '@bonafide/core'
import type { FoundLeaks } from './find-leaks.ts'
import type { Leak, LeakedBlob, LeakedCommit, LeakedFile } from './leak-collection.ts'

// How many places a finding names in words; the report has all of them.
const NAMED = 5

/** What leaks come to: a finding for each credential, and one for what could not be read. */
export function checkLeaks({ leaks, unread }: FoundLeaks): readonly PublishFinding[] {
  return [...leaks.map(findingOf), ...(unread.length === 0 ? [] : [unreadFinding(unread)])]
}

/** The places of a leak, those in files first. */
export function placesOf({ files, history }: Leak): readonly [Place, ...Place[]] {
  const places = [...files.map(filePlace), ...history.map(blobPlace)]
  const [first = { kind: 'file', path: '', line: null } as const, ...more] = places
  return [first, ...more]
}

function findingOf(leak: Leak): PublishFinding {
  const { token, isCertain, setting, files, history } = leak
  const subject = isCertain
    ? `npm token ${token.toString()}`
    : `credential ${token.toString()} (${setting ?? 'a setting'})`
  const places = [...files.map(fileText), ...history.map(blobText)]
  const more = places.length - NAMED
  const found = `${places.slice(0, NAMED).join('; ')}${more > 0 ? `; and at ${more} more places` : ''}`
  const detail = { subject, found, where: placesOf(leak)[0] }
  return isCertain
    ? publishFinding('leak-npm-token', {
        ...detail,
        wanted: 'no token in files, tarballs or the history',
        fix: [`revoke it first: bonafide doctor tokens --revoke, or npm token revoke ID${removal(leak)}`],
      })
    : publishFinding('leak-registry-credential', {
        ...detail,
        wanted: 'no credential of a registry in files, tarballs or the history',
        fix: [`revoke it first, at the registry that made it${removal(leak)}`],
      })
}

// In the order in which it helps: only revoking stops somebody who has a copy.
function removal({ files, history }: Leak): string {
  const file = files.length === 0 ? '' : '; then take it out of the file and name a variable in its place'
  return history.length === 0 ? file : `${file}; rewriting the history comes last, and reaches no copy`
}

function unreadFinding(unread: FoundLeaks['unread']): PublishFinding {
  const named = unread.slice(0, NAMED).map(({ path, reason }) => `${path}: ${reason}`)
  const more = unread.length - NAMED
  return publishFinding('leak-unread', {
    level: 'undecided',
    subject: unread.length === 1 ? 'one thing that was not read' : `${unread.length} things that were not read`,
    found: `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
    wanted: 'everything read to its end',
    fix: [
      unread.some(({ reason }) => reason.includes('shallow'))
        ? 'git fetch --unshallow --tags, then once more'
        : 'give the rights to read it, or name the paths that are to be looked through',
    ],
  })
}

function filePlace({ path, inner, line }: LeakedFile): Place {
  return { kind: 'file', path, line: inner === null ? line : null }
}

function blobPlace({ path, inner, line, first }: LeakedBlob): Place {
  if (first === null) return { kind: 'file', path: path ?? '', line: inner === null ? line : null }
  return { kind: 'commit', commit: first.commit, path, line: inner === null ? line : null }
}

function fileText({ path, inner, line }: LeakedFile): string {
  return inner === null ? `${path}:${line}` : `${path} (${inner}:${line})`
}

function blobText({ path, inner, line, first, last, isGone }: LeakedBlob): string {
  if (path === null) return `the message of ${commitText(first)}`
  const place = inner === null ? `${path}:${line}` : `${path} (${inner}:${line})`
  if (first === null) return `${place} in the index of git, or behind a ref of its own`
  return `${place} in the history since ${commitText(first)}${isGone ? `, taken out by ${commitText(last)}` : ''}`
}

function commitText(commit: LeakedCommit | null): string {
  if (commit === null) return 'an unknown commit'
  return `${commit.commit.slice(0, 12)}${commit.date === null ? '' : ` (${commit.date.slice(0, 10)})`}`
}
