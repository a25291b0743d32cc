// SPDX-License-Identifier: Apache-2.0
// What a job that releases asks of whoever starts it, and what it leaves out.
import type { PublishPolicy } from '@bonafide/policy'
import { branchesOf } from './conditions.ts'
import { doctorFinding } from './doctor-finding.ts'
import type { DoctorFinding } from './doctor-finding.ts'
import type { PipelineJob, Trigger } from './pipeline.ts'
import type { PlacedAct, PlannedJob } from './release-plan.ts'
import { shellWord } from './shell-word.ts'
import { hasOwnToken, tokensOf } from './stored-tokens.ts'

/** The names of the packages that the repository publishes, and where from, as far as commands in a fix need them. */
export interface ReleaseContext {
  readonly policy: PublishPolicy
  /** A package for the examples in a fix. */
  readonly packageName: string
  /** `owner/name`; null where no remote says. */
  readonly repository: string | null
}

/** What the settings of a job that releases leave open. */
export function checkRelease(planned: PlannedJob, context: ReleaseContext): readonly DoctorFinding[] {
  const { job, publishes, isInRelease, feedsRelease } = planned
  const [first] = publishes
  return [
    ...tokens(planned, context),
    ...(first === undefined ? [] : [...environment(job, first, context), ...branches(planned, context)]),
    ...(first === undefined ? [] : [...identity(planned), ...bypasses(planned), ...provenance(planned)]),
    ...(isInRelease ? [...permissions(planned), ...(feedsRelease ? checkouts(planned) : [])] : []),
  ]
}

// Stolen tokens: axios, nx, the worms.
function tokens(
  { job, isInRelease }: PlannedJob,
  { packageName, repository }: ReleaseContext,
): readonly DoctorFinding[] {
  const entry = job.entry.split('/').at(-1) ?? job.entry
  const trust = `npm trust github ${packageName} --repository ${shellWord(repository ?? 'OWNER/NAME')} --file ${shellWord(entry)} --environment ${shellWord(job.environment?.text ?? 'release')} --allow-publish`
  return tokensOf(job).map(({ file, line, name, text }) =>
    doctorFinding('workflow-token-stored', {
      subject: `job ${job.name}`,
      // Elsewhere it may be one that reads private packages.
      level: isInRelease ? 'refuse' : 'warn',
      found: `the secret ${text} as ${name}`,
      wanted: isInRelease
        ? 'the identity of the job, exchanged for a token that ends with it'
        : 'no token that could publish: what reads private packages needs a read-only one',
      where: { kind: 'file', path: file, line },
      fix: isInRelease
        ? [
            `${job.system === 'github' ? trust : 'make this pipeline a trusted publisher of the package'}, then take the secret out here and at the host, and revoke it`,
            'bonafide doctor tokens: it shows what the token may do, and revokes it',
          ]
        : [
            'npm token create --read-only, and put that in its place',
            'bonafide doctor tokens: it shows what the token may do',
          ],
    }),
  )
}

function environment(job: PipelineJob, first: PlacedAct, { repository }: ReleaseContext): readonly DoctorFinding[] {
  if (job.environment !== null || job.system === 'circleci') return []
  const place =
    job.system === 'github' ? `the settings of ${repository ?? 'the repository'}` : 'the settings of the project'
  return [
    doctorFinding('workflow-no-environment', {
      subject: `job ${job.name}`,
      found: `${first.act.what} without an environment`,
      wanted: 'an environment that lets in release tags only, and asks a person',
      where: { kind: 'file', path: job.file, line: job.line },
      fix: [`environment: release, on the job; in ${place}, limit it to the tags v* and name a reviewer`],
    }),
  ]
}

function branches({ job, publishes }: PlannedJob, { policy }: ReleaseContext): readonly DoctorFinding[] {
  return job.triggers
    .filter(({ event }) => event === 'push')
    .flatMap((trigger) => {
      const open = publishes.map(({ step }) => releasedBranches(trigger, [...job.conditions, step.condition]))
      if (open.some((one) => one === null)) return [branchFinding(job, trigger, 'any branch')]
      const named = [...new Set(open.flatMap((one) => one ?? []))].filter(
        (branch) => !policy.refs.includes(`refs/heads/${branch}`),
      )
      return named.length === 0 ? [] : [branchFinding(job, trigger, named.join(', '))]
    })
}

// The branches from which a push releases; null for any.
function releasedBranches(trigger: Trigger, conditions: readonly string[]): readonly string[] | null {
  if (trigger.tagsOnly) return []
  const limited = branchesOf(conditions)
  if (limited !== null) return limited
  return trigger.branches === null || trigger.branches.some((one) => /^\*+$/u.test(one)) ? null : trigger.branches
}

function branchFinding(job: PipelineJob, { line }: Trigger, what: string): DoctorFinding {
  const isAny = what === 'any branch'
  return doctorFinding('workflow-branch-release', {
    subject: `job ${job.name}`,
    level: isAny ? 'refuse' : 'warn',
    found: `a push to ${what} releases`,
    wanted: 'a tag that names the version',
    where: { kind: 'file', path: job.system === 'github' ? job.entry : job.file, line },
    fix: [
      job.system === 'github' ? "on: { push: { tags: ['v*'] } }" : 'rules: [{ if: $CI_COMMIT_TAG }]',
      ...(isAny
        ? []
        : [
            `"publish": { "refs": ["tag", "refs/heads/${what.split(', ')[0] ?? ''}"] } in bonafide.json, where it is meant so`,
          ]),
    ] as [string, ...string[]],
  })
}

