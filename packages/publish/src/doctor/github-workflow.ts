// SPDX-License-Identifier: Apache-2.0
import { githubJob } from './github-job.ts'
import type { Surroundings } from './github-job.ts'
import type { Permissions, Pipeline, PipelineJob, RepositoryFiles, Sourced, Trigger, Unread } from './pipeline.ts'
import { identityLine } from './permissions.ts'
import { entriesOf, entryAt, itemsOf, readTree, textOf, textsOf, valueAt } from './yaml-tree.ts'
import type { Tree, TreeEntry } from './yaml-tree.ts'

const FOLDER = '.github/workflows'

/** Reads every workflow of a repository, with the workflows and actions of its own that they call. */
export function readWorkflows(files: RepositoryFiles): readonly Pipeline[] {
  const names = files.list(FOLDER).filter((name) => /\.ya?ml$/u.test(name))
  const paths = names.toSorted().map((name) => `${FOLDER}/${name}`)
  const read = paths.map((file) => readOne(file, files))
  // A workflow that others of this repository call is read as a part of those.
  const called = new Set(read.flatMap((one) => (one.ok ? [...one.calls] : [])))
  return read.map((one) =>
    one.ok && called.has(one.pipeline.file) && one.triggers.every(({ event }) => event === 'workflow_call')
      ? { ...one.pipeline, jobs: [] }
      : one.pipeline,
  )
}

type ReadOne =
  | {
      readonly ok: true
      readonly pipeline: Pipeline
      readonly triggers: readonly Trigger[]
      readonly calls: ReadonlySet<string>
    }
  | { readonly ok: false; readonly pipeline: Pipeline }

function readOne(file: string, files: RepositoryFiles): ReadOne {
  const reader = new WorkflowReader(file, files)
  const workflow = reader.open(file)
  if (workflow === null) return { ok: false, pipeline: { system: 'github', file, jobs: [], unread: reader.unread } }
  const triggers = triggersOf(workflow)
  const jobs = reader.jobsOf(workflow, file, { triggers, conditions: [], limit: null, env: new Map() })
  return { ok: true, triggers, calls: reader.calls, pipeline: { system: 'github', file, jobs, unread: reader.unread } }
}

interface Caller {
  readonly triggers: readonly Trigger[]
  readonly conditions: readonly string[]
  /** What the calling job may give; null where nothing limits it. */
  readonly limit: Permissions | null
  readonly env: ReadonlyMap<string, Sourced>
}

// GitHub calls no deeper.
const DEEPEST = 10

class WorkflowReader {
  readonly unread: Unread[] = []
  readonly calls = new Set<string>()
  readonly #files: RepositoryFiles
  readonly #entry: string

  constructor(entry: string, files: RepositoryFiles) {
    this.#entry = entry
    this.#files = files
  }

  /** The document of a workflow; null, and the reason on record, where there is none. */
  open(file: string): Tree | null {
    const text = this.#files.read(file)
    if (text === null) return this.#fail(file, null, 'the file cannot be read')
    const read = readTree(text)
    if (!read.ok) return this.#fail(file, read.line, read.reason)
    if (entriesOf(valueAt(read.tree, 'jobs')).length === 0) return this.#fail(file, null, 'it has no jobs')
    return read.tree
  }

  jobsOf(workflow: Tree, file: string, caller: Caller, depth = 0): readonly PipelineJob[] {
    const env = new Map([...caller.env, ...textsOf(valueAt(workflow, 'env'))])
    return entriesOf(valueAt(workflow, 'jobs')).flatMap(([name, { line, value: job }]) => {
      const permissions = permissionsOf(entryAt(job, 'permissions') ?? entryAt(workflow, 'permissions'))
      const own: Surroundings = {
        file,
        name,
        line,
        entry: this.#entry,
        triggers: caller.triggers,
        conditions: [...caller.conditions, textOf(valueAt(job, 'if')) ?? ''].filter((text) => text !== ''),
        permissions: limited(permissions, caller.limit),
        env: new Map([...env, ...textsOf(valueAt(job, 'env'))]),
      }
      const uses = entryAt(job, 'uses')
      return uses === null ? [githubJob(job, own, this.#files, this.unread)] : this.#called(uses, job, own, depth)
    })
  }

  #called(uses: TreeEntry, job: Tree, own: Surroundings, depth: number): readonly PipelineJob[] {
    const target = textOf(uses.value) ?? ''
    const path = /^\.\/(\.github\/workflows\/[^@]+)$/u.exec(target)?.[1]
    if (path === undefined || depth > DEEPEST) {
      // Its steps are not seen; that it runs here, with what this job grants, is.
      return [githubJob(job, own, this.#files, this.unread)]
    }
    this.calls.add(path)
    const workflow = this.open(path)
    if (workflow === null) return []
    const caller = { triggers: own.triggers, conditions: own.conditions, limit: own.permissions, env: new Map() }
    return this.jobsOf(workflow, path, caller, depth + 1)
  }

  #fail(file: string, line: number | null, reason: string): null {
    this.unread.push({ file, line, kind: 'broken', reason })
    return null
  }
}

function permissionsOf(entry: TreeEntry | null): Permissions {
  if (entry === null) return { kind: 'unset' }
  const { line, value } = entry
  if (value.kind === 'scalar') return { kind: 'all', level: value.text, line }
  return { kind: 'listed', scopes: textsOf(value), line }
}

// A called workflow has at most what the job that calls it has.
function limited(own: Permissions, limit: Permissions | null): Permissions {
  if (limit === null) return own
  if (own.kind === 'unset') return limit
  const granted = identityLine(limit) !== null || (limit.kind === 'all' && limit.level === 'write-all')
  if (own.kind !== 'listed' || granted) return own
  return { ...own, scopes: new Map([...own.scopes].filter(([scope]) => scope !== 'id-token')) }
}

function triggersOf(workflow: Tree): readonly Trigger[] {
  const on = entryAt(workflow, 'on') ?? entryAt(workflow, 'true')
  if (on === null) return []
  if (on.value.kind !== 'map')
    return itemsOf(on.value).map((item) => ({
      event: textOf(item) ?? '',
      line: item.line,
      branches: null,
      tagsOnly: false,
    }))
  return entriesOf(on.value).map(([event, { line, value }]) => {
    const branches = valueAt(value, 'branches')
    const hasTags = valueAt(value, 'tags') !== null || valueAt(value, 'tags-ignore') !== null
    const limits = branches === null ? null : itemsOf(branches).map((item) => textOf(item) ?? '')
    // With tags alone, no branch starts it.
    const tagsOnly = event === 'push' && hasTags && branches === null && valueAt(value, 'branches-ignore') === null
    return { event, line, branches: limits, tagsOnly }
  })
}
