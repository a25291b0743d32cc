// SPDX-License-Identifier: Apache-2.0
import type { Secret } from '@bonafide/core'
import type { FoundToken } from './scan-text.ts'

/** A place in the files that were looked through. */
export interface LeakedFile {
  readonly path: string
  /** The file's path within the tarball at `path`; null where it is no tarball. */
  readonly inner: string | null
  readonly line: number
  readonly column: number
}

/** A commit that changed what stands somewhere. */
export interface LeakedCommit {
  readonly commit: string
  /** Of the author, ISO 8601; null where nothing is known of it. */
  readonly date: string | null
}

/** A place in the history of the repository. */
export interface LeakedBlob {
  /** The file's path at that time; null for the message of a commit or a tag. */
  readonly path: string | null
  readonly inner: string | null
  readonly line: number
  /** The commit that brought it in; null where no commit holds it: it is only in the index, or a ref leads to it. */
  readonly first: LeakedCommit | null
  /** The newest commit that brought it in or took it out. */
  readonly last: LeakedCommit | null
  /** Whether that one took it out. */
  readonly isGone: boolean
}

/** One credential that stands where it should not, with every place. */
export interface Leak {
  readonly token: Secret
  readonly isCertain: boolean
  readonly setting: string | null
  readonly files: readonly LeakedFile[]
  readonly history: readonly LeakedBlob[]
}

interface Collected {
  readonly found: FoundToken
  readonly files: LeakedFile[]
  readonly history: LeakedBlob[]
}

/** Credentials by what they are: one that stands at ten places is one leak, and is revoked once. */
export class LeakCollection {
  readonly #leaks = new Map<string, Collected>()

  /** Notes a place in a file. */
  addFile(found: FoundToken, path: string, inner: string | null): void {
    this.#of(found).files.push({ path, inner, line: found.line, column: found.column })
  }

  /** Notes a place in the history. */
  addHistory(found: FoundToken, place: LeakedBlob): void {
    this.#of(found).history.push(place)
  }

  /** All of them: those of the files first, in the order in which they were found. */
  leaks(): readonly Leak[] {
    const all = [...this.#leaks.values()].map(({ found: { token, isCertain, setting }, files, history }) => ({
      token,
      isCertain,
      setting,
      files,
      history: history.toSorted((one, other) => (timeOf(one) < timeOf(other) ? -1 : 1)),
    }))
    return [...all.filter(({ files }) => files.length > 0), ...all.filter(({ files }) => files.length === 0)]
  }

  #of(found: FoundToken): Collected {
    const key = found.token.reveal()
    const known = this.#leaks.get(key) ?? { found, files: [], history: [] }
    this.#leaks.set(key, known)
    return known
  }
}

function timeOf({ first }: LeakedBlob): number {
  return first?.date === undefined || first.date === null ? Infinity : Date.parse(first.date)
}
