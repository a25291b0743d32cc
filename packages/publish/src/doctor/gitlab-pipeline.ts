// SPDX-License-Identifier: Apache-2.0
import type { Pipeline, PipelineJob, PipelineStep, RepositoryFiles, Sourced, Trigger, Unread } from './pipeline.ts'
import { commandsOf } from './shell-command.ts'
import { entriesOf, entryAt, itemsOf, readTree, scalarsOf, textOf, textsOf, valueAt } from './yaml-tree.ts'
import type { Tree, TreeEntry } from './yaml-tree.ts'

const FILE = '.gitlab-ci.yml'

// Keys at the top of the file that are no jobs.
const RESERVED: ReadonlySet<string> = new Set([
  'include',
  'stages',
  'variables',
  'default',
  'workflow',
  'image',
  'services',
  'before_script',
  'after_script',
  'cache',
  'spec',
])

interface Placed {
  readonly file: string
  readonly value: Tree
}

/** Reads the pipeline of GitLab, with the files of the repository that it includes; null where there is none. */
export function readGitlab(files: RepositoryFiles): Pipeline | null {
  if (files.read(FILE) === null) return null
  const unread: Unread[] = []
  const all = new Map<string, Placed>()
  open(FILE, files, all, unread)
  const jobs = [...all]
    .filter(([name, { value }]) => !RESERVED.has(name) && !name.startsWith('.') && value.kind === 'map')
    .map(([name, { file, value }]) => jobOf(name, file, merged(value, all), all))
  return { system: 'gitlab', file: FILE, jobs, unread }
}

// Files that include each other would never end.
const MOST_FILES = 100

function open(
  file: string,
  files: RepositoryFiles,
  all: Map<string, Placed>,
  unread: Unread[],
  seen = new Set<string>(),
): void {
  if (seen.has(file) || seen.size > MOST_FILES) return
  seen.add(file)
  const text = files.read(file)
  const read = text === null ? ({ ok: false, line: null, reason: 'the file cannot be read' } as const) : readTree(text)
  if (!read.ok) {
    unread.push({ file, line: read.line, kind: 'broken', reason: read.reason })
    return
  }
  for (const item of itemsOf(valueAt(read.tree, 'include'))) {
    const local = textOf(valueAt(item, 'local')) ?? (textOf(item)?.includes('://') === false ? textOf(item) : null)
    if (local !== null && !/[*]/u.test(local)) open(local.replace(/^\/+/u, ''), files, all, unread, seen)
    else
      unread.push({
        file,
        line: item.line,
        kind: 'elsewhere',
        reason: `include ${scalarsOf(item)
          .map((one) => one.text)
          .join(' ')}`,
      })
  }
  // What a file says itself wins over what it includes.
  for (const [name, { value }] of entriesOf(read.tree)) all.set(name, { file, value })
}

// A job with what it extends; the job's own keys win.
function merged(job: Tree, all: ReadonlyMap<string, Placed>, depth = 0): Tree {
  if (job.kind !== 'map' || depth > 11) return job
  const entries = new Map<string, TreeEntry>()
  for (const parent of itemsOf(valueAt(job, 'extends'))) {
    const value = all.get(textOf(parent) ?? '')?.value
    if (value !== undefined)
      for (const [key, entry] of entriesOf(merged(value, all, depth + 1))) entries.set(key, entry)
  }
  for (const [key, entry] of job.entries) entries.set(key, entry)
  return { ...job, entries }
}

