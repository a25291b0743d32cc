// SPDX-License-Identifier: Apache-2.0
import type { Pipeline, PipelineJob, PipelineStep } from './pipeline.ts'
import { actsOf, isPublishingAction } from './publish-command.ts'
import type { Act, CommandContext } from './publish-command.ts'
import { commandsOf } from './shell-command.ts'

/** An act, with the step that it is done in. */
export interface PlacedAct {
  readonly act: Act
  readonly step: PipelineStep
}

/** A job with what it does. */
export interface PlannedJob {
  readonly job: PipelineJob
  readonly acts: readonly PlacedAct[]
  /** Those that publish, as long as their conditions let them. */
  readonly publishes: readonly PlacedAct[]
  /** Whether this job, or another that the same file starts, publishes: then an identity of this one is the release's as well. */
  readonly isInRelease: boolean
  /** Whether it publishes, or makes what a publishing job can use. */
  readonly feedsRelease: boolean
}

/** What the jobs of a repository do, and which of them release. */
export function planReleases(pipelines: readonly Pipeline[], context: CommandContext): readonly PlannedJob[] {
  return pipelines.flatMap(({ jobs }) => {
    const all = jobs.map((job) => {
      const acts = job.steps.flatMap((step) => stepActs(step, context).map((act) => ({ act, step })))
      return { job, acts, publishes: acts.filter(({ act }) => act.kind === 'publish') }
    })
    const isInRelease = all.some(({ publishes }) => publishes.length > 0)
    const feeding = feedersOf(all)
    return all.map((one) => ({ ...one, isInRelease, feedsRelease: feeding.has(one.job.name) }))
  })
}

function stepActs(step: PipelineStep, context: CommandContext): readonly Act[] {
  const own = step.commands.flatMap((command) => actsOf(command, context))
  if (step.uses === null) return own
  const { line, text } = step.uses
  const name = text.replace(/@.*$/u, '')
  const plain = { line, words: [], what: text }
  if (/^changesets\/action(?:\/|$)/u.test(name)) {
    const publish = step.inputs.get('publish')
    const inner = publish === undefined ? [] : commandsOf(publish.text, publish.line)
    return inner.flatMap((command) => actsOf(command, context))
  }
  return isPublishingAction(name) ? [{ ...plain, kind: 'publish', tool: 'release-tool' }] : own
}

// Everything that a publishing job needs, and what that needs, and so on: what they make may be what is published.
function feedersOf(all: readonly Pick<PlannedJob, 'job' | 'publishes'>[]): ReadonlySet<string> {
  const feeding = new Set<string>()
  const follow = (name: string): void => {
    if (feeding.has(name)) return
    feeding.add(name)
    for (const { job } of all) if (job.name === name) job.needs.forEach(follow)
  }
  for (const { job, publishes } of all) if (publishes.length > 0) follow(job.name)
  return feeding
}
