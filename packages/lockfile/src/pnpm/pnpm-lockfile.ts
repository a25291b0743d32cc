// SPDX-License-Identifier: Apache-2.0
import type { JsonPath } from '@bonafide/core'
import type { DraftLockfile, LockfileOptions } from '../draft.ts'
import type { Graph } from '../graph/graph.ts'
import { judgeGraph } from '../graph/judge.ts'
import { hangDuplicates, isWithin, patchesIn, projectOf } from '../graph/lockfile-parts.ts'
import type { Judged } from '../graph/lockfile-parts.ts'
import { withoutSuffix } from './dep-path.ts'
import { readDocuments } from './documents.ts'
import type { PnpmDocument } from './documents.ts'
import { readGraph } from './graph.ts'
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
  const patches = documents.flatMap(({ document, format }) =>
    patchesIn(document, format === '13.0' ? ['settings', 'patchedDependencies'] : ['patchedDependencies'], file),
  )
  return {
    wants: [WORKSPACE_FILE, ...HOOK_FILES, ...manifests],
    holdsOf(_lockfile, { manifest, files }) {
      const known = { ...(manifest === undefined ? {} : { manifest }), ...(files === undefined ? {} : { files }) }
      const wishes = documents.map((document) => new Wishes(document, known))
      // Code of the project, or an override, takes away what package.json asks for.
      if (wishes.some(({ hasHooks }) => hasHooks)) return () => true
      const isRemoved = (name: string): boolean =>
        wishes.some(({ overrides }) => overrides.get(name)?.includes('-') === true)
      const projects = Map.groupBy(
        graphs.flatMap(({ graph }) => graph.importers.filter(({ kind }) => kind === 'project')),
        ({ from }) => from.path,
      )
      const uses = new Map(
        [...projects].map(([folder, all]) => [folder, new Set(all.flatMap((one) => one.uses.map(({ name }) => name)))]),
      )
      return ({ folder, name }) =>
        (folder !== '' && !uses.has(folder)) || uses.get(folder)?.has(name) === true || isRemoved(name)
    },
    read(options) {
      const judged = graphs.map(({ document, graph }) => judge(document, graph, options))
      const last = documents.at(-1)
      return {
        file,
        manager: 'pnpm',
        format: last?.format ?? '',
        project: projectOf(options.manifest),
        entries: [...judged.flatMap(({ entries }) => entries), ...patches],
        findings: judged.flatMap(({ findings }) => findings),
      }

      function judge(document: PnpmDocument, graph: Graph, { manifest, files }: LockfileOptions): Judged {
        const known = { ...(manifest === undefined ? {} : { manifest }), ...(files === undefined ? {} : { files }) }
        const { entries, findings } = judgeGraph(graph, new Wishes(document, known))
        return hangDuplicates(
          document.document,
          file,
          'pnpm',
          { entries, findings: [...graph.findings, ...findings] },
          ownerOf,
        )
      }
    },
  }
}

function ownerOf([section, name]: JsonPath): string | null {
  const key = String(name)
  return section === 'snapshots' ? withoutSuffix(key) : section === 'packages' ? key : null
}
