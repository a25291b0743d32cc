// SPDX-License-Identifier: Apache-2.0
import { parseTOML, getStaticTOMLValue } from 'toml-eslint-parser'
import type { AST } from 'toml-eslint-parser'
import { malformed, readTextFile } from './text-file.ts'

/** One value below `[install]` of a `bunfig.toml`. */
export interface BunfigEntry {
  /** Such as `['registry', 'token']`, `['scopes', '@acme']`. */
  readonly path: readonly string[]
  readonly value: string
  readonly line: number
}

/** A `bunfig.toml`, as far as registries go. */
export interface Bunfig {
  readonly path: string
  readonly entries: readonly BunfigEntry[]
}

/**
 * Reads a `bunfig.toml`; null where there is none.
 *
 * @throws BonafideError `BONAFIDE_CREDENTIALS_UNREADABLE`, `BONAFIDE_CREDENTIALS_MALFORMED`
 */
export async function readBunfig(path: string): Promise<Bunfig | null> {
  const text = await readTextFile(path)
  if (text === null) return null
  const program = parse(path, text)
  const entries = program.body[0].body.flatMap((node) => {
    if (node.type === 'TOMLKeyValue') return walk(node, [])
    const prefix = node.resolvedKey.map(String)
    return node.body.flatMap((one) => walk(one, prefix))
  })
  const install = entries.filter((one) => one.path[0] === 'install')
  return { path, entries: install.map((one) => ({ ...one, path: one.path.slice(1) })) }
}

function parse(path: string, text: string): AST.TOMLProgram {
  try {
    const program = parseTOML(text)
    // Keys that stand twice are found here only.
    getStaticTOMLValue(program)
    return program
  } catch (error) {
    const line = error instanceof Error && 'lineNumber' in error ? Number(error.lineNumber) : Number.NaN
    throw malformed(path, Number.isFinite(line) ? line : null, 'TOML')
  }
}

function walk(node: AST.TOMLKeyValue, prefix: readonly string[]): readonly BunfigEntry[] {
  const path = [...prefix, ...node.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value))]
  if (node.value.type === 'TOMLInlineTable') return node.value.body.flatMap((one) => walk(one, path))
  if (node.value.type !== 'TOMLValue' || node.value.kind !== 'string') return []
  return [{ path, value: node.value.value, line: node.loc.start.line }]
}
