// SPDX-License-Identifier: Apache-2.0
// What strangers can start, and what of theirs is run: no account with rights in the repository is needed.
import { excludesEvent, looksAtActor } from './conditions.ts'
import { doctorFinding } from './doctor-finding.ts'
import type { DoctorFinding } from './doctor-finding.ts'
import type { PipelineJob, PipelineStep } from './pipeline.ts'
import type { PlannedJob } from './release-plan.ts'

// Events of GitHub that anybody with an account causes, and in which secrets and identity tokens are handed out all the same.
const OUTSIDERS: ReadonlySet<string> = new Set([
  'pull_request_target',
  'workflow_run',
  'issue_comment',
  'issues',
  'discussion',
  'discussion_comment',
  'pull_request_review',
  'pull_request_review_comment',
  'fork',
  'watch',
  'gollum',
])

/** What a stranger can do to any job, whether it releases or not. */
export function checkOutsiders({ job, publishes, isInRelease }: PlannedJob): readonly DoctorFinding[] {
  if (job.system !== 'github') return mergeRequests({ job, publishes })
  const outside = job.triggers.filter(({ event }) => OUTSIDERS.has(event))
  const isOpen = outside.filter(({ event }) => !excludesEvent(job.conditions, event))
  return [
    ...publishes.flatMap(({ act, step }) => openRelease(job, [...job.conditions, step.condition], act.what)),
    ...(isOpen.length === 0 ? [] : outsiderCode(job)),
    ...(isOpen.length === 0 && !isInRelease ? [] : injections(job, isOpen.length > 0)),
  ]
}

function openRelease(job: PipelineJob, conditions: readonly string[], what: string): readonly DoctorFinding[] {
  return job.triggers
    .filter(({ event }) => (OUTSIDERS.has(event) || event === 'pull_request') && !excludesEvent(conditions, event))
    .map(({ event, line }) =>
      doctorFinding('workflow-open-to-outsiders', {
        subject: `job ${job.name}`,
        // Who is looked at gets in only by the account of somebody who is let in.
        level: looksAtActor(conditions) ? 'warn' : 'refuse',
        found: `${event} starts the job that runs ${what}`,
        wanted: 'a tag, a release or a person with rights in the repository',
        where: { kind: 'file', path: job.entry, line },
        fix: [
          `take ${event} out, and release from a workflow of its own: bonafide doctor --fix writes one`,
          `if: github.event_name == 'push', on the job`,
        ],
      }),
    )
}

function mergeRequests({ job, publishes }: Pick<PlannedJob, 'job' | 'publishes'>): readonly DoctorFinding[] {
  const [first] = publishes
  if (first === undefined) return []
  return job.triggers
    .filter(({ event }) => event === 'merge_request_event' || event === 'external_pull_request_event')
    .map(({ event, line }) =>
      doctorFinding('workflow-open-to-outsiders', {
        subject: `job ${job.name}`,
        found: `${event} starts the job that runs ${first.act.what}`,
        wanted: 'a protected tag',
        where: { kind: 'file', path: job.file, line },
        fix: ['rules: [{ if: $CI_COMMIT_TAG }]'],
      }),
    )
}

// Where a checkout takes the code of the pull request in place of the repository's own.
const FOREIGN_REF =
  /github\.event\.pull_request\.(?:head|number|merge)|github\.head_ref|refs\/pull\/|github\.event\.workflow_run\.head|github\.event\.issue\.number|github\.event\.number/u
const FOREIGN_FETCH =
  /\bgh\s+pr\s+checkout\b|\bgit\s+fetch\b[^\n]*\bpull\/|\bgit\s+checkout\b[^\n]*github\.event\.pull_request\.head/u

function outsiderCode(job: PipelineJob): readonly DoctorFinding[] {
  const at = job.steps.findIndex(takesForeignCode)
  const step = job.steps[at]
  if (step === undefined) return []
  const runs = job.steps.slice(at).find(({ commands }) => commands.some(runsCode))
  if (runs === undefined) return []
  const conditions = [...job.conditions, step.condition, runs.condition]
  const event = job.triggers.find((one) => OUTSIDERS.has(one.event) && !excludesEvent(conditions, one.event))?.event
  if (event === undefined) return []
  const runner = runs.commands.find(runsCode)
  return [
    doctorFinding('workflow-outsider-code', {
      subject: `job ${job.name}`,
      level: looksAtActor(conditions) || job.environment !== null ? 'warn' : 'refuse',
      found: `${event} checks out what the pull request brings, then runs ${runner?.words.join(' ') ?? ''}`,
      wanted:
        'pull_request for what runs the code of a pull request: it gets no secrets and no cache of the main branch',
      where: { kind: 'file', path: step.file, line: step.inputs.get('ref')?.line ?? step.line },
      fix: [
        'on: pull_request, in place of ' + event,
        'split it: what runs the code in pull_request, what needs rights in a workflow that never checks it out',
      ],
    }),
  ]
}

function takesForeignCode({ uses, inputs, script }: PipelineStep): boolean {
  const isCheckout = uses !== null && uses.text.startsWith('actions/checkout@')
  if (isCheckout && ['ref', 'repository'].some((key) => FOREIGN_REF.test(inputs.get(key)?.text ?? ''))) return true
  return script !== null && FOREIGN_FETCH.test(script.text)
}

// What only looks at files or talks to an API runs nothing that was checked out.
const LOOKS: ReadonlySet<string> = new Set(
  `git gh curl echo cat ls cd mkdir rm cp mv diff grep sed awk jq test [ [[ export set printf exit true sleep fi done esac }`.split(
    ' ',
  ),
)

function runsCode({ words }: { readonly words: readonly string[] }): boolean {
  const [program] = words
  return program !== undefined && !LOOKS.has(program) && /^[\w./@-]+$/u.test(program)
}

// What strangers write: titles, texts, names of their branches and of themselves.
const TAINTED =
  /\$\{\{[^}]*?(github\.event\.(?:issue|pull_request|comment|review|review_comment|discussion|head_commit|commits|pages|workflow_run)\b[\w.*[\]']*\.(?:title|body|message|name|email|label|ref|head_branch|display_title|page_name|default_branch)\b|github\.head_ref)[^}]*\}\}/gu

function injections(job: PipelineJob, isOpen: boolean): readonly DoctorFinding[] {
  return job.steps.flatMap((step) => {
    const places = [
      step.script,
      step.uses?.text.startsWith('actions/github-script@') === true ? step.inputs.get('script') : null,
    ]
    return places.flatMap((place) => {
      if (place === null || place === undefined) return []
      return [...place.text.matchAll(TAINTED)].map(({ 1: expression = '', index }) =>
        doctorFinding('workflow-injection', {
          subject: `job ${job.name}`,
          // Without a trigger of strangers, it takes a commit or a pull request of somebody with rights, or a merge.
          level: isOpen ? 'refuse' : 'warn',
          found: `\${{ ${expression} }} in a script`,
          wanted: 'texts of others in variables, which the shell does not read as commands',
          where: {
            kind: 'file',
            path: step.file,
            line: place.line + place.text.slice(0, index).split('\n').length - 1,
          },
          fix: [`env: { TEXT: \${{ ${expression} }} }, and "$TEXT" in the script`],
        }),
      )
    })
  })
}
