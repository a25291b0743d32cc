// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, isPackageName, parseJson } from '@bonafide/core'
import type { Json, JsonDocument, JsonPath } from '@bonafide/core'
import type { LocatedFinding, LockEntry, Lockfile, Manager } from '../entry.ts'
import { MANAGERS } from '../manager.ts'
import { located } from '../tree.ts'

/** The entries of a lockfile, and what is wrong with it beyond them. */
export interface Judged {
  readonly entries: readonly LockEntry[]
  readonly findings: readonly LocatedFinding[]
}

/** Hangs each key that stands twice on its entry: what one reader takes from the first, another takes from the last. */
export function hangDuplicates(
  document: JsonDocument,
  file: string,
  manager: Manager,
  { entries, findings }: Judged,
  ownerOf: (path: JsonPath) => string | null,
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
        fix: `restore the file from version control: ${MANAGERS[manager].name} never writes a key twice`,
      },
    )
    const owner = ownerOf(path) ?? ''
    const known = extra.get(owner)
    if (!paths.has(owner)) free.push(finding)
    else if (known === undefined) extra.set(owner, [finding])
    else known.push(finding)
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
export function isWithin(folder: string): boolean {
  const steps = folder.split('/')
  return (
    folder !== '' && !/[\\:\0]/u.test(folder) && !steps.some((step) => ['', '.', '..', 'node_modules'].includes(step))
  )
}

/** The project's name and version by its own manifest. */
export function projectOf(manifest: string | undefined): Lockfile['project'] {
  const document = manifest === undefined ? null : parseJson(manifest)
  const root = document === null || 'problem' in document || !isJsonObject(document.value) ? null : document.value
  const text = (key: string): string | null => {
    const value = root?.[key]
    return typeof value === 'string' && value !== '' ? value : null
  }
  return { name: text('name'), version: text('version') }
}

/** The packages that the project patches, each beside the one that it changes: the patch is a file of the project, which gets reviewed. */
export function patchesIn(document: JsonDocument, path: JsonPath, file: string): readonly LockEntry[] {
  let value: Json | undefined = document.value
  for (const step of path) value = isJsonObject(value) ? value[String(step)] : undefined
  if (!isJsonObject(value)) return []
  return Object.keys(value).flatMap((key): LockEntry[] => {
    const at = key.indexOf('@', 1)
    const name = at === -1 ? key : key.slice(0, at)
    if (!isPackageName(name)) return []
    const where = { file, line: document.locate([...path, key]).line }
    const about = { name, alias: null, path: `patch of ${key}`, where, findings: [] }
    const version = at === -1 ? null : key.slice(at + 1)
    return [{ kind: 'patch', ...about, version, resolved: null, requestedBy: 'project', edges: [], host: null }]
  })
}
