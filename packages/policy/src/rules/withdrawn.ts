// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import type { Facts } from '../facts.ts'

const FIX = 'lock a version that the registry lists, then bonafide verify'

/**
 * `withdrawn`: the registry still lists the version.
 *
 * Stops malware that was removed and is replayed from a mirror, a cache or an old lockfile, and versions that never existed.
 *
 * Known false positives: versions that their maintainers unpublished for reasons of their own; private packages that a mirror shadows,
 * which belong under `outside`.
 */
export function checkWithdrawn({ registry }: Facts): Finding[] {
  const wanted = 'a version that the registry lists'
  switch (registry.state) {
    case 'known':
    case 'unknown':
      return []
    case 'version-withdrawn':
      return [finding('version-withdrawn', { found: 'withdrawn', wanted, fix: FIX })]
    case 'package-unknown':
      return [finding('version-unknown', { found: 'no package of this name', wanted, fix: FIX })]
    case 'version-unknown':
    default:
      return [finding('version-unknown', { found: 'no such version', wanted, fix: FIX })]
  }
}