function jobOf(name: string, file: string, job: Tree, all: ReadonlyMap<string, Placed>): PipelineJob {
  const inherited = (key: string): TreeEntry | null => {
    const own = entryAt(job, key) ?? entryAt(all.get('default')?.value ?? null, key)
    const top = all.get(key)
    return own ?? (top === undefined ? null : { line: top.value.line, value: top.value })
  }
  const environment = entryAt(job, 'environment')
  const identity = inherited('id_tokens')
  const cache = inherited('cache')
  const environmentName = textOf(environment?.value ?? null) ?? textOf(valueAt(environment?.value ?? null, 'name'))
  return {
    system: 'gitlab',
    file,
    entry: FILE,
    name,
    line: job.line,
    triggers: triggersOf(job, all.get('workflow')?.value ?? null),
    conditions: [],
    permissions: { kind: 'unset' },
    identity: identity === null || entriesOf(identity.value).length === 0 ? null : identity.line,
    environment:
      environment === null || environmentName === null ? null : { line: environment.line, text: environmentName },
    runner: itemsOf(inherited('tags')?.value ?? null).flatMap(scalarsOf),
    env: new Map([...textsOf(all.get('variables')?.value ?? null), ...textsOf(valueAt(job, 'variables'))]),
    caches: cachesOf(cache),
    steps: [inherited('before_script'), entryAt(job, 'script'), entryAt(job, 'after_script')].flatMap((one) =>
      one === null ? [] : stepsOf(one.value, file, all),
    ),
    needs: itemsOf(valueAt(job, 'needs') ?? valueAt(job, 'dependencies')).flatMap(
      (item) => textOf(item) ?? textOf(valueAt(item, 'job')) ?? [],
    ),
  }
}

function cachesOf(entry: TreeEntry | null): readonly Sourced[] {
  if (entry === null) return []
  const used = itemsOf(entry.value).filter(
    (one) => one.kind === 'map' && one.entries.size > 0 && textOf(valueAt(one, 'policy')) !== 'push',
  )
  return used.length === 0 ? [] : [{ line: entry.line, text: 'cache' }]
}

function stepsOf(script: Tree, file: string, all: ReadonlyMap<string, Placed>): readonly PipelineStep[] {
  return referenced(script, all).map(({ line, text }) => ({
    file,
    line,
    condition: '',
    uses: null,
    inputs: new Map(),
    env: new Map(),
    script: { line, text },
    commands: commandsOf(text, line),
  }))
}

// Nested lists are lines one after the other; `!reference [job, script]` stands for those of another job.
function referenced(script: Tree, all: ReadonlyMap<string, Placed>, depth = 0): readonly Sourced[] {
  return itemsOf(script).flatMap((item) => {
    if (item.kind === 'scalar') return [item]
    const [name = '', ...path] = scalarsOf(item).map((one) => one.text)
    const target = depth < 11 && path.length > 0 ? valueAt(all.get(name)?.value ?? null, ...path) : null
    return target === null ? referenced(item, all, depth + 1) : referenced(target, all, depth + 1)
  })
}

// What starts a job, from its own rules or from those of the whole pipeline.
function triggersOf(job: Tree, workflow: Tree | null): readonly Trigger[] {
  const own = entryAt(job, 'rules') ?? entryAt(job, 'only')
  const rules = own ?? entryAt(workflow, 'rules')
  if (rules === null) return [{ event: 'push', line: job.line, branches: null, tagsOnly: false }]
  const { line } = rules
  const texts = scalarsOf(rules.value).map(({ text }) => text)
  const words = texts.join('\n')
  const triggers: Trigger[] = []
  if (/merge_request_event|^merge_requests$/mu.test(words))
    triggers.push({ event: 'merge_request_event', line, branches: null, tagsOnly: false })
  if (/external_pull_request/u.test(words))
    triggers.push({ event: 'external_pull_request_event', line, branches: null, tagsOnly: false })
  const isTag = /\$CI_COMMIT_TAG\b(?!\s*==\s*null)|^tags$/mu.test(words)
  const named = [
    ...words.matchAll(/\$CI_COMMIT_(?:BRANCH|REF_NAME)\s*==\s*(?:\$(CI_DEFAULT_BRANCH)|["']([^"']+)["'])/gu),
  ]
  const only =
    entryAt(job, 'rules') === null && entryAt(job, 'only') !== null
      ? texts.filter((text) => /^[\w./-]+$/u.test(text) && !['tags', 'merge_requests'].includes(text))
      : []
  const branches = [
    ...named.map(([, standard, name]) => (standard === undefined ? (name ?? '') : 'the default branch')),
    ...only,
  ]
  if (branches.length > 0) triggers.push({ event: 'push', line, branches, tagsOnly: false })
  else if (isTag) triggers.push({ event: 'push', line, branches: null, tagsOnly: true })
  else if (triggers.length === 0) triggers.push({ event: 'push', line, branches: null, tagsOnly: false })
  return triggers
}
