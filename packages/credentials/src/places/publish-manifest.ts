// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { LineCounter, isMap, isScalar, parseDocument } from 'yaml'
import type { Place } from '@bonafide/core'
import { malformed, readTextFile } from './text-file.ts'

/** What the `package.json` of a folder says about its publishing. */
export interface PublishManifest {
  readonly name: string | null
  /** `@scope`; null for a name without one. */
  readonly scope: string | null
  readonly publishConfig: ReadonlyMap<string, unknown>
  /** Where a key of `publishConfig` stands. */
  readonly placeOf: (key: string) => Place
}

/**
 * Reads the `package.json` of a folder; where there is none, nothing is named.
 *
 * @param named - the package, where it is another one than the file says
 * @throws BonafideError `BONAFIDE_CREDENTIALS_UNREADABLE`, `BONAFIDE_CREDENTIALS_MALFORMED`
 */
export async function readPublishManifest(cwd: string, named: string | null): Promise<PublishManifest> {
  const path = join(cwd, 'package.json')
  const text = (await readTextFile(path)) ?? '{}'
  const manifest = parseObject(path, text)
  const { publishConfig } = manifest
  const name = named ?? manifest['name']
  const lines = linesOfPublishConfig(text)
  const scope = typeof name === 'string' ? /^(?<scope>@[^/]+)\//u.exec(name)?.groups?.['scope'] : undefined
  return {
    name: typeof name === 'string' && name !== '' ? name : null,
    scope: scope ?? null,
    publishConfig: new Map(isObject(publishConfig) ? Object.entries(publishConfig) : []),
    placeOf: (key) => ({ kind: 'file', path, line: lines.get(key) ?? null }),
  }
}

function parseObject(path: string, text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = null
  }
  if (isObject(value)) return value
  throw malformed(path, null, 'an object of JSON')
}

// JSON is YAML, and its reader keeps the places.
function linesOfPublishConfig(text: string): ReadonlyMap<string, number> {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: false, logLevel: 'silent' })
  const top = isMap(document.contents) ? document.contents.items : []
  const lines = new Map<string, number>()
  for (const { key, value } of top) {
    if (!isScalar(key) || key.value !== 'publishConfig' || !isMap(value)) continue
    for (const one of value.items) {
      if (isScalar(one.key) && one.key.range) lines.set(String(one.key.value), counter.linePos(one.key.range[0]).line)
    }
  }
  return lines
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
