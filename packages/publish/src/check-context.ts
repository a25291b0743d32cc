// SPDX-License-Identifier: Apache-2.0
import { publishFinding } from '@bonafide/core'
import type { JsonObject, PublishFinding } from '@bonafide/core'
import { releaseTags } from '@bonafide/policy'
import type { PublishPolicy } from '@bonafide/policy'
import { checkCheckout } from './check-checkout.ts'
import { checkRef } from './check-ref.ts'
import type { Checkout, UnreadableCheckout } from './checkout.ts'
import type { CiJob, JobFacts } from './ci-job.ts'
import type { IdentityClaims } from './identity-claims.ts'
import { disagreements, jobFacts } from './job-facts.ts'
import { parseRepository } from './repository-url.ts'

/** A release and the job that it is to come from. */
export interface ReleaseContext {
  readonly name: string
  readonly version: string
  readonly manifest: JsonObject
  readonly job: CiJob
  /** Null where there is no identity token; then the variables are all there is. */
  readonly claims: IdentityClaims | null
  readonly policy: PublishPolicy
  /** What is checked out around the package; null where it came as a tarball, from a job that checked it out. */
  readonly checkout: Checkout | UnreadableCheckout | null
}

/** Where a finding of {@link checkContext} is mended in a policy, for people. */
const IN_POLICY = 'where that is how you release: say so under "publish" in bonafide.json, and have it reviewed'

/**
 * Whether a release comes from where the policy lets releases come from: trigger, ref, runner, workflow, tag, commit, tree, repository.
 * The registry asks for none of trigger, ref and commit: whoever may push anywhere could release otherwise. Empty where all of it fits.
 */
export function checkContext(context: ReleaseContext): readonly PublishFinding[] {
  const facts = jobFacts(context.job, context.claims)
  const { checkout, policy, job, claims } = context
  return [
    ...checkAgreement(job, claims),
    ...checkTrigger(facts, policy),
    ...checkRef(context, facts.ref ?? refOfCheckout(context)),
    ...checkRunner(facts, policy, claims),
    ...checkWorkflow(facts, policy),
    ...(checkout === null ? [] : checkCheckout(checkout, facts.commit)),
    ...checkRepository(context, facts),
    ...checkTold(facts, policy, job),
  ]
}

// An issuer that says nothing of refs: then the checkout's tag is all there is.
function refOfCheckout({ job, checkout, name, version, policy }: ReleaseContext): string | null {
  if (job.provider !== 'other' || checkout?.kind !== 'read') return null
  const names = releaseTags(policy.tags, name, version)
  const tag = checkout.tags.find((one) => names.includes(one)) ?? checkout.tags[0]
  return tag === undefined ? null : `refs/tags/${tag}`
}

// A token of another job, or variables that a step has written: one of the two lies.
function checkAgreement(job: CiJob, claims: IdentityClaims | null): readonly PublishFinding[] {
  return disagreements(job, claims).map(({ fact, variables, token }) =>
    publishFinding('identity-disagrees', {
      subject: `the ${fact} of this job`,
      found: `the variables say ${variables}, the identity token says ${token}`,
      wanted: 'the same from both',
      fix: ['find out which step sets variables of the CI system, or hands over the identity token of another job'],
    }),
  )
}

// Strangers open pull requests and comment, and a workflow that follows runs with the rights of the repository.
function checkTrigger({ trigger }: JobFacts, { triggers }: PublishPolicy): readonly PublishFinding[] {
  if (trigger === null || triggers.includes(trigger)) return []
  return [
    publishFinding('release-trigger', {
      subject: 'the trigger of this job',
      found: trigger,
      wanted: triggers.join(' or '),
      fix: ['release from a workflow that a pushed tag, a release or a person with rights starts', IN_POLICY],
    }),
  ]
}

// A machine of one's own keeps what an earlier job left on it. Anything that is not known to be the provider's own is one.
function checkRunner(
  { runner }: JobFacts,
  { allowSelfHosted }: PublishPolicy,
  claims: IdentityClaims | null,
): readonly PublishFinding[] {
  // A person is in the machine, and their hands are in no workflow.
  if (claims?.isSshRerun === true)
    return [
      publishFinding('release-runner', {
        subject: 'the runner of this job',
        found: 'a job that was run again with SSH, so that somebody may be logged in',
        wanted: 'a job that nobody is logged in to',
        fix: ['run the job again without SSH'],
      }),
    ]
  if (allowSelfHosted || runner === null || runner === 'github-hosted' || runner === 'gitlab-hosted') return []
  return [
    publishFinding('release-runner', {
      subject: 'the runner of this job',
      found: runner,
      wanted: 'a runner of the CI system’s own, which starts anew for each job',
      fix: ['let the publishing job alone run on a hosted runner', IN_POLICY],
    }),
  ]
}

function checkWorkflow({ workflow }: JobFacts, { workflows }: PublishPolicy): readonly PublishFinding[] {
  if (workflows === null || (workflow !== null && workflows.includes(workflow))) return []
  return [
    publishFinding('release-workflow', {
      subject: 'the workflow of this job',
      found: workflow ?? 'nothing says which it is',
      wanted: workflows.join(' or '),
      fix: ['release by that workflow', IN_POLICY],
    }),
  ]
}

// A package that names another repository than the one that builds it: the registry turns its provenance away, and so do consumers.
function checkRepository({ manifest, job }: ReleaseContext, { repository }: JobFacts): readonly PublishFinding[] {
  const field = manifest['repository']
  const written =
    typeof field === 'string' ? field : typeof field === 'object' && field !== null && 'url' in field ? field.url : null
  const named = typeof written === 'string' ? parseRepository(written) : null
  // Without an address of the job's own its path counts, behind whichever host.
  const wanted = job.repositoryUrl
  const isSame = wanted === null ? named?.split('/').slice(3).join('/') === repository : named === wanted
  if (isSame || (wanted === null && repository === null)) return []
  return [
    publishFinding('repository-field', {
      subject: '"repository" in package.json',
      found: typeof written === 'string' ? written : 'none',
      wanted: wanted ?? repository ?? '',
      where: { kind: 'file', path: 'package.json', line: null },
      fix: [
        `npm pkg set repository.url=git+${wanted ?? `https://HOST/${repository ?? ''}`}.git`,
        'letter by letter as it is there; a fork publishes under a name of its own',
      ],
    }),
  ]
}

// What this CI system does not tell, nobody held against the policy.
function checkTold(
  { trigger, runner, commit }: JobFacts,
  { allowSelfHosted }: PublishPolicy,
  { provider }: CiJob,
): readonly PublishFinding[] {
  const untold = [
    ...(trigger === null ? ['the trigger'] : []),
    ...(runner === null && !allowSelfHosted ? ['the runner'] : []),
    ...(commit === null ? ['the commit'] : []),
  ]
  if (untold.length === 0) return []
  return [
    publishFinding('job-untold', {
      level: 'warn',
      subject: 'this job',
      found: `${provider === 'other' ? 'nobody tells' : 'the CI system does not tell'} ${untold.join(', ')}`,
      wanted: 'a CI system that tells what started a job, where it runs and from which commit',
      fix: ['hold it in the settings of the CI system: who may start this job, and where it runs'],
    }),
  ]
}
