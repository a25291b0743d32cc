// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, parseJson } from '@bonafide/core'
import type { DraftLockfile, LockfileOptions } from '../draft.ts'
import type { LocatedFinding, LockEntry, Lockfile } from '../entry.ts'
import { located } from '../tree.ts'
import { withoutSuffix } from './dep-path.ts'
import { readDocuments } from './documents.ts'
import type { PnpmDocument } from './documents.ts'
import { readGraph } from './graph.ts'
import type { PnpmGraph } from './graph.ts'
import { judgeGraph } from './judge.ts'
import { HOOK_FILES, WORKSPACE_FILE, Wishes } from './wishes.ts'

/**
 * Reads a pnpm lockfile of version 6.0, 9.0 or 13.0: every package for every platform, once, by its real name, with those that pnpm
 * installs before the project's (config dependencies, and a pinned pnpm).
 *
 * The lockfile does not say what packages ask for, only what they got: a name that a package uses for another package is as its registry's
 * metadata has it, or it was written into the lockfile, and whoever verifies has to tell.
 *
 * @throws BonafideError as `openLockfile`
 */
export function openPnpm(text: string, file: string): DraftLockfile {
  const documents = readDocuments(text, file)
  const graphs = documents.map((document) => ({ document, graph: readGraph(document, file) }))
  const folders = graphs.flatMap(({ graph }) => graph.importers.map(({ from }) => from.path))
  const manifests = [...new Set(folders)].filter(isWithin).map((folder) => `${folder}/package.json`)
  return {
    wants: [WORKSPACE_FILE, ...HOOK_FILES, ...manifests],
    read(options) {
      const judged = graphs.map(({ document, graph }) => judge(document, graph, options))
      const last = documents.at(-1)
      return {
        file,
        manager: 'pnpm',
        format: last?.format ?? '',
        project: projectOf(options.manifest),
        entries: judged.flatMap(({ entries }) => entries),
        findings: judged.flatMap(({ findings }) => findings),
      }

      function judge(document: PnpmDocument, graph: PnpmGraph, { manifest, files }: LockfileOptions): Judged {
        const known = { ...(manifest === undefined ? {} : { manifest }), ...(files === undefined ? {} : { files }) }
        const { entries, findings } = judgeGraph(graph, new Wishes(document, known))
        return hangDuplicates(document, file, entries, [...graph.findings, ...findings])
      }
    },
  }
}

interface Judged {
  readonly entries: readonly LockEntry[]
  readonly findings: readonly LocatedFinding[]
}

// What one reader takes from the first of two keys, another takes from the last.
function hangDuplicates(
  { document }: PnpmDocument,
  file: string,
  entries: readonly LockEntry[],
  findings: readonly LocatedFinding[],
): Judged {
  if (document.duplicates.length === 0) return { entries, findings }
  const extra = new Map<string, LocatedFinding[]>()
  const free: LocatedFinding[] = []
  const paths = new Set(entries.map(({ path }) => path))
  for (const { path, line } of document.duplicates) {
    const finding = located(
      'lock-duplicate-key',
      null,
      { file, line },
      {
        found: `${JSON.stringify(path.at(-1))} twice`,
        wanted: 'each key once',
        fix: 'restore the file from version control: pnpm never writes a key twice',
      },
    )
    const key = typeof path[1] === 'string' ? path[1] : ''
    const owner = path[0] === 'snapshots' ? withoutSuffix(key) : path[0] === 'packages' ? key : ''
    if (paths.has(owner)) extra.set(owner, [...(extra.get(owner) ?? []), finding])
    else free.push(finding)
  }
  const hung = entries.map((entry): LockEntry => {
    const more = (extra.get(entry.path) ?? []).map((one) => ({ ...one, package: entry.name }))
    return entry.kind === 'invalid'
      ? { ...entry, findings: [...entry.findings, ...more] }
      : { ...entry, findings: [...entry.findings, ...more] }
  })
  return { entries: hung, findings: [...findings, ...free] }
}

/** Only manifests of this project are asked for, whatever the lockfile names. */
function isWithin(folder: string): boolean {
  const steps = folder.split('/')
  return (
    folder !== '' && !/[\\:\0]/u.test(folder) && !steps.some((step) => ['', '.', '..', 'node_modules'].includes(step))
  )
}

function projectOf(manifest: string | undefined): Lockfile['project'] {
  const document = manifest === undefined ? null : parseJson(manifest)
  const root = document === null || 'problem' in document || !isJsonObject(document.value) ? null : document.value
  const text = (key: string): string | null => {
    const value = root?.[key]
    return typeof value === 'string' && value !== '' ? value : null
  }
  return { name: text('name'), version: text('version') }
}
