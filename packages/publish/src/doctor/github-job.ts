// SPDX-License-Identifier: Apache-2.0
import { identityLine } from './permissions.ts'
import type { Permissions, PipelineJob, PipelineStep, RepositoryFiles, Sourced, Trigger, Unread } from './pipeline.ts'
import { commandsOf } from './shell-command.ts'
import { entriesOf, entryAt, itemsOf, readTree, scalarsOf, textOf, textsOf, valueAt } from './yaml-tree.ts'
import type { Tree } from './yaml-tree.ts'

/** What a job has from the workflow around it. */
export interface Surroundings {
  readonly file: string
  readonly name: string
  readonly line: number
  readonly entry: string
  readonly triggers: readonly Trigger[]
  readonly conditions: readonly string[]
  readonly permissions: Permissions
  readonly env: ReadonlyMap<string, Sourced>
}

/** A job of a workflow, its steps with those of the repository's own actions in their place. */
export function githubJob(job: Tree, own: Surroundings, files: RepositoryFiles, unread: Unread[]): PipelineJob {
  const environment = entryAt(job, 'environment')
  const name = textOf(environment?.value ?? null) ?? textOf(valueAt(environment?.value ?? null, 'name'))
  return {
    ...own,
    system: 'github',
    identity: identityLine(own.permissions),
    environment: environment === null || name === null ? null : { line: environment.line, text: name },
    runner: runnerOf(job),
    caches: [],
    steps: [
      ...imagesOf(job, own.file),
      ...calledAsStep(job, own.file),
      ...stepsOf(valueAt(job, 'steps'), own.file, files, unread),
    ],
    needs: itemsOf(valueAt(job, 'needs')).flatMap((item) => textOf(item) ?? []),
  }
}

function runnerOf(job: Tree): readonly Sourced[] {
  const value = valueAt(job, 'runs-on')
  const labels = value?.kind === 'map' ? [...itemsOf(valueAt(value, 'labels')), ...groupOf(value)] : itemsOf(value)
  return labels.flatMap((item) => {
    const text = textOf(item) ?? ''
    const key = /^\$\{\{\s*matrix\.([\w-]+)\s*\}\}$/u.exec(text)?.[1]
    if (key === undefined) return [{ line: item.line, text }]
    const matrix = valueAt(job, 'strategy', 'matrix')
    const included = itemsOf(valueAt(matrix, 'include')).flatMap((one) => valueAt(one, key) ?? [])
    const values = [...itemsOf(valueAt(matrix, key)), ...included].flatMap(scalarsOf)
    return values.length === 0 ? [{ line: item.line, text }] : values
  })
}

function groupOf(value: Tree): readonly Tree[] {
  const group = valueAt(value, 'group')
  return group?.kind === 'scalar' ? [{ ...group, text: `group ${group.text}` }] : []
}

// An image in which the steps run is code of somebody else, like an action.
function imagesOf(job: Tree, file: string): readonly PipelineStep[] {
  const container = valueAt(job, 'container')
  const image = textOf(container) === null ? valueAt(container, 'image') : container
  const text = textOf(image)
  return text === null || text === '' || image === null
    ? []
    : [usesStep(file, { line: image.line, text: `docker://${text}` })]
}

function calledAsStep(job: Tree, file: string): readonly PipelineStep[] {
  const uses = entryAt(job, 'uses')
  const text = textOf(uses?.value ?? null)
  if (uses === null || text === null) return []
  const inherited = textOf(valueAt(job, 'secrets'))
  const secrets =
    inherited === null ? textsOf(valueAt(job, 'secrets')) : new Map([['secrets', { line: uses.line, text: inherited }]])
  return [
    { ...usesStep(file, { line: uses.line, text }), inputs: new Map([...textsOf(valueAt(job, 'with')), ...secrets]) },
  ]
}

function usesStep(file: string, uses: Sourced): PipelineStep {
  const { line } = uses
  return { file, line, condition: '', uses, inputs: new Map(), env: new Map(), script: null, commands: [] }
}

// An action that calls itself would never end.
const DEEPEST = 8

function stepsOf(
  steps: Tree | null,
  file: string,
  files: RepositoryFiles,
  unread: Unread[],
  depth = 0,
): readonly PipelineStep[] {
  return itemsOf(steps).flatMap((tree): readonly PipelineStep[] => {
    const uses = sourcedAt(tree, 'uses')
    const script = sourcedAt(tree, 'run')
    const step: PipelineStep = {
      file,
      line: tree.line,
      condition: textOf(valueAt(tree, 'if')) ?? '',
      uses: uses?.text.startsWith('./') === true ? null : uses,
      inputs: textsOf(valueAt(tree, 'with')),
      env: textsOf(valueAt(tree, 'env')),
      script,
      commands: script === null ? [] : commandsOf(script.text, script.line),
    }
    if (uses === null || !uses.text.startsWith('./') || depth > DEEPEST) return [step]
    return [step, ...localSteps(uses, { file, files, unread, depth })]
  })
}

interface LocalPlace {
  readonly file: string
  readonly files: RepositoryFiles
  readonly unread: Unread[]
  readonly depth: number
}

function localSteps(uses: Sourced, { file, files, unread, depth }: LocalPlace): readonly PipelineStep[] {
  const folder = uses.text.replace(/^\.\/|\/+$/gu, '')
  const prefix = folder === '' || folder === '.' ? '' : `${folder}/`
  const path = [`${prefix}action.yml`, `${prefix}action.yaml`].find((one) => files.read(one) !== null)
  // A folder that an earlier step makes: what stands in it is not to be had from here.
  if (path === undefined) {
    unread.push({
      file,
      line: uses.line,
      kind: 'elsewhere',
      reason: `the action ${uses.text} is not in the repository`,
    })
    return []
  }
  const read = readTree(files.read(path) ?? '')
  if (!read.ok) {
    unread.push({ file: path, line: read.line, kind: 'broken', reason: read.reason })
    return []
  }
  return stepsOf(valueAt(read.tree, 'runs', 'steps'), path, files, unread, depth + 1)
}

// The line of a text is that of its first line: of a block, the one below its mark.
function sourcedAt(tree: Tree, key: string): Sourced | null {
  const found = entriesOf(tree).find(([name]) => name === key)?.[1].value ?? null
  const text = textOf(found)
  return text === null || found === null ? null : { line: found.line, text }
}
