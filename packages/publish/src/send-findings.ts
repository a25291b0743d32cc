// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion, publishFinding } from '@bonafide/core'
import type { PublishFinding, Sha512 } from '@bonafide/core'
import { packumentUrl, stageUrl } from '@bonafide/registry'
import type { TurnedAway, UploadOrder } from './upload-order.ts'

type Sent = Pick<UploadOrder, 'prepared' | 'registry' | 'isStaged'>

/** What it is about, and where it was sent. */
function about({ prepared: { name, version }, registry, isStaged }: Sent) {
  const url = isStaged ? stageUrl(registry, name) : packumentUrl(registry, name)
  return { subject: nameAtVersion(name, version), where: { kind: 'url', url } } as const
}

/** The version is there, and is not what was to be published: somebody was first, or the build is not reproducible. */
export function takenByOtherBytes(order: Sent, integrity: Sha512 | null): PublishFinding {
  const { name, version, integrity: own } = order.prepared
  return publishFinding('version-taken-by-other-bytes', {
    ...about(order),
    found: `a version with ${integrity ?? 'no sha512'}`,
    wanted: own,
    fix: [
      `find out who published it: bonafide explain ${nameAtVersion(name, version)}`,
      'where it was you, with another build: raise the version',
      'where it was not: warn your users, deprecate it, and revoke what can publish (bonafide doctor tokens)',
    ],
  })
}

/** The registry said no. The status tells the likely cause; its own words are shown. */
export function turnedAwayFinding({ status, message, wantsOtp }: TurnedAway, order: Sent): PublishFinding {
  const found = `HTTP ${status}${message === null ? '' : `: ${message}`}`
  const more = { ...about(order), found }
  if (wantsOtp)
    return publishFinding('one-time-password-wanted', {
      ...more,
      wanted: 'a registry that takes a job’s token without a second factor',
      fix: [
        'bonafide publish --stage: staging needs none, and a maintainer approves with theirs',
        'bonafide publish --otp CODE, where somebody is there to type one',
      ],
    })
  if (status === 401 || status === 403) {
    const look = `npm trust list ${order.prepared.name}: what the package’s trust configuration allows this job`
    const first =
      'a package that is published for the first time needs a maintainer to do it, and then the trust configuration'
    return publishFinding('send-not-permitted', {
      ...more,
      wanted: order.isStaged ? 'a job that may stage the package' : 'a job that may publish the package',
      fix: order.isStaged
        ? [look, first]
        : ['bonafide publish --stage: a trust configuration may allow staging alone', look, first],
    })
  }
  if (status === 422)
    return publishFinding('provenance-not-accepted', {
      ...more,
      wanted: 'provenance that the registry accepts',
      fix: [
        'read what the registry says: "repository" in package.json has to be the repository that the job runs in, and it has to be public',
        'bonafide publish --no-provenance for a private repository; consumers then see no origin',
      ],
    })
  return publishFinding('send-refused', {
    ...more,
    wanted: 'a registry that takes the version',
    fix: [
      status === 402
        ? 'bonafide publish --access public: restricted packages are paid for'
        : 'mend what the registry names, then bonafide publish again: nothing was published',
    ],
  })
}

/** The registry was too busy, for longer than one waits. */
export function busy(order: Sent, wait: number | null): PublishFinding {
  return publishFinding('registry-busy', {
    ...about(order),
    level: 'undecided',
    found: `HTTP 429${wait === null ? '' : `, and a wait of ${Math.ceil(wait / 1000)} seconds`}`,
    wanted: 'a registry that takes the version',
    fix: ['bonafide publish again, later: nothing was published'],
  })
}

/** No connection was made, or it broke before all was sent. */
export function neverSent(order: Sent, detail: string): PublishFinding {
  return publishFinding('registry-not-reached', {
    ...about(order),
    level: 'undecided',
    found: detail,
    wanted: 'a registry that can be reached',
    fix: ['bonafide publish again: nothing was sent in whole'],
  })
}

/** It was sent, perhaps as a whole, and nobody can tell whether the registry has it. */
export function lostInTransit(order: Sent, detail: string): PublishFinding {
  const { name, integrity } = order.prepared
  return publishFinding('send-unconfirmed', {
    ...about(order),
    level: 'undecided',
    found: `sent, and then ${detail}`,
    wanted: 'the registry’s word, or the version shown by it',
    fix: order.isStaged
      ? [
          `npm stage list ${name}: whether it waits there; the tarball is ${integrity}`,
          'bonafide publish --stage again',
        ]
      : ['bonafide publish again: it looks first whether the version is there, and sends it where it is not'],
  })
}

/** A version of this number waits for approval already; a job may not see whose. */
export function stagedAlready(order: Sent, message: string | null): PublishFinding {
  const { name, integrity } = order.prepared
  return publishFinding('version-staged-already', {
    ...about(order),
    found: message ?? 'HTTP 409',
    wanted: 'no version of this number that waits for approval',
    fix: [`npm stage list ${name}, then approve or reject what waits; this build is ${integrity}`, 'raise the version'],
  })
}
