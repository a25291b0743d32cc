// SPDX-License-Identifier: Apache-2.0
import type { JsonObject } from '@bonafide/core'
import type { PublishPolicy } from '@bonafide/policy'
import { checkJob } from './check-job.ts'
import { checkOutsiders } from './check-outsiders.ts'
import { checkPackage, guardScriptOf } from './check-package.ts'
import { checkRelease } from './check-release.ts'
import { readCircleci } from './circleci-pipeline.ts'
import { doctorFinding } from './doctor-finding.ts'
import type { DoctorFinding } from './doctor-finding.ts'
import { readWorkflows } from './github-workflow.ts'
import { readGitlab } from './gitlab-pipeline.ts'
import { lifecycleOf, readPackages, scriptsOf } from './package-files.ts'
import type { PackageFile } from './package-files.ts'
import type { Pipeline, RepositoryFiles, Unread } from './pipeline.ts'
import { planReleases } from './release-plan.ts'
import type { PlannedJob } from './release-plan.ts'

/** What the files of a repository say. */
export interface ExaminedFiles {
  readonly findings: readonly DoctorFinding[]
  readonly packages: readonly PackageFile[]
  /** The root's package.json; empty where there is none. */
  readonly root: JsonObject
  readonly plans: readonly PlannedJob[]
  readonly pipelines: readonly Pipeline[]
  readonly guardScript: 'prepublishOnly' | 'prepack'
}

/** Examines what the files of a repository alone tell: CI files and `package.json`. Pure, given the files. */
export function examineFiles(
  files: RepositoryFiles,
  { policy, remote }: { readonly policy: PublishPolicy; readonly remote: string | null },
): ExaminedFiles {
  const packages = readPackages(files)
  const pipelines = [...readWorkflows(files), readGitlab(files), readCircleci(files)].filter((one) => one !== null)
  const plans = planReleases(pipelines, {
    read: files.read,
    scripts: (name) => scriptsOf(packages, name),
    lifecycle: lifecycleOf(packages),
  })
  const releases = plans.flatMap(({ publishes }) => publishes)
  const root = packages.all.find(({ folder }) => folder === '')?.manifest ?? {}
  const guardScript = guardScriptOf(root, files)
  const isGuarded =
    releases.length > 0 && releases.every(({ act }) => act.kind === 'publish' && act.tool === 'bonafide')
  const packageName = packages.publishable[0]?.name ?? 'NAME'
  const context = { policy, packageName, repository: repositoryPath(remote) }
  const findings = [
    ...plans.flatMap((plan) => [...checkOutsiders(plan), ...checkJob(plan, root), ...checkRelease(plan, context)]),
    ...packages.publishable.flatMap((file) => checkPackage(file, { files, remote, guardScript, isGuarded })),
    ...[...pipelines.flatMap(({ unread }) => unread), ...packages.unread].map(unreadFinding),
    ...plans.flatMap(elsewhere),
  ]
  return { findings, packages: packages.publishable, plans, pipelines, guardScript, root }
}

function unreadFinding({ file, line, kind, reason }: Unread): DoctorFinding {
  return doctorFinding('workflow-unread', {
    subject: file,
    // A file that nobody can read leaves the answer open; one that is kept elsewhere has an owner who can ask there.
    level: kind === 'broken' ? 'undecided' : 'warn',
    found: reason,
    wanted: 'a file that can be read from here',
    where: { kind: 'file', path: file, line },
    fix:
      kind === 'broken'
        ? ['mend the file; nothing of it was judged']
        : ['bonafide doctor, in the repository that holds it'],
  })
}

// A job of another repository that is given secrets or an identity: its steps are there and not here.
function elsewhere({ job }: PlannedJob): readonly DoctorFinding[] {
  return job.steps.flatMap(({ uses, inputs, file }) => {
    if (uses === null || !/\/\.github\/workflows\/[^@]+@/u.test(uses.text)) return []
    const isGiven =
      job.identity !== null || [...inputs.values()].some(({ text }) => text === 'inherit' || /secrets\./u.test(text))
    if (!isGiven) return []
    const reason = `${uses.text} runs here with ${job.identity === null ? 'secrets' : 'an identity token'}`
    return [unreadFinding({ file, line: uses.line, kind: 'elsewhere', reason })]
  })
}

/** `owner/name` of a repository's address; null where there is none. */
export function repositoryPath(remote: string | null): string | null {
  return remote === null ? null : new URL(remote).pathname.slice(1)
}
