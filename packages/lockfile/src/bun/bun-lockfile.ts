// SPDX-License-Identifier: Apache-2.0
import { BonafideError, isJsonObject, parseJson } from '@bonafide/core'
import type { JsonDocument, JsonObject, JsonPosition } from '@bonafide/core'
import type { DraftLockfile } from '../draft.ts'
import { describe } from '../fields.ts'
import { judgeGraph } from '../graph/judge.ts'
import { hangDuplicates, isWithin, patchesIn, projectOf } from '../graph/lockfile-parts.ts'
import { MANAGERS } from '../manager.ts'
import { readBunGraph } from './bun-graph.ts'
import { BunWishes } from './bun-wishes.ts'

const VERSIONS = new Set([0, 1, 2])
const WANTED = 'a bun.lock of version 0, 1 or 2'
const REWRITE = `restore the file from version control, or let Bun write it anew: ${MANAGERS.bun.lock}`
const OWN_KEYS = new Set([
  'lockfileVersion',
  'configVersion',
  'workspaces',
  'packages',
  'overrides',
  'patchedDependencies',
  'trustedDependencies',
  'catalog',
  'catalogs',
])

/**
 * Reads a bun.lock of version 0, 1 or 2: JSON with trailing commas. Bun itself also takes comments, other quotation marks and any version.
 *
 * A bundled package is judged as any other: Bun records it as a version of the registry, and fetches it where the tarball does not hold it.
 *
 * @throws BonafideError as `openLockfile`
 */
export function openBun(text: string, file: string): DraftLockfile {
  const { document, root, version } = readRoot(text, file)
  const graph = readBunGraph(document, root, file)
  const folders = graph.importers.map(({ from }) => from.path).filter(isWithin)
  return {
    wants: folders.map((folder) => `${folder}/package.json`),
    holdsOf() {
      const uses = new Map(
        graph.importers.map((one) => [one.from.path, new Set(one.uses.map(({ name }) => name))] as const),
      )
      return ({ folder, name }) => (folder !== '' && !uses.has(folder)) || uses.get(folder)?.has(name) === true
    },
    read(options) {
      const judged = judgeGraph(graph, new BunWishes(root, options))
      const paths = new Map([...graph.packages].map(([key, { node }]) => [key, node.path]))
      const placed = hangDuplicates(document, file, 'bun', judged, (path) =>
        path[0] === 'packages' ? (paths.get(String(path[1])) ?? null) : null,
      )
      return {
        file,
        manager: 'bun',
        format: String(version),
        project: projectOf(options.manifest),
        entries: [...placed.entries, ...patchesIn(document, ['patchedDependencies'], file)],
        findings: [...graph.findings, ...placed.findings],
      }
    },
  }
}

function readRoot(
  text: string,
  file: string,
): { readonly document: JsonDocument; readonly root: JsonObject; readonly version: number } {
  if (text.startsWith('#!/usr/bin/env bun')) {
    const hint = 'bun install --save-text-lockfile, then delete bun.lockb'
    throw unsupported(file, { line: 1, column: 1 }, `${file} is a binary lockfile of Bun`, 'the binary form', hint)
  }
  const document = parseJson(text, { trailingCommas: true })
  if ('problem' in document) {
    const { problem, ...place } = document
    const isConflict = /^(?:<{7}|={7}|>{7})/mu.test(text)
    const hint = isConflict ? 'resolve the merge conflict with bun install' : REWRITE
    throw malformed(file, place, `${file} is not what Bun writes: ${problem}`, problem, hint)
  }
  const root = document.value
  if (!isJsonObject(root)) throw malformed(file, document.locate([]), `${file} is not an object`, describe(root))
  const version = root['lockfileVersion']
  const place = document.locate(['lockfileVersion'])
  if (typeof version !== 'number' || !VERSIONS.has(version)) {
    const found = version === undefined ? 'no lockfileVersion' : `lockfileVersion ${describe(version)}`
    throw unsupported(file, place, `${file} has ${found}`, found, 'let Bun 1.2 or later write the lockfile anew')
  }
  for (const [key, value] of Object.entries(root)) {
    if (!OWN_KEYS.has(key)) throw malformed(file, document.locate([key]), `${file} has an unknown key`, describe(key))
    if ((key === 'packages' || key === 'workspaces') && !isJsonObject(value))
      throw malformed(file, document.locate([key]), `${file} has ${key} of a wrong type`, describe(value))
  }
  return { document, root, version }
}

function malformed(
  file: string,
  place: JsonPosition,
  message: string,
  found: string,
  hint: string = REWRITE,
): BonafideError {
  return new BonafideError('BONAFIDE_LOCKFILE_MALFORMED', message, {
    path: file,
    ...place,
    found,
    wanted: WANTED,
    hint,
  })
}

function unsupported(file: string, place: JsonPosition, message: string, found: string, hint: string): BonafideError {
  return new BonafideError('BONAFIDE_LOCKFILE_UNSUPPORTED', message, {
    path: file,
    ...place,
    found,
    wanted: WANTED,
    hint,
  })
}
