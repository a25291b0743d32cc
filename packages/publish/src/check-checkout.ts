// SPDX-License-Identifier: Apache-2.0
import { publishFinding } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import type { Checkout, UnreadableCheckout } from './checkout.ts'

// As many names as a person reads.
const SHOWN = 5

/** Whether what is checked out is the commit that the job was started for, and nothing beside it. `commit` is null where nobody tells. */
export function checkCheckout(
  checkout: Checkout | UnreadableCheckout,
  commit: string | null,
): readonly PublishFinding[] {
  if (checkout.kind === 'unreadable')
    return [
      publishFinding('checkout-unreadable', {
        subject: 'the checkout',
        found: checkout.reason === '' ? 'git says nothing' : checkout.reason,
        wanted: 'the commit of this job, as git has it',
        fix: [
          'check the repository out with git in this job, above the folder that is published',
          'where git calls the folder somebody else’s: git config --global --add safe.directory "$PWD"',
        ],
      }),
    ]
  return [...checkCommit(checkout, commit), ...checkTree(checkout)]
}

// A checkout of another commit than the provenance will name: reviewers would look at the wrong source.
function checkCommit(checkout: Checkout, commit: string | null): readonly PublishFinding[] {
  if (commit === null || checkout.commit === commit) return []
  return [
    publishFinding('release-commit', {
      subject: 'the checkout',
      found: `commit ${checkout.commit}`,
      wanted: `commit ${commit}, for which this job was started`,
      fix: [
        'check out that commit, and commit nothing in the job that publishes',
        'tag the commit that is to be released',
      ],
    }),
  ]
}

// What no commit holds, and nobody reviewed: a file that a build step or its dependency has written.
function checkTree({ changes }: Checkout): readonly PublishFinding[] {
  if (changes.length === 0) return []
  const rest = changes.length - SHOWN
  return [
    publishFinding('checkout-unclean', {
      subject: 'the checkout',
      found: `${changes.slice(0, SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}, changed or not in git`,
      wanted: 'the files of the commit; what a build writes stands in .gitignore',
      fix: ['git status, then commit, ignore or remove what it names'],
    }),
  ]
}
