// SPDX-License-Identifier: Apache-2.0
import type { JsonObject, Sha512 } from '@bonafide/core'

/** What is going to be signed and sent: exactly these bytes. */
export interface PreparedPackage {
  readonly name: string
  readonly version: string
  /** The manifest inside the tarball, which is also what the registry is told. */
  readonly manifest: JsonObject
  readonly tarball: Buffer
  readonly integrity: Sha512
  /** Where it came from, for people. */
  readonly source: { readonly kind: 'tarball' | 'folder'; readonly path: string }
  /** The files in it, as a client would unpack them, without the leading folder. */
  readonly files: readonly string[]
}
