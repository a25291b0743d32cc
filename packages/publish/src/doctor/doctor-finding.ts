// SPDX-License-Identifier: Apache-2.0
import { publishFinding } from '@bonafide/core'
import type { PublishCode, PublishFinding, PublishFindingDetail } from '@bonafide/core'

/** What an attacker has to have for an attack, the least first: it is the order in which findings are told. */
export const REACHES = ['anyone', 'supplier', 'thief', 'writer', 'mistake', 'unknown'] as const

/** A word of {@link REACHES}. */
export type Reach = (typeof REACHES)[number]

/** A finding, with what an attacker does with it and what they have to have. */
export interface DoctorFinding extends PublishFinding {
  readonly reach: Reach
  readonly attack: string
}

type SettingsCode = Extract<PublishCode, `workflow-${string}` | `manifest-${string}` | `trust-${string}`>

// `anyone`: an account on the CI system's host, or none. `supplier`: code in something that the job runs. `thief`: one secret that was read.
// `writer`: the right to push a branch. `mistake`: nothing; a release goes out with less than it should. `unknown`: nobody looked.
const ATTACKS: Readonly<Record<SettingsCode, readonly [Reach, string]>> = {
  'workflow-open-to-outsiders': [
    'anyone',
    'a stranger comments, or opens a pull request, and the workflow that may publish runs for them, as in openapi-react-query-codegen in August 2026',
  ],
  'workflow-outsider-code': [
    'anyone',
    'a stranger opens a pull request whose scripts run with this repository’s rights: they read its secrets or poison its cache, as with PostHog and TanStack',
  ],
  'workflow-injection': [
    'anyone',
    'a stranger writes $(...) into a title or a branch name, and the shell of the workflow runs it, as with nx in August 2025',
  ],
  'workflow-identity-beside-code': [
    'supplier',
    'a dependency that was taken over asks for the job’s identity token, or reads it from memory, and publishes with valid provenance, as with TanStack in May 2026',
  ],
  'workflow-action-unpinned': [
    'supplier',
    'whoever takes over the action moves its tag, and their code runs in the next release, as with tj-actions and trivy-action',
  ],
  'workflow-cache': [
    'supplier',
    'code that ran for a pull request leaves a poisoned cache, and the release restores it, as with TanStack and cline',
  ],
  'workflow-manager-unpinned': [
    'supplier',
    'whatever version is newest at that moment runs beside the credentials, looked at by nobody',
  ],
  'workflow-runner': ['supplier', 'what an earlier job left on the machine waits there for the next release'],
  'workflow-token-stored': [
    'thief',
    'whoever reads the secret publishes from any machine, without provenance, until somebody revokes it, as with axios, nx and the worms',
  ],
  'manifest-credentials': ['thief', 'whoever reads the repository, or the published package, has the credential'],
  'workflow-no-environment': [
    'writer',
    'whoever can push a branch pushes one with this workflow changed, and it publishes: registries look at no branch, as with Red Hat in June 2026',
  ],
  'workflow-branch-release': [
    'writer',
    'whoever pushes a commit to the branch releases it; no tag, no release and no second person stand between',
  ],
  'workflow-permissions': ['writer', 'code in any job of the release gets a token that may change the repository'],
  'workflow-checkout-credentials': [
    'supplier',
    'code that runs after the checkout reads the token that it left behind, and pushes with it',
  ],
  'trust-open': [
    'writer',
    'any branch that holds a workflow of this file name publishes; no environment asks anybody, as with the snapshot branches of June 2026',
  ],
  'trust-direct': [
    'writer',
    'who gets into the workflow publishes at once: nobody has to approve, as with TanStack, keyv and AsyncAPI',
  ],
  'trust-mismatch': [
    'writer',
    'whoever controls what is named there publishes this package, and this workflow does not',
  ],
  'trust-none': ['thief', 'releases need a token, and whoever reads that publishes from anywhere'],
  'workflow-guard-bypassed': [
    'mistake',
    'the guard does not run, so that a token which should never be used is used unseen',
  ],
  'workflow-provenance-off': ['mistake', 'a stolen release looks like an honest one: neither has provenance'],
  'workflow-no-identity': ['mistake', 'the job has no identity to exchange, so that only a token can publish'],
  'manifest-no-guard': ['mistake', 'a publish from any machine takes whatever token lies around, and nobody is told'],
  'manifest-provenance-off': ['mistake', 'a stolen release looks like an honest one: neither has provenance'],
  'manifest-repository': ['mistake', 'nobody can hold the release against the place that it says to come from'],
  'manifest-files-open': ['mistake', 'a file with secrets that lies in the folder is published with the rest'],
  'workflow-unread': ['unknown', 'what could not be read may hold any of the others'],
  'trust-unread': [
    'unknown',
    'the registry may trust another workflow, another repository, or one without an environment',
  ],
}

/** Makes a finding about how a repository is set up. */
export function doctorFinding(code: SettingsCode, detail: PublishFindingDetail): DoctorFinding {
  const [reach, attack] = ATTACKS[code]
  return { ...publishFinding(code, detail), reach, attack }
}

/** A finding of another step, told among those of this one. */
export function asDoctorFinding(finding: PublishFinding): DoctorFinding {
  return {
    ...finding,
    reach: finding.level === 'undecided' ? 'unknown' : 'thief',
    attack: 'whoever reads this credential publishes from any machine for as long as it lives',
  }
}

const LEVELS = ['refuse', 'undecided', 'warn'] as const

/**
 * The most dangerous first: what is refused before what is only said; then by what an attacker has to have, the least first; then by place.
 * Nothing is told twice.
 */
export function byDanger(findings: readonly DoctorFinding[]): readonly DoctorFinding[] {
  const rank = ({ level, reach }: DoctorFinding): number =>
    LEVELS.indexOf(level) * REACHES.length + REACHES.indexOf(reach)
  const seen = new Set<string>()
  const once = findings.filter(({ code, where, subject, found }) => {
    const key = JSON.stringify([code, where, subject, found])
    return !seen.has(key) && seen.add(key)
  })
  return once.toSorted((a, b) => rank(a) - rank(b) || compare(placeOf(a), placeOf(b)))
}

function placeOf({ where }: DoctorFinding): string {
  if (where?.kind !== 'file') return where === null ? '' : JSON.stringify(where)
  return `${where.path}:${String(where.line ?? 0).padStart(6, '0')}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
