// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { explain } from '../evidence.ts'
import type { Facts } from '../facts.ts'
import type { Pin } from '../pins.ts'
import { expectedIdentities, matchingIdentities, shownIdentity } from '../shown.ts'

// What strangers can set off: they open pull requests, comment, open issues, edit wikis, fork and star. `workflow_run` follows any of those.
const ANYBODYS: ReadonlySet<string> = new Set([
  'discussion',
  'discussion_comment',
  'fork',
  'gollum',
  'issue_comment',
  'issues',
  'pull_request',
  'pull_request_comment',
  'pull_request_review',
  'pull_request_review_comment',
  'pull_request_target',
  'watch',
  'workflow_run',
])

/**
 * `trigger-not-allowed`: what started the build is nothing that anybody may start, unless the pin holds it.
 *
 * Stops releases that a stranger set off in the project's own workflow: a comment "npm publish" (7nohe), a pull request that runs with the
 * rights of its target (the beginning of nx and TanStack).
 *
 * Known false positives: projects that release this way on purpose (nuxt 4.1.2 by `pull_request_target`); without a pin it is a warning.
 */
export function checkTriggerNotAllowed(facts: Facts, pin: Pin | undefined): Finding[] {
  const shown = shownIdentity(facts)
  const risky = shown?.triggers.filter((trigger) => ANYBODYS.has(trigger)) ?? []
  if (shown === null || risky.length === 0) return []
  const expected = expectedIdentities(facts, pin)
  const known = expected?.source === 'pin' ? matchingIdentities(shown, expected) : []
  if (known.length > 0 && risky.every((trigger) => known.some(({ triggers }) => triggers.includes(trigger)))) return []
  // Another identity than the recorded one is refused as that.
  if (expected?.source === 'pin' && known.length === 0) return []
  if (expected === null && facts.accepted.isHeld) return []
  return [
    finding('trigger-not-allowed', {
      found: `started by ${risky.join(', ')}, which strangers can cause`,
      wanted: 'a push, a release, a schedule or a person who may start the workflow',
      fix: `${explain(facts)}; bonafide pin ${facts.name} where that is how it is released`,
      level: known.length > 0 ? 'refuse' : 'warn',
    }),
  ]
}
