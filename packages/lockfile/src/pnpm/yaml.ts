// SPDX-License-Identifier: Apache-2.0
import type { DuplicateKey, Json, JsonDocument, JsonObject, JsonPosition, JsonSyntaxError } from '@bonafide/core'
import { readFlow, readQuoted, readScalar, trimSpaces, YamlProblem } from './yaml-scalar.ts'

/** One line with something on it. Nested nodes that begin on their parent's line (`- a: 1`) get a line of their own. */
interface Line {
  readonly indent: number
  readonly text: string
  /** Counted from 1. */
  readonly line: number
  /** Where it stands among all lines, to read a block text from. */
  readonly index: number
  /** Its key, once somebody has looked for it. */
  split?: { readonly found: Split | null }
}

interface Split {
  readonly key: string
  readonly rest: string
}

const MAX_DEPTH = 64

// What YAML does not allow unescaped, and what some parsers take for the end of a line and others do not: behind a carriage return in a
// comment a package would stand that pnpm sees and we do not.
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const FORBIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/u

/**
 * Reads one YAML document, in the small part of the language that package managers write, and refuses the rest: anchors, aliases, tags,
 * merge keys, directives, comments behind a value, scalars and flow collections over several lines. What is read here every parser of
 * YAML 1.1 or 1.2 reads alike. Never throws.
 *
 * Texts that some parser takes for a number, a date or the like are no texts (null, or the number), and neither are block texts (`|`,
 * `>`): lockfiles hold nothing but messages in them.
 *
 * @param firstLine - the line of the file that the document begins on
 * @param options - `comments`: comments may stand behind values, as people write them
 */
export function parseYaml(
  text: string,
  firstLine = 1,
  options: { readonly comments?: boolean } = {},
): JsonDocument | JsonSyntaxError {
  try {
    return new Parser(text, firstLine, options.comments ?? false).document()
  } catch (error) {
    if (error instanceof YamlProblem) return { problem: error.message, ...error.place }
    throw error
  }
}

class Parser {
  readonly #raw: readonly string[]
  readonly #lines: Line[] = []
  readonly #places = new Map<Json, Map<string, JsonPosition>>()
  readonly #duplicates: DuplicateKey[] = []
  readonly #path: string[] = []
  readonly #firstLine: number
  #next = 0

  constructor(text: string, firstLine: number, comments: boolean) {
    this.#firstLine = firstLine
    this.#raw = text.split(/\r\n|\n/u)
    for (const [index, raw] of this.#raw.entries()) {
      const content = trimSpaces(comments ? withoutComment(raw) : raw)
      const line = firstLine + index
      const at = FORBIDDEN.exec(content)
      if (at !== null) throw new YamlProblem('a control character', { line, column: at.index + 1 })
      const start = content.search(/[^ ]/u)
      if (start === -1 || content[start] === '#') continue
      this.#lines.push({ indent: start, text: content.slice(start), line, index })
    }
  }

  document(): JsonDocument {
    const start = { line: this.#lines[0]?.line ?? this.#firstLine, column: 1 }
    const value = this.#lines.length === 0 ? null : this.#node(-1)
    const left = this.#peek()
    if (left !== undefined) throw this.#problem(left, 'a line that belongs to nothing above it')
    return {
      value,
      duplicates: this.#duplicates,
      locate: (path) => {
        let [place, container]: [JsonPosition, Json | undefined] = [start, value]
        for (const step of path) {
          const next = container === undefined ? undefined : this.#places.get(container)?.get(String(step))
          if (next === undefined) break
          place = next
          container = (container as JsonObject)[step]
        }
        return place
      },
    }
  }

  #peek(): Line | undefined {
    return this.#lines[this.#next]
  }

  /** The block that stands below a parent; null where there is none. */
  #node(parent: number): Json {
    const first = this.#peek()
    if (first === undefined || first.indent <= parent) return null
    if (this.#path.length > MAX_DEPTH) throw this.#problem(first, `nested deeper than ${MAX_DEPTH} levels`)
    if (isItem(first.text)) return this.#sequence(first.indent)
    if (first.text.startsWith('? ') || splitKey(first) !== null) return this.#mapping(first.indent)
    // a document or item that is but one value
    this.#next += 1
    return this.#inline(first, first.text)
  }

  #sequence(indent: number): Json {
    const items: Json[] = []
    for (let line = this.#peek(); line?.indent === indent; line = this.#peek()) {
      if (!isItem(line.text)) throw this.#problem(line, 'a key among list items')
      this.#path.push(String(items.length))
      items.push(this.#below(line, 1, indent))
      this.#path.pop()
    }
    this.#assertEnded(indent)
    return items
  }

