// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { explain } from '../evidence.ts'
import type { Facts } from '../facts.ts'

/**
 * `version-backfill`: a version of an old line came out within an hour of one of a newer line.
 *
 * Tells of attackers who poison every line at once, to reach those who stay behind: nx, axios, node-ipc, Shai-Hulud.
 *
 * Known false positives: every security fix that is carried back on the same day, so that it is a warning unless a policy says more.
 */
export function checkVersionBackfill(facts: Facts): Finding[] {
  const { releasedBeside, isHeld } = facts.accepted
  if (releasedBeside === null || isHeld) return []
  return [
    finding('version-backfill', {
      found: `published within an hour of ${releasedBeside}`,
      wanted: 'one line at a time',
      fix: explain(facts),
    }),
  ]
}
