// SPDX-License-Identifier: Apache-2.0
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import { malformed } from './text-file.ts'

/** One value of a YAML file, with the keys that lead to it. */
export interface YamlEntry {
  readonly path: readonly string[]
  readonly value: string
  readonly line: number
}

// Aliases that lead to aliases would make a small file a large one.
const DEEPEST = 20
const MOST = 20_000

/**
 * Reads the values of a YAML file, each with its line; of a key that stands twice, the last. The elements of a list have their number for a key.
 *
 * @throws BonafideError `BONAFIDE_CREDENTIALS_MALFORMED`
 */
export function readYaml(path: string, text: string, schema: 'failsafe' | 'core'): readonly YamlEntry[] {
  const counter = new LineCounter()
  const options = {
    lineCounter: counter,
    uniqueKeys: false,
    logLevel: 'silent',
    prettyErrors: false,
    schema,
    merge: false,
  } as const
  const document = parseDocument(text, options)
  const [error] = document.errors
  if (error !== undefined) throw malformed(path, counter.linePos(error.pos[0]).line, 'YAML')
  const entries = new Map<string, YamlEntry>()
  const walk = (node: unknown, keys: readonly string[]): void => {
    const value = isAlias(node) ? node.resolve(document) : node
    if (keys.length > DEEPEST || entries.size > MOST) throw malformed(path, null, 'fewer and simpler settings')
    if (isMap(value)) {
      // The last of two equal keys replaces all below the first.
      const last = new Map(value.items.map((pair) => [keyOf(pair.key), pair]))
      for (const [key, pair] of last) walk(pair.value, [...keys, key])
    } else if (isSeq(value)) for (const [index, item] of value.items.entries()) walk(item, [...keys, String(index)])
    else if (isScalar(value)) {
      const { value: plain } = value
      if (typeof plain !== 'string' && typeof plain !== 'number' && typeof plain !== 'boolean') return
      const line = counter.linePos(value.range?.[0] ?? 0).line
      entries.set(JSON.stringify(keys), { path: keys, value: String(plain), line })
    }
  }
  if (document.contents !== null) walk(document.contents, [])
  return [...entries.values()]
}

function keyOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : ''
}
