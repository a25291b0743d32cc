// SPDX-License-Identifier: Apache-2.0
import type { JsonObject, NonEmpty, PublishFinding, Sha512 } from '@bonafide/core'
import type { PublishConfig } from './publish-config.ts'

/** What is going to be signed and sent: exactly these bytes. */
export interface PreparedPackage {
  readonly name: string
  readonly version: string
  /** The manifest inside the tarball in the form that npm gives it for the registry: what the registry is told. */
  readonly manifest: JsonObject
  readonly tarball: Buffer
  readonly integrity: Sha512
  /** Where it came from, for people. */
  readonly source: { readonly kind: 'tarball' | 'folder'; readonly path: string }
  /** The files in it, as a client would unpack them, without the leading folder. */
  readonly files: readonly string[]
  /** What the manifest asks for in its `publishConfig`. */
  readonly publishConfig: PublishConfig
}

/** What came of preparing a package: the package, or why there is none that may be signed. */
export type Preparation =
  | { readonly kind: 'prepared'; readonly prepared: PreparedPackage }
  | { readonly kind: 'refused'; readonly findings: NonEmpty<PublishFinding> }

/** Preparation that came to nothing. */
export function refusePreparation(...findings: NonEmpty<PublishFinding>): Preparation {
  return { kind: 'refused', findings }
}
