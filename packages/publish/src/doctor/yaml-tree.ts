// SPDX-License-Identifier: Apache-2.0
import { LineCounter, isAlias, isMap, isPair, isScalar, isSeq, parseDocument } from 'yaml'
import type { Document, Node } from 'yaml'

/** A YAML document with the line of every part; aliases stand for what they name. */
export type Tree =
  | { readonly kind: 'map'; readonly line: number; readonly entries: ReadonlyMap<string, TreeEntry> }
  | { readonly kind: 'list'; readonly line: number; readonly items: readonly Tree[] }
  /** `line` is that of the first character of the text, below the `|` of a block. */
  | { readonly kind: 'scalar'; readonly line: number; readonly text: string }

/** The value of a key, and the line on which the key stands. */
export interface TreeEntry {
  readonly line: number
  readonly value: Tree
}

/** A document, or the line and reason why there is none. */
export type ReadTree =
  | { readonly ok: true; readonly tree: Tree }
  | { readonly ok: false; readonly line: number | null; readonly reason: string }

// Parts of a document: more than any CI file has, fewer than aliases upon aliases make (billion laughs).
const MOST_PARTS = 100_000

/** Reads YAML with its places. Anything that a parser stumbles over makes it unreadable as a whole: half a file says nothing. */
export function readTree(text: string): ReadTree {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true, logLevel: 'silent' })
  const [error] = document.errors
  if (error !== undefined)
    return { ok: false, line: lines.linePos(error.pos[0]).line, reason: firstLine(error.message) }
  const builder = new Builder(document, lines)
  try {
    return { ok: true, tree: builder.build(document.contents) }
  } catch (error_) {
    if (error_ instanceof RangeError) return { ok: false, line: null, reason: error_.message }
    throw error_
  }
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? ''
}

class Builder {
  readonly #document: Document
  readonly #lines: LineCounter
  #parts = 0

  constructor(document: Document, lines: LineCounter) {
    this.#document = document
    this.#lines = lines
  }

  build(node: unknown): Tree {
    this.#parts += 1
    if (this.#parts > MOST_PARTS) throw new RangeError('more parts than a file of a CI system has')
    if (isAlias(node)) {
      const target = node.resolve(this.#document)
      if (target === undefined) throw new RangeError(`an alias that names nothing: ${node.source}`)
      return this.build(target)
    }
    if (isMap(node)) return { kind: 'map', line: this.#lineOf(node), entries: this.#entriesOf(node.items) }
    if (isSeq(node))
      return { kind: 'list', line: this.#lineOf(node), items: node.items.map((item) => this.build(item)) }
    if (isScalar(node)) {
      const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED'
      return { kind: 'scalar', line: this.#lineOf(node) + (isBlock ? 1 : 0), text: scalarText(node.value, node.source) }
    }
    return { kind: 'scalar', line: 1, text: '' }
  }

  #entriesOf(items: readonly unknown[]): ReadonlyMap<string, TreeEntry> {
    const entries = new Map<string, TreeEntry>()
    for (const pair of items) {
      if (!isPair(pair)) continue
      const key = isScalar(pair.key) ? scalarText(pair.key.value, pair.key.source) : ''
      const value = this.build(pair.value)
      if (key === '<<') {
        // What the map says itself wins over what is merged into it.
        for (const [name, entry] of mergedEntries(value)) if (!entries.has(name)) entries.set(name, entry)
      } else entries.set(key, { line: this.#lineOf(pair.key), value })
    }
    return entries
  }

  #lineOf(node: unknown): number {
    const range = (node as Node | null)?.range
    return range === null || range === undefined ? 1 : this.#lines.linePos(range[0]).line
  }
}

function mergedEntries(value: Tree): readonly (readonly [string, TreeEntry])[] {
  if (value.kind === 'map') return [...value.entries]
  return value.kind === 'list' ? value.items.flatMap(mergedEntries) : []
}

function scalarText(value: unknown, source: string | undefined): string {
  if (typeof value === 'string') return value
  return value === null || value === undefined ? '' : (source ?? '')
}

/** The value of a key of a map; null where there is none. */
export function valueAt(tree: Tree | null, ...path: readonly string[]): Tree | null {
  return path.reduce<Tree | null>((at, key) => entryAt(at, key)?.value ?? null, tree)
}

/** The entry of a key of a map; null where there is none. */
export function entryAt(tree: Tree | null, key: string): TreeEntry | null {
  return tree?.kind === 'map' ? (tree.entries.get(key) ?? null) : null
}

/** The entries of a map; none of anything else. */
export function entriesOf(tree: Tree | null): readonly (readonly [string, TreeEntry])[] {
  return tree?.kind === 'map' ? [...tree.entries] : []
}

/** The parts of a list, or the one thing that stands in the place of a list. */
export function itemsOf(tree: Tree | null): readonly Tree[] {
  if (tree === null) return []
  return tree.kind === 'list' ? tree.items : [tree]
}

/** The text of a scalar; null of anything else. */
export function textOf(tree: Tree | null): string | null {
  return tree?.kind === 'scalar' ? tree.text : null
}

/** Every scalar below, with its line. */
export function scalarsOf(tree: Tree | null): readonly { readonly line: number; readonly text: string }[] {
  if (tree === null) return []
  if (tree.kind === 'scalar') return [tree]
  return tree.kind === 'list'
    ? tree.items.flatMap(scalarsOf)
    : [...tree.entries.values()].flatMap(({ value }) => scalarsOf(value))
}

/** The texts of a map by their keys, each with its line. */
export function textsOf(tree: Tree | null): ReadonlyMap<string, { readonly line: number; readonly text: string }> {
  return new Map(
    entriesOf(tree).flatMap(([key, { value }]) => (value.kind === 'scalar' ? [[key, value] as const] : [])),
  )
}
