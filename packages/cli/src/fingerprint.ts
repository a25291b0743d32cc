// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { PlacedFinding } from './placed-finding.ts'

/**
 * Makes the fingerprints of one report: hexadecimal, the same for the same finding about the same version wherever it stands, so that a
 * lockfile in which lines move reopens nothing. No two findings of one report share one.
 */
export function createFingerprints(): (placed: PlacedFinding) => string {
  const seen = new Map<string, number>()
  return ({ item, finding }) => {
    const key = JSON.stringify([finding.code, item.name, item.version, finding.entry ?? ''])
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return createHash('sha256').update(`${key}${count}`).digest('hex')
  }
}
