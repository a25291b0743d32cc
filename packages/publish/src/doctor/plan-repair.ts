// SPDX-License-Identifier: Apache-2.0
import { parse } from 'node:path/posix'
import { buildCommands } from './build-commands.ts'
import type { Examination } from './examine-repository.ts'
import { withGuard } from './manifest-edit.ts'
import { scriptOf } from './package-files.ts'
import type { PackageFile } from './package-files.ts'
import type { RepositoryFiles } from './pipeline.ts'
import { shellWord } from './shell-word.ts'
import { NO_ENGINE, twoJobPipeline, twoJobWorkflow } from './two-job-workflow.ts'
import type { EnginePin, TwoJobs } from './two-job-workflow.ts'

/** One file that a repair makes or changes. */
export interface FileChange {
  /** From the top of the repository. */
  readonly path: string
  /** What stands there now; null where nothing does. */
  readonly before: string | null
  readonly after: string
}

/** What a repair writes, and what is left for a person. */
export interface Repair {
  readonly changes: readonly FileChange[]
  /** Things to do in their order: settings of the host and of the registry, which no file holds. */
  readonly next: readonly string[]
  /** Jobs to put into a file by hand; null where there is no such file. */
  readonly gitlab: string | null
}

/**
 * Plans what `--fix` writes: the guard in each package that lacks it, and a workflow of two jobs where nothing releases by `bonafide publish` yet. No
 * file is overwritten: a workflow gets a name that is free.
 *
 * @param engine - the engine that the workflow runs; what another workflow names where it is left out
 */
export function planRepair(
  { examined, remote, files }: Pick<Examination, 'examined' | 'remote' | 'files'>,
  engine: EnginePin | null,
): Repair {
  const { packages, guardScript, plans, root } = examined
  const guards = packages.map((file) => guardChange(file, files, guardScript))
  const byHand = guards.filter(({ change }) => change === 'by-hand').map(({ path }) => path)
  const changes = guards.flatMap(({ change }) => (typeof change === 'object' && change !== null ? [change] : []))
  const isReleased = plans.some(({ publishes }) =>
    publishes.some(({ act }) => act.kind === 'publish' && act.tool === 'bonafide'),
  )
  const isGitlab = files.read('.gitlab-ci.yml') !== null && files.list('.github/workflows').length === 0
  // A folder goes into the lines of a job.
  const named = packages.filter(({ folder }) => /^[\w@./ -]*$/u.test(folder))
  if (isReleased || named.length === 0) return { changes, next: nextSteps(byHand, null), gitlab: null }
  // The guard is in the files by then.
  const guarded = named.map((file) => ({ ...file, manifest: { ...file.manifest, ...scriptsAfter(file, changes) } }))
  const jobs: TwoJobs = {
    build: buildCommands(root, guarded, files),
    isMany: named.length > 1 || named[0]?.folder !== '',
    environment: 'release',
    engine: engine ?? engineOf(examined) ?? NO_ENGINE,
    hasPolicy: files.read('bonafide.json') !== null,
    tags: ['v*'],
  }
  if (isGitlab) return { changes, next: nextSteps(byHand, null), gitlab: twoJobPipeline(jobs, 'HOST') }
  const path = freeName(files)
  const workflow: FileChange = { path, before: null, after: twoJobWorkflow(jobs) }
  const left = { path, jobs, names: named.map(({ name }) => name), repository: remote, old: oldReleases(examined) }
  return { changes: [...changes, workflow], next: nextSteps(byHand, left), gitlab: null }
}

type GuardChange = { readonly path: string; readonly change: FileChange | 'by-hand' | null }

function guardChange(
  { path, manifest }: PackageFile,
  files: RepositoryFiles,
  script: 'prepublishOnly' | 'prepack',
): GuardChange {
  const before = files.read(path) ?? ''
  if (/\bbonafide guard\b/u.test(scriptOf(manifest, script) ?? '')) return { path, change: null }
  const after = withGuard(before, script)
  return { path, change: after === null ? 'by-hand' : { path, before, after } }
}

function scriptsAfter({ path }: PackageFile, changes: readonly FileChange[]): object {
  const after = changes.find((change) => change.path === path)?.after
  return after === undefined ? {} : { scripts: (JSON.parse(after) as { readonly scripts: object }).scripts }
}

// The engine that the repository already runs, say to verify its dependencies.
function engineOf({ pipelines }: Examination['examined']): EnginePin | null {
  const pins = pipelines.flatMap(({ jobs }) =>
    jobs.flatMap(({ steps, env }) =>
      [...steps.flatMap(({ inputs, env: own }) => [inputs, own]), env].flatMap((map) => {
        const url = map.get('engine') ?? map.get('BONAFIDE_ENGINE') ?? map.get('ENGINE')
        const sha512 = map.get('engine-sha512') ?? map.get('BONAFIDE_ENGINE_SHA512') ?? map.get('ENGINE_SHA512')
        return url !== undefined && sha512 !== undefined ? [{ url: url.text, sha512: sha512.text }] : []
      }),
    ),
  )
  return pins.find((pin) => isEnginePin(pin)) ?? null
}

/** Whether an engine can be fetched and held against its digest. It goes into a file that a shell reads: nothing else gets in. */
export function isEnginePin({ url, sha512 }: EnginePin): boolean {
  return /^https:\/\/[\w.:-]+\/[\w./%+~@-]*$/u.test(url) && /^[0-9a-f]{128}$/u.test(sha512)
}

function freeName(files: RepositoryFiles): string {
  const taken = new Set(files.list('.github/workflows').map((name) => parse(name).name))
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? 'release' : count === 2 ? 'bonafide-release' : `bonafide-release-${count - 1}`
    if (!taken.has(name)) return `.github/workflows/${name}.yml`
  }
}

function oldReleases({ plans }: Examination['examined']): readonly string[] {
  const lines = plans.flatMap(({ publishes }) => publishes.map(({ act, step }) => `${step.file}:${act.line}`))
  return [...new Set(lines)]
}

interface Left {
  readonly path: string
  readonly jobs: TwoJobs
  readonly names: readonly string[]
  readonly repository: string | null
  readonly old: readonly string[]
}

function nextSteps(byHand: readonly string[], left: Left | null): readonly string[] {
  const guards = byHand.map((path) => `add "bonafide guard" to the scripts of ${path} by hand`)
  if (left === null) return guards
  const { path, jobs, names, repository, old } = left
  const owner = repository === null ? 'OWNER/NAME' : new URL(repository).pathname.slice(1)
  const file = path.split('/').at(-1) ?? path
  return [
    ...guards,
    ...(jobs.engine === NO_ENGINE
      ? [`write the engine's address and its sha512 into ${path}: npm run engine, in a clone of bonafide, makes both`]
      : []),
    `in the settings of ${owner}, make the environment ${jobs.environment}: release tags only, and a reviewer`,
    ...names.map(
      (name) =>
        `npm trust github ${name} --repository ${shellWord(owner)} --file ${file} --environment ${jobs.environment} --allow-publish`,
    ),
    ...(old.length === 0 ? [] : [`take out what releases in another way: ${old.join(', ')}`]),
    ...names.map(
      (name) => `npm access set mfa=publish ${name}, once a release went well: no token publishes it any more`,
    ),
  ]
}
