// SPDX-License-Identifier: Apache-2.0
import type { Secret } from '@bonafide/core'
import type { Environment } from '@bonafide/credentials'
import type { PublishPolicy } from '@bonafide/policy'
import type { PreparedPackage } from './prepared-package.ts'
import type { PublishPatience } from './patience.ts'
import type { ConsumerTrust } from './read-back-request.ts'

/** What is to be published: a tarball with its digest, a folder, or bytes that were prepared before. */
export type PublishSource =
  | { readonly kind: 'tarball'; readonly path: string; readonly sha512: string }
  | { readonly kind: 'folder'; readonly path: string; readonly allowScripts: boolean }
  | { readonly kind: 'prepared'; readonly path: string; readonly prepared: PreparedPackage }

/** The steps, in their order, as they are told to whoever watches. */
export type PublishStage =
  | 'package'
  | 'credentials'
  | 'context'
  | 'exchange'
  | 'look'
  | 'sign'
  | 'send'
  | 'read-back'
  | 'revoke'

/** How one version is to be published. Nothing is taken from the process itself. */
export interface PublishOptions {
  readonly source: PublishSource
  readonly cwd: string
  readonly env: Environment
  /** Read anew wherever it counts: a release takes minutes. */
  readonly now: () => Date
  readonly policy: PublishPolicy
  /** Whom consumers trust; the public roots unless it says otherwise. */
  readonly trust: ConsumerTrust
  /** The user's own choice; null leaves it to the package and to npm's configuration. */
  readonly registry: string | null
  readonly tag: string | null
  readonly access: 'public' | 'restricted' | null
  readonly otp: Secret | null
  readonly isStaged: boolean
  readonly isDryRun: boolean
  /** Whether the package may begin to run something on installation. */
  readonly allowScript: boolean
  /** Whether it may go out without provenance, which is never the default. */
  readonly withoutProvenance: boolean
  readonly patience: PublishPatience
  readonly onStage?: ((stage: PublishStage, detail: string) => void) | undefined
}

/** Whether a source is a folder, whose npm configuration and git checkout count, and no tarball that came from elsewhere. */
export function isFolder(source: PublishSource): boolean {
  return source.kind === 'folder' || (source.kind === 'prepared' && source.prepared.source.kind === 'folder')
}
