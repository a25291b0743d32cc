// SPDX-License-Identifier: Apache-2.0
import type { CiJob, JobFacts } from './ci-job.ts'
import type { IdentityClaims } from './identity-claims.ts'

/** Something that the variables say in one way and the token in another. */
export interface Disagreement {
  readonly fact: keyof JobFacts
  readonly variables: string
  readonly token: string
}

/** The facts of a job, in the order in which they are told. */
export const JOB_FACTS = ['repository', 'ref', 'commit', 'trigger', 'runner', 'workflow'] as const

JOB_FACTS satisfies readonly (keyof JobFacts)[]

/** What variables and identity token say together; where both say something they agree, or {@link disagreements} tells. The token fills in what no variable says, and never takes the place of one. */
export function jobFacts(job: CiJob, claims: IdentityClaims | null): JobFacts {
  const [repository, ref, commit, trigger, runner, workflow] = JOB_FACTS.map(
    (fact) => job[fact] ?? claims?.[fact] ?? null,
  )
  return {
    repository: repository ?? null,
    ref: ref ?? null,
    commit: commit ?? null,
    trigger: trigger ?? null,
    runner: runner ?? null,
    workflow: workflow ?? null,
  }
}

/** Where variables and token say different things: one of them was written by somebody else than the CI system. */
export function disagreements(job: CiJob, claims: IdentityClaims | null): readonly Disagreement[] {
  return JOB_FACTS.flatMap((fact) => {
    const [variables, token] = [job[fact], claims?.[fact] ?? null]
    return variables === null || token === null || variables === token ? [] : [{ fact, variables, token }]
  })
}
