// SPDX-License-Identifier: Apache-2.0
import type { Identity } from '@bonafide/attestation'
import type { Secret, Sha512 } from '@bonafide/core'
import type { Environment } from '@bonafide/credentials'
import type { Authorize, Connection } from '@bonafide/registry'
import type { SourceOptions } from '@bonafide/verify'
import type { PublishPatience } from './patience.ts'

/** Whom a consumer trusts: the public roots unless somebody says otherwise. */
export type ConsumerTrust = Pick<SourceOptions, 'trustedRoot' | 'registryKeys' | 'tuf' | 'privateRoots'>

/** A version that the registry took, and how it has to come back. */
export interface ReadBackRequest {
  readonly registry: string
  readonly name: string
  readonly version: string
  readonly integrity: Sha512
  /** Who has to have built it; null where it was sent without provenance. */
  readonly identity: WantedIdentity | null
  /** The job's token, for packages that not everybody sees. */
  readonly token: Secret | null
  readonly trust: ConsumerTrust
  readonly cwd: string
  readonly env: Environment
  readonly connectionTo: (url: URL) => Connection
  readonly readAs: Authorize
  readonly now: () => Date
  readonly patience: PublishPatience
}

/** What the certificate has to say, field by field; a field that is left out is not asked for. */
export type WantedIdentity = Partial<{ readonly [Field in keyof Identity]: Identity[Field] }>
