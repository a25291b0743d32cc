// SPDX-License-Identifier: Apache-2.0
import type { FindingCode } from '@bonafide/core'

/** Why a bundle proves nothing. */
export interface BundleFailure {
  readonly code: FindingCode
  readonly found: string
  readonly wanted: string
}
