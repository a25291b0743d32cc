// SPDX-License-Identifier: Apache-2.0
import type { Pipeline, PipelineJob, PipelineStep, RepositoryFiles, Trigger, Unread } from './pipeline.ts'
import { commandsOf } from './shell-command.ts'
import { entriesOf, itemsOf, readTree, scalarsOf, textOf, textsOf, valueAt } from './yaml-tree.ts'
import type { Tree } from './yaml-tree.ts'

const FILE = '.circleci/config.yml'

/** Reads the configuration of CircleCI; null where there is none. Steps of orbs are seen by their names alone. */
export function readCircleci(files: RepositoryFiles): Pipeline | null {
  const text = files.read(FILE)
  if (text === null) return null
  const read = readTree(text)
  if (!read.ok)
    return {
      system: 'circleci',
      file: FILE,
      jobs: [],
      unread: [{ file: FILE, line: read.line, kind: 'broken', reason: read.reason }],
    }
  const { tree } = read
  const unread: Unread[] = itemsOf(valueAt(tree, 'setup'))
    .filter((item) => textOf(item) === 'true')
    .map(({ line }) => ({
      file: FILE,
      line,
      kind: 'elsewhere',
      reason: 'the configuration that this one makes while it runs',
    }))
  const jobs = entriesOf(valueAt(tree, 'jobs')).map(([name, { line, value }]) => jobOf(name, line, value, tree))
  return { system: 'circleci', file: FILE, jobs, unread }
}

function jobOf(name: string, line: number, job: Tree, tree: Tree): PipelineJob {
  const steps = stepsOf(valueAt(job, 'steps'), tree)
  const asked = steps.find(
    ({ script }) => script !== null && /circleci run oidc get|\$\{?CIRCLE_OIDC_TOKEN/u.test(script.text),
  )
  const uses = usesOf(name, tree)
  return {
    system: 'circleci',
    file: FILE,
    entry: FILE,
    name,
    line,
    triggers:
      uses.length === 0
        ? [{ event: 'push', line, branches: null, tagsOnly: false }]
        : uses.map((use) => triggerOf(use)),
    conditions: [],
    permissions: { kind: 'unset' },
    // Every job can ask for one; whether this one does is what counts.
    identity: asked?.script?.line ?? null,
    environment: null,
    runner: scalarsOf(valueAt(job, 'resource_class')),
    env: textsOf(valueAt(job, 'environment')),
    caches: [],
    steps,
    needs: uses.flatMap((use) => itemsOf(valueAt(use, 'requires')).flatMap((item) => textOf(item) ?? [])),
  }
}

// The places in workflows where a job is run, with what they ask for it.
function usesOf(name: string, tree: Tree): readonly Tree[] {
  return entriesOf(valueAt(tree, 'workflows')).flatMap(([, { value }]) =>
    itemsOf(valueAt(value, 'jobs')).flatMap((item) => {
      if (item.kind === 'scalar') return item.text === name ? [item] : []
      const [first] = entriesOf(item)
      return first?.[0] === name ? [first[1].value] : []
    }),
  )
}

function triggerOf(use: Tree): Trigger {
  const branches = valueAt(use, 'filters', 'branches')
  const only = valueAt(branches, 'only')
  const ignoresAll = scalarsOf(valueAt(branches, 'ignore')).some(({ text }) => text === '/.*/')
  const hasTags = valueAt(use, 'filters', 'tags') !== null
  return {
    event: 'push',
    line: use.line,
    branches: only === null ? null : scalarsOf(only).map(({ text }) => text),
    tagsOnly: hasTags && ignoresAll,
  }
}

// Commands that call themselves would never end.
const DEEPEST = 8

function stepsOf(steps: Tree | null, tree: Tree, depth = 0): readonly PipelineStep[] {
  return itemsOf(steps).flatMap((item): readonly PipelineStep[] => {
    const [first] = item.kind === 'map' ? entriesOf(item) : []
    const name = item.kind === 'scalar' ? item.text : (first?.[0] ?? '')
    const value = first?.[1].value ?? null
    if (name === 'when' || name === 'unless') return stepsOf(valueAt(value, 'steps'), tree, depth + 1)
    if (name === 'run') {
      const command = textOf(value) === null ? valueAt(value, 'command') : value
      const text = textOf(command) ?? ''
      const line = command?.line ?? item.line
      return [
        {
          ...blank(item.line),
          env: textsOf(valueAt(value, 'environment')),
          script: { line, text },
          commands: commandsOf(text, line),
        },
      ]
    }
    if (name === 'restore_cache') return [{ ...blank(item.line), uses: { line: item.line, text: 'restore_cache' } }]
    const own = valueAt(tree, 'commands', name, 'steps')
    if (own !== null && depth < DEEPEST) return stepsOf(own, tree, depth + 1)
    // The steps of an orb: what is known of the common ones is what they run.
    const known = ORBS.get(name)
    return known === undefined
      ? []
      : [{ ...blank(item.line), commands: commandsOf(known, item.line), script: { line: item.line, text: known } }]
  })
}

const ORBS: ReadonlyMap<string, string> = new Map([
  ['node/install-packages', 'npm ci'],
  ['node/test', 'npm test'],
])

function blank(line: number): PipelineStep {
  return { file: FILE, line, condition: '', uses: null, inputs: new Map(), env: new Map(), script: null, commands: [] }
}
