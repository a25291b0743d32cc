// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { BonafideError } from '@bonafide/core'
import { judgeByBase } from './base.ts'
import { readOwnFiles } from './own-files.ts'
import { readProject } from './project.ts'
import type { Project, ProjectOptions } from './project.ts'
import type { LoosenedLevel } from './project-change.ts'
import { pullRequestJob } from './pull-request.ts'

/** What says by whom a project is judged. */
export interface JudgedOptions extends ProjectOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The commit that judges. */
  readonly base?: string | undefined
  /** That none judges, also not in the job of a pull request. */
  readonly withoutBase?: boolean
  /** The commit that judges where nothing else names one; the project itself where left out. */
  readonly otherwise?: string
  /** `refuse` where left out. */
  readonly loosened?: LoosenedLevel
}

/**
 * Reads a project together with whoever judges it: the base that was named, else the one that the job of a pull request names, else the
 * project itself.
 *
 * A change judges itself: where a job says that it is a pull request's, its base is never left out because it could not be read.
 *
 * @throws BonafideError `BONAFIDE_BASE_UNREADABLE`, and those of {@link readProject}
 */
export async function readJudgedProject(options: JudgedOptions): Promise<Project> {
  return judged(await readProject(options), options)
}

/**
 * The same without lockfiles, for versions that come from elsewhere. A pin that the change brings along judges none of them: which of them
 * the base knows, nobody can tell.
 *
 * @throws BonafideError as {@link readJudgedProject}
 */
export async function readJudgedFiles(options: JudgedOptions): Promise<Project> {
  const dir = resolve(options.cwd, options.dir)
  return judged({ dir, lockfiles: [], ...(await readOwnFiles(options)) }, { ...options, honoursNewPins: false })
}

async function judged(
  project: Project,
  options: JudgedOptions & { readonly honoursNewPins?: false },
): Promise<Project> {
  const { env, base, withoutBase = false, otherwise = null, loosened = 'refuse' } = options
  if (withoutBase) return { ...project, isBaseLeftOut: true }
  const ref = base ?? refOfJob(env) ?? otherwise
  return ref === null ? project : judgeByBase(project, ref, { ...options, loosened })
}

/**
 * The base that the job of a pull request names, or null in any other job.
 *
 * @throws BonafideError `BONAFIDE_BASE_UNREADABLE` where it is a pull request's and nothing names the base
 */
export function refOfJob(env: JudgedOptions['env']): string | null {
  const job = pullRequestJob(env)
  if (job.kind === 'base') return job.ref
  if (job.kind === 'none') return null
  throw new BonafideError('BONAFIDE_BASE_UNREADABLE', 'this is the job of a pull request, and nothing names its base', {
    found: `${job.variable} and no variable with the base`,
    wanted: 'the branch that it is to be merged into',
    hint: '--base origin/main, or --no-base to judge by the files at hand',
  })
}