function permissions({ job, feedsRelease, publishes }: PlannedJob): readonly DoctorFinding[] {
  if (job.system !== 'github') return []
  const { permissions: own } = job
  const isAll = own.kind === 'all' && own.level === 'write-all'
  if (!isAll && !(own.kind === 'unset' && (feedsRelease || publishes.length > 0))) return []
  return [
    doctorFinding('workflow-permissions', {
      subject: `job ${job.name}`,
      level: isAll ? 'refuse' : 'warn',
      found: isAll
        ? 'permissions: write-all'
        : 'no permissions: what the repository’s settings say, which may be to write',
      wanted: 'the least that the job needs',
      where: { kind: 'file', path: job.file, line: own.kind === 'unset' ? job.line : own.line },
      fix: [
        'permissions: { contents: read }, at the top of the workflow; id-token: write on the job that publishes, and nowhere else',
      ],
    }),
  ]
}

function checkouts({ job, acts }: PlannedJob): readonly DoctorFinding[] {
  const { permissions: own } = job
  const mayWrite =
    own.kind === 'all'
      ? own.level === 'write-all'
      : own.kind === 'listed' && own.scopes.get('contents')?.text === 'write'
  const runs = acts.some(({ act }) => act.kind === 'install' || act.kind === 'tool')
  if (!mayWrite || !runs) return []
  return job.steps.flatMap(({ uses, inputs, file }) => {
    if (
      uses === null ||
      !uses.text.startsWith('actions/checkout@') ||
      inputs.get('persist-credentials')?.text === 'false'
    )
      return []
    return [
      doctorFinding('workflow-checkout-credentials', {
        subject: `job ${job.name}`,
        level: 'warn',
        found: 'a checkout that leaves a token which may push, in a job that runs code of others',
        wanted: 'persist-credentials: false',
        where: { kind: 'file', path: file, line: uses.line },
        fix: ['persist-credentials: false, on the checkout', 'permissions: { contents: read }, on the job'],
      }),
    ]
  })
}

function identity({ job, publishes }: PlannedJob): readonly DoctorFinding[] {
  const [first] = publishes
  if (job.identity !== null || hasOwnToken(job) || first === undefined) return []
  const fixes = {
    github: 'permissions: { contents: read, id-token: write }, on the job',
    gitlab: 'id_tokens: { NPM_ID_TOKEN: { aud: "npm:HOST" }, SIGSTORE_ID_TOKEN: { aud: sigstore } }, on the job',
    circleci:
      'export NPM_ID_TOKEN=$(circleci run oidc get --claims \'{"aud":"npm:HOST"}\'), in the step that publishes',
  }
  return [
    doctorFinding('workflow-no-identity', {
      subject: `job ${job.name}`,
      found: `${first.act.what} in a job without an identity token`,
      wanted: fixes[job.system].replace(/, (?:on|in) the .*/u, ''),
      where: { kind: 'file', path: first.step.file, line: first.act.line },
      fix: [fixes[job.system]],
    }),
  ]
}

// What `prepublishOnly` does not see.
function bypasses({ job, publishes }: PlannedJob): readonly DoctorFinding[] {
  return publishes.flatMap(({ act, step }) => {
    if (act.kind !== 'publish' || act.tool === 'bonafide') return []
    const how = bypassOf(act.words)
    if (how === null) return []
    return [
      doctorFinding('workflow-guard-bypassed', {
        subject: `job ${job.name}`,
        found: `${act.what}: ${how}`,
        wanted: 'bonafide publish, which is no hook',
        where: { kind: 'file', path: step.file, line: act.line },
        fix: [
          `bonafide publish ${how === TARBALL ? `${shellWord(tarballOf(act.words))} --sha512 HEX` : ''}`.trim(),
          'bonafide guard, in a line before',
        ],
      }),
    ]
  })
}

const TARBALL = 'no script runs for a tarball'

function bypassOf(words: readonly string[]): string | null {
  if (words.some((word) => /^--ignore-scripts(?:=true)?$/u.test(word))) return 'no script runs'
  if (words.some((word) => word.startsWith('--from-pack-dir'))) return TARBALL
  return tarballOf(words) === 'TARBALL' ? null : TARBALL
}

function tarballOf(words: readonly string[]): string {
  return words.find((word) => /\.t(?:ar\.)?gz$/u.test(word)) ?? 'TARBALL'
}

function provenance({ job, publishes }: PlannedJob): readonly DoctorFinding[] {
  const off = publishes.flatMap(({ act, step }) => {
    const flag = act.words.find((word) => /^--(?:no-provenance|provenance=false)$/u.test(word))
    return flag === undefined ? [] : [{ path: step.file, line: act.line, found: flag }]
  })
  const variables = [...job.env, ...job.steps.flatMap(({ env }) => [...env])].flatMap(([name, { line, text }]) =>
    /^npm_config_provenance$/iu.test(name) && text === 'false'
      ? [{ path: job.file, line, found: `${name}: false` }]
      : [],
  )
  return [...off, ...variables].map(({ path, line, found }) =>
    doctorFinding('workflow-provenance-off', {
      subject: `job ${job.name}`,
      found,
      wanted: 'provenance with every release',
      where: { kind: 'file', path, line },
      fix: [`take ${found} out`],
    }),
  )
}