  #mapping(indent: number): Json {
    const object = Object.create(null) as Record<string, Json>
    const places = new Map<string, JsonPosition>()
    for (let line = this.#peek(); line?.indent === indent; line = this.#peek()) {
      if (isItem(line.text)) throw this.#problem(line, 'a list item among keys')
      const key = line.text.startsWith('? ') ? this.#longKey(line) : this.#key(line)
      const place = { line: line.line, column: line.indent + 1 }
      this.#path.push(key)
      // what one reader takes from the first of two keys, another takes from the last
      if (places.has(key)) this.#duplicates.push({ path: [...this.#path], ...place })
      places.set(key, place)
      object[key] = this.#value(line)
      this.#path.pop()
    }
    this.#assertEnded(indent)
    this.#places.set(object, places)
    return object
  }

  // Keys beyond 1024 characters stand behind a question mark, and their value behind a colon on the next line.
  #longKey(line: Line): string {
    const text = line.text.slice(2).replace(/^ +/u, '')
    const quoted = readQuoted(text, line)
    if (quoted !== null && quoted.rest !== '') throw this.#problem(line, 'more behind a key')
    this.#next += 1
    const colon = this.#peek()
    if (colon?.indent !== line.indent || !(colon.text === ':' || colon.text.startsWith(': ')))
      throw this.#problem(line, 'a key without a value')
    return keyOf(quoted === null ? text : quoted.text, line, quoted !== null)
  }

  #key(line: Line): string {
    const split = splitKey(line)
    if (split === null) throw this.#problem(line, 'a key with a colon expected')
    return split.key
  }

  #value(line: Line): Json {
    const current = this.#peek()
    // behind a long key
    if (current !== undefined && current !== line) return this.#below(current, 1, line.indent)
    this.#next += 1
    const rest = splitKey(line)?.rest ?? ''
    return rest === '' ? this.#node(line.indent) : this.#inline(line, rest)
  }

  /** What follows `- ` or `: `: a value, or a block that begins on the same line. */
  #below(line: Line, marker: number, indent: number): Json {
    const rest = line.text.slice(marker).replace(/^ +/u, '')
    if (rest === '') {
      this.#next += 1
      return this.#node(indent)
    }
    const inner: Line = {
      line: line.line,
      index: line.index,
      text: rest,
      indent: indent + (line.text.length - rest.length),
    }
    if (isItem(rest) || splitKey(inner) !== null) {
      this.#lines[this.#next] = inner
      return this.#node(indent)
    }
    this.#next += 1
    return this.#inline(line, rest)
  }

  /** A value on the rest of a line. */
  #inline(line: Line, rest: string): Json {
    if (/^[|>][-+]?$/u.test(rest)) return this.#blockText(line)
    const value = /^[[{]/u.test(rest) ? readFlow(rest, line) : readScalar(rest, line)
    const next = this.#peek()
    if (next !== undefined && next.indent > line.indent) throw this.#problem(next, 'a value over several lines')
    return value
  }

  // All lines that stand deeper than the key, whatever is on them.
  #blockText(line: Line): null {
    let index = line.index + 1
    for (; index < this.#raw.length; index += 1) {
      const raw = this.#raw[index] ?? ''
      const start = raw.search(/[^ ]/u)
      if (start !== -1 && start <= line.indent) break
    }
    while ((this.#peek()?.index ?? index) < index) this.#next += 1
    return null
  }

  #assertEnded(indent: number): void {
    const line = this.#peek()
    if (line !== undefined && line.indent > indent) throw this.#problem(line, 'a line indented unlike those above it')
  }

  #problem({ line, indent }: Line, message: string): YamlProblem {
    return new YamlProblem(message, { line, column: indent + 1 })
  }
}

/** A line without the comment behind its value; a mark within quotes is none. */
function withoutComment(raw: string): string {
  let quote: string | null = null
  for (let at = 0; at < raw.length; at += 1) {
    const mark = raw[at] ?? ''
    if (quote !== null) quote = mark === quote ? null : quote
    else if ((mark === "'" || mark === '"') && /[\s:,[{-]/u.test(raw[at - 1] ?? ' ')) quote = mark
    else if (mark === '#' && raw[at - 1] === ' ') return raw.slice(0, at)
  }
  return raw
}

function isItem(text: string): boolean {
  return text === '-' || text.startsWith('- ')
}

/** The key of a line and what stands behind its colon; null where the line has none. */
function splitKey(line: Line): Split | null {
  return (line.split ??= { found: findKey(line) }).found
}

function findKey(line: Line): Split | null {
  const { text } = line
  const quoted = readQuoted(text, line)
  if (quoted !== null) {
    if (quoted.rest !== ':' && !quoted.rest.startsWith(': ')) return null
    return { key: keyOf(quoted.text, line, true), rest: quoted.rest.slice(1).replace(/^ +/u, '') }
  }
  if (/^[[{]/u.test(text)) return null
  const colon = text.indexOf(': ')
  const end = colon === -1 ? (text.endsWith(':') ? text.length - 1 : -1) : colon
  return end === -1
    ? null
    : { key: keyOf(text.slice(0, end), line, false), rest: text.slice(end + 1).replace(/^ +/u, '') }
}

function keyOf(text: string, line: Line, isQuoted: boolean): string {
  const place = { line: line.line, column: line.indent + 1 }
  // keys that are merged in from elsewhere
  if (text === '<<') throw new YamlProblem('a merge key', place)
  if (!isQuoted) readScalar(text, line)
  return text
}
