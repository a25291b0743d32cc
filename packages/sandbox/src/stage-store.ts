// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { seededUuid } from './access-token.ts'
import type { Caller } from './gate.ts'
import type { Seed } from './key-pair.ts'
import type { Submission } from './submission.ts'

/** A version that waits for somebody to approve it. */
export interface StagedVersion {
  readonly id: string
  readonly submission: Submission
  readonly createdAt: Date
  /** Who staged it; null for a job. */
  readonly user: string | null
}

/** What waits, oldest first. */
export class StageStore {
  readonly #seed: Seed
  readonly #waiting = new Map<string, StagedVersion>()
  #made = 0

  constructor(seed: Seed) {
    this.#seed = seed
  }

  /** Lets a version wait. */
  add(submission: Submission, { account }: Caller, createdAt: Date): StagedVersion {
    this.#made += 1
    const id = seededUuid(this.#seed, `stage ${this.#made}`)
    const staged = { id, submission, createdAt, user: account?.name ?? null }
    this.#waiting.set(id, staged)
    return staged
  }

  /** The version of an id, or undefined. */
  get(id: string): StagedVersion | undefined {
    return this.#waiting.get(id)
  }

  /** All that wait, of one package or of every one. */
  list(name: string | null): readonly StagedVersion[] {
    return [...this.#waiting.values()].filter(({ submission }) => name === null || submission.name === name)
  }

  /** Ends the waiting, one way or the other. */
  remove(id: string): void {
    this.#waiting.delete(id)
  }
}

/** A version that waits, as clients are told. */
export function stagedItem({ id, submission, createdAt, user }: StagedVersion): object {
  const { name, version, tags, access, publisher, tarball } = submission
  return {
    id,
    packageName: name,
    version,
    tag: tags[0] ?? 'latest',
    createdAt: createdAt.toISOString(),
    actor: publisher.name,
    actorType: user === null ? 'trusted automation' : 'user',
    access: access ?? 'public',
    shasum: createHash('sha1').update(tarball.bytes).digest('hex'),
  }
}
