// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { BonafideError, isJsonObject, isPackageName, isVersion, parseJson } from '@bonafide/core'
import type { Json, JsonDocument, JsonPath } from '@bonafide/core'
import { readNamed, show } from './text-file.ts'
import type { PackageToVerify } from './verify-packages.ts'

const KEYS: ReadonlySet<string> = new Set(['name', 'version', 'integrity', 'resolved'])

/**
 * Reads a list of versions to be judged: a JSON array of `{name, version, integrity?, resolved?}`, where the last two may be null or
 * left out.
 *
 * @throws BonafideError `BONAFIDE_PACKAGES_UNREADABLE`, or `BONAFIDE_PACKAGES_MALFORMED` with line and column
 */
export async function readPackageList(file: string, cwd: string): Promise<readonly PackageToVerify[]> {
  const path = resolve(cwd, file)
  return parsePackageList(await readNamed(path, cwd, 'BONAFIDE_PACKAGES_UNREADABLE'), show(path, cwd))
}

/**
 * The same for a text.
 *
 * @throws BonafideError `BONAFIDE_PACKAGES_MALFORMED`
 */
export function parsePackageList(text: string, file: string): readonly PackageToVerify[] {
  const document = parseJson(text)
  if ('problem' in document) {
    const { problem, line, column } = document
    throw malformed(file, { line, column }, problem, 'JSON')
  }
  // Two readers, two meanings.
  const [twice] = document.duplicates
  if (twice !== undefined) throw malformed(file, twice, `${String(twice.path.at(-1))} twice`, 'each key once')
  const { value } = document
  if (!Array.isArray(value)) throw malformed(file, document.locate([]), 'no list', 'a list of versions')
  return (value as readonly Json[]).map((item, index) => parseItem(item, [index], document, file))
}

function parseItem(item: Json, path: JsonPath, document: JsonDocument, file: string): PackageToVerify {
  const fail = (key: JsonPath, found: string, wanted: string): BonafideError =>
    malformed(file, document.locate([...path, ...key]), found, wanted)
  if (!isJsonObject(item)) throw fail([], 'no object', '{name, version, integrity, resolved}')
  const unknown = Object.keys(item).find((key) => !KEYS.has(key))
  if (unknown !== undefined) throw fail([unknown], unknown, [...KEYS].join(', '))
  const { name, version } = item
  if (typeof name !== 'string' || !isPackageName(name)) throw fail(['name'], shown(name), 'the name of a package')
  if (typeof version !== 'string' || !isVersion(version)) throw fail(['version'], shown(version), 'an exact version')
  const text = (key: 'integrity' | 'resolved'): string | null => {
    const own = item[key] ?? null
    if (own !== null && typeof own !== 'string') throw fail([key], shown(own), 'a text or null')
    return own
  }
  return { name, version, integrity: text('integrity'), resolved: text('resolved') }
}

function shown(value: Json | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80)
}

function malformed(
  path: string,
  { line, column }: { readonly line: number; readonly column: number },
  found: string,
  wanted: string,
): BonafideError {
  const detail = { path, line, column, found, wanted, hint: 'bonafide verify --help' }
  return new BonafideError('BONAFIDE_PACKAGES_MALFORMED', 'this is no list of versions', detail)
}
