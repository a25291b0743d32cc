// SPDX-License-Identifier: Apache-2.0
import { publishFinding } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import type { Environment } from './ci-job.ts'

/**
 * The finding for a release from outside of CI, with the three ways out. Nobody can tell there what was built from what, and whatever may
 * publish from a person's machine may be stolen from it.
 */
export function outsideCi(name: string, env: Environment): PublishFinding {
  const isInCi = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false'
  return publishFinding('publish-outside-ci', {
    subject: name,
    found: 'no job of a CI system that vouches for it',
    wanted: 'a release by a workflow, with an identity that ends with the job',
    fix: [
      'release by the workflow: push the tag; bonafide doctor --fix writes the workflow where there is none',
      'npm stage publish, which a maintainer looks at and approves with a second factor',
      'a broker that holds the credential in your place: not in this release',
      ...(isInCi ? ['in a CI system of another kind: hand the job its identity token as NPM_ID_TOKEN'] : []),
    ],
  })
}

/** What is said of a version that is staged from outside of CI: nothing is out until a maintainer has approved it. */
export function stagedOutsideCi(name: string): PublishFinding {
  return publishFinding('publish-outside-ci', {
    level: 'warn',
    subject: name,
    found: 'staged from outside of CI, so that nobody vouches for what was built from what',
    wanted: 'a maintainer who compares the staged tarball with one packed from the tag before approving',
    fix: ['npm stage list, then npm stage view ID and npm stage download ID'],
  })
}
