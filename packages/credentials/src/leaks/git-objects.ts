// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { ContentScanner } from './content-scanner.ts'
import { linesOf, startGit } from './git-process.ts'
import type { GitProcess, Repository } from './git-process.ts'
import { isTarball, scanTarball } from './scan-tarball.ts'
import type { FoundToken } from './scan-text.ts'

/** A credential in an object of a repository. */
export interface ObjectHit {
  readonly object: string
  readonly kind: 'blob' | 'commit' | 'tag'
  /** A path at which the blob stands, as far as the listing told one; for a commit or a tag, null. */
  readonly path: string | null
  readonly inner: string | null
  readonly found: FoundToken
  /** Of a commit's author or a tagger, ISO 8601. */
  readonly date: string | null
}

/** What the objects of a repository give away. */
export interface ScannedObjects {
  readonly hits: readonly ObjectHit[]
  readonly objects: number
  readonly bytes: number
  readonly problems: readonly string[]
}

// Everything that a ref, a reflog (of stashes too) or the index leads to. Names are told for blobs; commits have a list of their own,
// since this filter shows only those that a ref names.
const BLOBS = [
  'rev-list',
  '--objects',
  '--filter=object:type=blob',
  '--missing=print',
  '--all',
  '--reflog',
  '--indexed-objects',
]
/** Every commit that a ref or a reflog leads to. */
export const COMMITS: readonly string[] = ['rev-list', '--topo-order', '--reverse', '--all', '--reflog']

// A tarball in the history is looked into where it fits into memory.
const LARGEST_TARBALL = 64 * 1024 * 1024

interface Asked {
  readonly name: string
  readonly isCommit: boolean
}

/** Reads every object of a repository once, through two processes of git, and looks through what is in them as it comes. */
export async function scanObjects(
  repository: Repository,
  onProgress: (objects: number) => void,
): Promise<ScannedObjects> {
  const reader = startGit(repository, ['cat-file', '--batch', '--buffer'])
  const asked: Asked[] = []
  const problems: string[] = []
  const feeding = feed(repository, reader, asked, problems)
  const batch = new Batch(asked)
  try {
    for await (const piece of reader.stdout as AsyncIterable<Buffer>) {
      await batch.push(piece)
      onProgress(batch.objects)
    }
  } finally {
    reader.stop()
  }
  await feeding
  const ended = await reader.ended
  if (ended !== null) problems.push(ended)
  const { hits, objects, bytes } = batch
  return { hits, objects, bytes, problems: [...problems, ...batch.problems] }
}

async function feed(repository: Repository, reader: GitProcess, asked: Asked[], problems: string[]): Promise<void> {
  let missing = 0
  for (const words of [BLOBS, COMMITS]) {
    const list = startGit(repository, words)
    list.stdin.end()
    for await (const line of linesOf(list.stdout)) {
      // A partial clone.
      if (line.startsWith('?')) {
        missing += 1
        continue
      }
      const [object = ''] = line.split(' ', 1)
      asked.push({ name: line.slice(object.length + 1), isCommit: words === COMMITS })
      if (!reader.stdin.write(`${object}\n`)) await Promise.race([once(reader.stdin, 'drain'), reader.ended])
    }
    const problem = await list.ended
    if (problem !== null) problems.push(problem)
  }
  if (missing > 0) problems.push(`${missing} objects are not in this clone`)
  reader.stdin.end()
}

interface Current {
  readonly object: string
  readonly kind: string
  readonly name: string
  left: number
  readonly scanner: ContentScanner | null
  readonly tarball: Buffer[] | null
  head: Buffer
}

const LINE_FEED = 10
const EMPTY = Buffer.alloc(0)

/** What `git cat-file --batch` prints: `HASH KIND SIZE`, the content, a line feed; or `HASH missing`. */
class Batch {
  readonly hits: ObjectHit[] = []
  readonly problems: string[] = []
  objects = 0
  bytes = 0
  readonly #asked: Asked[]
  #line: Buffer = EMPTY
  #current: Current | null = null

  constructor(asked: Asked[]) {
    this.#asked = asked
  }

  async push(piece: Buffer): Promise<void> {
    for (let at = 0; at < piece.length;) {
      if (this.#current === null) {
        const end = piece.indexOf(LINE_FEED, at)
        const line = Buffer.concat([this.#line, piece.subarray(at, end === -1 ? piece.length : end)])
        this.#line = end === -1 ? line : EMPTY
        if (end === -1) return
        at = end + 1
        this.#current = this.#begin(line.toString('latin1'))
        continue
      }
      const current = this.#current
      const length = Math.min(current.left, piece.length - at)
      if (length > 0) take(current, piece.subarray(at, at + length))
      at += length
      // The line feed may come with the next piece.
      if (at === piece.length) return
      at += 1
      this.#current = null
      await this.#end(current)
    }
  }

  #begin(line: string): Current | null {
    const [object = '', kind = '', size = ''] = line.split(' ')
    const { name, isCommit } = this.#asked.shift() ?? { name: '', isCommit: false }
    if (size === '') {
      this.problems.push(`${object} is ${kind}`)
      return null
    }
    const left = Number(size)
    this.objects += 1
    this.bytes += left
    // A commit that a ref names is in both lists.
    const isScanned = kind === 'commit' ? isCommit : kind !== 'tree'
    const isPacked = kind === 'blob' && isTarball(name)
    if (isPacked && left > LARGEST_TARBALL) this.problems.push(`${name} is larger than ${LARGEST_TARBALL} bytes`)
    return {
      object,
      kind,
      name,
      left,
      scanner: isScanned ? new ContentScanner(kind === 'blob' ? name : '') : null,
      tarball: isPacked && left <= LARGEST_TARBALL ? [] : null,
      head: EMPTY,
    }
  }

  async #end({ object, kind, name, scanner, tarball, head }: Current): Promise<void> {
    if (scanner === null || (kind !== 'blob' && kind !== 'commit' && kind !== 'tag')) return
    const path = kind === 'blob' ? name : null
    const about = { object, kind, path, date: kind === 'blob' ? null : dateOf(head) } as const
    for (const found of scanner.end()) this.hits.push({ ...about, inner: null, found })
    if (tarball === null) return
    const { tokens, problem } = await scanTarball(oneByOne(tarball))
    for (const { inner, found } of tokens) this.hits.push({ ...about, inner, found })
    if (problem !== null) this.problems.push(`${name}: ${problem}`)
  }
}

function take(current: Current, piece: Buffer): void {
  current.left -= piece.length
  current.scanner?.push(piece)
  current.tarball?.push(piece)
  // Who and when stands in the first lines of a commit.
  if (current.kind !== 'blob' && current.head.length < 4096) current.head = Buffer.concat([current.head, piece])
}

async function* oneByOne(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces
}

function dateOf(head: Buffer): string | null {
  const seconds = /^(?:author|tagger) .* (\d{1,11}) [+-]\d{4}$/mu.exec(head.toString('utf8'))?.[1]
  return seconds === undefined ? null : new Date(Number(seconds) * 1000).toISOString()
}
