// SPDX-License-Identifier: Apache-2.0
// Whom the registry trusts, held against who releases here.
import type { TrustedPublisher, TrustedPublishers } from '@bonafide/registry'
import { doctorFinding } from './doctor-finding.ts'
import type { DoctorFinding } from './doctor-finding.ts'
import type { PlannedJob } from './release-plan.ts'
import { shellWord } from './shell-word.ts'

/** A package with what its registry says of it. */
export interface TrustedPackage {
  readonly name: string
  readonly answer: TrustedPublishers
  /** Whether somebody is logged in there, as far as npm's configuration tells. */
  readonly hasCredential: boolean
}

/** What is held against it. */
export interface TrustSurroundings {
  readonly plans: readonly PlannedJob[]
  /** `owner/name`; null where no remote says. */
  readonly repository: string | null
}

/** What the registry's trust leaves open; and where it is not to be read, how a person reads it. */
export function checkTrust(
  { name, answer, hasCredential }: TrustedPackage,
  around: TrustSurroundings,
): readonly DoctorFinding[] {
  const where = { kind: 'url', url: answer.url } as const
  switch (answer.kind) {
    case 'found':
      return answer.publishers.length === 0
        ? withoutTrust(name, answer.url, around)
        : answer.publishers.flatMap((one) => [
            ...mismatch(name, one, answer.url, around),
            ...open(name, one, answer.url),
          ])
    case 'denied':
      return [
        doctorFinding('trust-unread', {
          subject: name,
          level: 'warn',
          found: hasCredential
            ? `HTTP ${answer.status}, as for all but an owner with a one-time password`
            : 'nobody is logged in',
          wanted: 'the list of the jobs that may publish it',
          where,
          fix: [`npm login, then bonafide doctor --otp CODE`, `npm trust list ${name}`],
        }),
      ]
    case 'nonsense':
    case 'unreachable':
      return [
        doctorFinding('trust-unread', {
          subject: name,
          level: 'undecided',
          found: answer.kind === 'nonsense' ? 'an answer that is no list' : `${answer.reason}: ${answer.detail}`,
          wanted: 'the list of the jobs that may publish it',
          where,
          fix: ['try again', 'bonafide doctor --offline, which asks nobody'],
        }),
      ]
    default:
      throw new TypeError(`no such answer: ${JSON.stringify(answer satisfies never)}`)
  }
}

function releasing({ plans }: TrustSurroundings): readonly PlannedJob[] {
  return plans.filter(({ publishes }) => publishes.length > 0)
}

function withoutTrust(name: string, url: string, around: TrustSurroundings): readonly DoctorFinding[] {
  return [
    doctorFinding('trust-none', {
      subject: name,
      found: 'no job is trusted',
      wanted: 'the job that releases it',
      where: { kind: 'url', url },
      fix: [trustCommand(name, around)],
    }),
  ]
}

function trustCommand(name: string, around: TrustSurroundings): string {
  const [job] = releasing(around).map((one) => one.job)
  const file = job?.entry.split('/').at(-1) ?? 'release.yml'
  const environment = job?.environment?.text ?? 'release'
  return `npm trust github ${name} --repository ${shellWord(around.repository ?? 'OWNER/NAME')} --file ${shellWord(file)} --environment ${shellWord(environment)} --allow-stage-publish`
}

function shown({ type, repository, file, environment }: TrustedPublisher): string {
  const parts = [type, repository, file, environment === null ? null : `environment ${environment}`]
  return parts.filter((part) => part !== null).join(' ')
}

// Trust in a place that is not this one: what was left over, or somebody else.
function mismatch(
  name: string,
  one: TrustedPublisher,
  url: string,
  around: TrustSurroundings,
): readonly DoctorFinding[] {
  const here = around.repository
  const jobs = releasing(around).filter(({ job }) => job.system === one.type)
  const files = new Set(jobs.map(({ job }) => job.entry.split('/').at(-1)))
  const environments = new Set(jobs.map(({ job }) => job.environment?.text))
  const problems = [
    ...(here !== null && one.repository !== null && one.repository !== here ? [`another repository than ${here}`] : []),
    ...(one.file !== null && !files.has(one.file) ? [`no job of ${one.file} publishes`] : []),
    ...(one.environment !== null && !environments.has(one.environment)
      ? [`no job that publishes has the environment ${one.environment}`]
      : []),
  ]
  if (problems.length === 0) return []
  return [
    doctorFinding('trust-mismatch', {
      subject: name,
      found: `${shown(one)}: ${problems.join(', ')}`,
      wanted: 'trust in the job that releases, and in no other',
      where: { kind: 'url', url },
      fix: [`npm trust revoke ${name} --id ${shellWord(one.id ?? 'ID')}`, trustCommand(name, around)],
    }),
  ]
}

function open(name: string, one: TrustedPublisher, url: string): readonly DoctorFinding[] {
  const where = { kind: 'url', url } as const
  const findings: DoctorFinding[] = []
  if (one.environment === null && one.type !== 'circleci')
    findings.push(
      doctorFinding('trust-open', {
        subject: name,
        found: `${shown(one)}, with any environment or none`,
        wanted: 'trust that names the environment',
        where,
        fix: [
          `npm trust ${shellWord(one.type)} ${name} --repository ${shellWord(one.repository ?? 'OWNER/NAME')} --file ${shellWord(one.file ?? 'release.yml')} --environment release --allow-stage-publish, then npm trust revoke ${name} --id ${shellWord(one.id ?? 'ID')}`,
        ],
      }),
    )
  if (one.mayPublish)
    findings.push(
      doctorFinding('trust-direct', {
        subject: name,
        level: 'warn',
        found: `${shown(one)} may publish without anybody's approval`,
        wanted: 'trust to stage alone, and a person who approves',
        where,
        fix: [`bonafide publish --stage in the job, and --allow-stage-publish alone in npm trust`],
      }),
    )
  return findings
}
