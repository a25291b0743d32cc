// SPDX-License-Identifier: Apache-2.0
import { BonafideError, isJsonObject, parseJson } from '@bonafide/core'
import type { JsonDocument, JsonObject, JsonPath, JsonPosition, JsonSyntaxError } from '@bonafide/core'
import { describe } from '../fields.ts'
import { MANAGERS } from '../manager.ts'
import { parseYaml } from './yaml.ts'

/** The formats that are read. */
export type PnpmFormat = '6.0' | '6.1' | '9.0' | '13.0'

/** One document of a pnpm lockfile. */
export interface PnpmDocument {
  readonly document: JsonDocument
  readonly root: JsonObject
  readonly format: PnpmFormat
}

const FORMATS: readonly string[] = ['6.0', '6.1', '9.0', '13.0'] satisfies readonly PnpmFormat[]
const WANTED = 'a pnpm lockfile of version 6.0, 9.0 or 13.0'
const REWRITE = `restore the file from version control, or let pnpm write it anew: ${MANAGERS.pnpm.lock}`

/**
 * Splits a pnpm lockfile into its documents: one for the project, and before it, where there are config dependencies or a pinned pnpm, one
 * for those. Version 13 writes the project's in JSON with trailing commas.
 *
 * @throws BonafideError BONAFIDE_LOCKFILE_MALFORMED and BONAFIDE_LOCKFILE_UNSUPPORTED
 */
export function readDocuments(text: string, file: string): readonly [...PnpmDocument[], PnpmDocument] {
  const parts = splitDocuments(text.startsWith('\uFEFF') ? text.slice(1) : text)
  // pnpm reads two, and which of more it takes is its own affair
  const extra = parts[2]
  if (extra !== undefined)
    throw malformed(file, { line: extra.line, column: 1 }, `${file} holds more than two documents`, 'a third document')
  const [first, second] = parts.map((part) => readDocument(part, file))
  if (first === undefined) throw malformed(file, { line: 1, column: 1 }, `${file} is empty`, 'nothing')
  return second === undefined ? [first] : [first, second]
}

interface Part {
  readonly text: string
  /** The line of the file that it begins on. */
  readonly line: number
}

function splitDocuments(text: string): readonly Part[] {
  const parts: Part[] = []
  let [start, line] = [0, 1]
  for (const mark of text.matchAll(/^---\r?$/gmu)) {
    const part = { text: text.slice(start, mark.index), line }
    if (part.text.trim() !== '') parts.push(part)
    start = mark.index + mark[0].length
    line += countLines(part.text)
  }
  const last = { text: text.slice(start), line }
  return last.text.trim() === '' ? parts : [...parts, last]
}

function countLines(text: string): number {
  let count = 0
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) count += 1
  return count
}

function readDocument({ text, line }: Part, file: string): PnpmDocument {
  const document = parse(text, line)
  if ('problem' in document) {
    const isConflict = /^(?:<{7}|={7}|>{7})/mu.test(text)
    const { problem, ...place } = document
    throw malformed(
      file,
      place,
      `${file} is not what pnpm writes: ${problem}`,
      problem,
      isConflict ? 'resolve the merge conflict with pnpm install' : REWRITE,
    )
  }
  const root = document.value
  if (!isJsonObject(root)) throw malformed(file, document.locate([]), `${file} is not an object`, describe(root))
  const version = root['lockfileVersion']
  const place = document.locate(['lockfileVersion'])
  if (typeof version === 'string' && FORMATS.includes(version)) {
    const format = version as PnpmFormat
    assertShape(file, document, root, format)
    return { document, root, format }
  }
  const found = version === undefined ? 'no lockfileVersion' : `lockfileVersion ${describe(version)}`
  throw new BonafideError('BONAFIDE_LOCKFILE_UNSUPPORTED', `${file} has ${found}`, {
    path: file,
    ...place,
    found,
    wanted: WANTED,
    hint: 'let pnpm 8 or later write the lockfile anew',
  })
}

function parse(text: string, line: number): JsonDocument | JsonSyntaxError {
  if (!text.trimStart().startsWith('{')) return parseYaml(text, line)
  const shift = ({ line: below, column }: JsonPosition): JsonPosition => ({ line: line + below - 1, column })
  const document = parseJson(text, { trailingCommas: true })
  if ('problem' in document) return { ...document, ...shift(document) }
  return {
    value: document.value,
    duplicates: document.duplicates.map((duplicate) => ({ ...duplicate, ...shift(duplicate) })),
    locate: (path) => shift(document.locate(path)),
  }
}

const OBJECTS = new Set(['settings', 'importers', 'packages', 'snapshots', 'projects', 'overrides', 'catalogs'])
const SHARED = ['lockfileVersion', 'settings', 'packages', 'time']
const BEFORE_13 = [
  'catalogs',
  'overrides',
  'packageExtensionsChecksum',
  'pnpmfileChecksum',
  'ignoredOptionalDependencies',
  'patchedDependencies',
  'importers',
  'neverBuiltDependencies',
  'onlyBuiltDependencies',
]
const OWN_KEYS: Readonly<Record<PnpmFormat, readonly string[]>> = {
  '6.0': [...BEFORE_13, 'dependencies', 'devDependencies', 'optionalDependencies', 'dependenciesMeta'],
  '6.1': [...BEFORE_13, 'dependencies', 'devDependencies', 'optionalDependencies', 'dependenciesMeta'],
  '9.0': [...BEFORE_13, 'snapshots'],
  '13.0': ['projects'],
}

// pnpm goes by what it finds and not by the version: a key of another format would be a second tree for it to read.
function assertShape(file: string, document: JsonDocument, root: JsonObject, format: PnpmFormat): void {
  const known = new Set([...SHARED, ...OWN_KEYS[format]])
  for (const [key, value] of Object.entries(root)) {
    const place = document.locate([key])
    if (!known.has(key)) throw malformed(file, place, `${file} of version ${format} has an unknown key`, describe(key))
    if (OBJECTS.has(key) && value !== null && !isJsonObject(value))
      throw malformed(file, place, `${file} has ${key} of a wrong type`, describe(value))
  }
}

/** The file has not the shape of a pnpm lockfile. */
export function malformed(
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

/** The object at a path of a document; an empty one where there is none. */
export function objectAt(root: JsonObject, path: JsonPath): JsonObject {
  let value: JsonObject = root
  for (const step of path) {
    const next = value[String(step)]
    if (!isJsonObject(next)) return Object.create(null) as JsonObject
    value = next
  }
  return value
}
