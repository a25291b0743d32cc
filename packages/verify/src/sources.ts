// SPDX-License-Identifier: Apache-2.0
import type { RegistryClient } from '@bonafide/registry'
import type { KeptContents } from './kept-contents.ts'
import type { RunTrust } from './trust.ts'
import type { VerifyDocument } from './verifier-pool.ts'

/** What gathering needs from outside. */
export interface Sources {
  readonly client: RegistryClient
  readonly trust: RunTrust
  /** Null where the trust material for it is missing. */
  readonly verifyDocument: VerifyDocument | null
  readonly now: Date
  /** Whether tarballs are fetched and looked into. */
  readonly readsTarballs: boolean
  /** Which of them, where not all are of use: those of another system are not fetched to be left out. */
  readonly readsTarballOf?: ((name: string, version: string) => Promise<boolean>) | undefined
  /** What earlier runs saw in tarballs; each is looked through anew where left out. */
  readonly contents?: KeptContents | undefined
}
