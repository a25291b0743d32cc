// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { explain } from '../evidence.ts'
import type { Facts } from '../facts.ts'

/**
 * `staged-approval`: a person approved the version after the build had staged it.
 *
 * Stops a hijacked pipeline that publishes by itself (TanStack, keyv, AsyncAPI), for packages that stage every release. The registry says
 * who approved, and nobody signs it. Off unless a policy turns it on for a package.
 *
 * Known false positives: every package that does not stage its releases.
 */
export function checkStagedApproval(facts: Facts): Finding[] {
  const { metadata } = facts
  if (facts.registry.state !== 'known' || metadata?.isApproved === true) return []
  return [
    finding('staged-approval-missing', {
      found: 'published without anybody’s approval',
      wanted: 'a staged release that a person approved',
      fix: explain(facts),
    }),
  ]
}
