// SPDX-License-Identifier: Apache-2.0
import { parse } from 'ini'

/** One `key=value` of an ini file that counts: the last of its name, outside of all sections. */
export interface IniEntry {
  /** As the parser reads it, without quotes; variables are not expanded. */
  readonly key: string
  readonly value: string
  readonly line: number
}

/**
 * Reads what npm reads of an `.npmrc`: with npm's own parser, in its order. What stands below a section's header is no setting of npm's.
 */
export function parseIni(text: string): readonly IniEntry[] {
  const values = parse(text)
  const lines = linesOfKeys(text)
  return Object.entries(values).flatMap(([key, value]) =>
    typeof value === 'object' && !Array.isArray(value)
      ? []
      : [{ key, value: String(value), line: lines.get(key) ?? 1 }],
  )
}

/** The line on which each key stands; the last where there are several. Each line is read alone, with the same parser. */
export function linesOfKeys(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>()
  for (const [index, line] of text.split(/\r\n|\r|\n/u).entries()) {
    if (/^\s*\[[^\]]*\]\s*$/u.test(line)) break
    for (const key of Object.keys(parse(line))) lines.set(key, index + 1)
  }
  return lines
}
