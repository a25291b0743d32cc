// SPDX-License-Identifier: Apache-2.0

/** A JSON value whose objects have no prototype, so that an outside key such as `constructor` is just a key. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
/** An object of {@link Json}. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** Where a value or key stands: line and column counted from 1. */
export interface JsonPosition {
  readonly line: number
  readonly column: number
}

/** A path from the root: keys and array indexes. */
export type JsonPath = readonly (string | number)[]

/** A key that an object holds twice; parsers differ on which one they see. */
export interface DuplicateKey extends JsonPosition {
  readonly path: JsonPath
}

/** Why a text is not JSON: a few lower-case words that complete "not JSON: ...". */
export interface JsonSyntaxError extends JsonPosition {
  readonly problem: string
}

/** A parsed text with the places of its keys. */
export interface JsonDocument {
  readonly value: Json
  readonly duplicates: readonly DuplicateKey[]
  /** The place of the key (or array element) at a path; the place of the nearest parent where the path does not exist. */
  locate(path: JsonPath): JsonPosition
}

/** The deepest nesting that {@link parseJson} reads (RFC 8259, section 9 allows a limit): a text of brackets shall not end the process. */
export const MAX_JSON_DEPTH = 512

/** What may be read beyond strict JSON. */
export interface JsonOptions {
  /** A comma before a closing brace or bracket, as some lockfiles have it. */
  readonly trailingCommas?: boolean
}

/**
 * Parses strict JSON (RFC 8259: no comments, no trailing commas unless asked for), keeping the place of every key and reporting duplicate keys.
 * Of two equal keys the last value stands, as `JSON.parse` has it. Returns the first syntax error instead where there is one.
 *
 * It accepts what `JSON.parse` accepts, save one leading byte order mark, which is skipped, and nesting beyond {@link MAX_JSON_DEPTH},
 * which is an error. Never throws.
 */
export function parseJson(text: string, options: JsonOptions = {}): JsonDocument | JsonSyntaxError {
  const parser = new Parser(text, options.trailingCommas ?? false)
  try {
    const value = parser.document()
    const duplicates = parser.duplicates.map(({ path, offset }) => ({ path, ...parser.position(offset) }))
    return { value, duplicates, locate: (path) => parser.position(parser.locate(path)) }
  } catch (error) {
    if (error instanceof SyntaxProblem) return { problem: error.message, ...parser.position(error.offset) }
    throw error
  }
}

/** Tells an object from the other JSON values. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

class SyntaxProblem extends Error {
  readonly offset: number
  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const LITERALS: readonly (readonly [string, Json])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]
const [TAB, LINE_FEED, RETURN, SPACE, QUOTE, COMMA, COLON] = [0x09, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x3a] as const
const [OPEN_BRACKET, BACKSLASH, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5c, 0x5d, 0x7b, 0x7d] as const

/**
 * One pass over the text. Written by hand since a lockfile of 1 MB has to cost a few tens of milliseconds, places and duplicates included.
 *
 * Each value is a numbered node, the root is 0. Its key and offset, and the numbers of its first child and next sibling, stand in flat
 * arrays: a collection for each object would cost more than the parsing. An index by key is made for a container when somebody asks.
 */
class Parser {
  readonly duplicates: { path: JsonPath; offset: number }[] = []
  readonly #text: string
  readonly #trailingCommas: boolean
  readonly #path: (string | number)[] = []
  readonly #keys: (string | number)[] = ['']
  readonly #offsets: number[] = [0]
  readonly #firstChild: number[] = [0]
  readonly #nextSibling: number[] = [0]
  readonly #index = new Map<number, Map<string | number, number>>()
  #at: number
  #lineStarts: number[] | undefined

  constructor(text: string, trailingCommas: boolean) {
    this.#text = text
    this.#trailingCommas = trailingCommas
    this.#at = text.charCodeAt(0) === 0xfe_ff ? 1 : 0
  }

  document(): Json {
    this.#space()
    this.#offsets[0] = this.#at
    const value = this.#value(0)
    this.#space()
    if (this.#at < this.#text.length) throw this.#problem('end of file expected')
    return value
  }

  /** The offset of the member at a path, or of its nearest parent. */
  locate(path: JsonPath): number {
    let node = 0
    for (const step of path) {
      const child = this.#childrenOf(node).get(step)
      if (child === undefined) break
      node = child
    }
    return this.#offsets[node] ?? 0
  }

  #childrenOf(node: number): ReadonlyMap<string | number, number> {
    const known = this.#index.get(node)
    if (known !== undefined) return known
    const children = new Map<string | number, number>()
    // number 0 is the root and nobody's child: it ends the list
    for (let child = this.#firstChild[node] ?? 0; child !== 0; child = this.#nextSibling[child] ?? 0) {
      children.set(this.#keys[child] ?? '', child)
    }
    this.#index.set(node, children)
    return children
  }

  /** Numbers a new value, and hangs it behind its sibling (0: it is the first). */
  #add(parent: number, sibling: number, key: string | number, offset: number): number {
    const node = this.#keys.push(key) - 1
    this.#offsets.push(offset)
    this.#firstChild.push(0)
    this.#nextSibling.push(0)
    if (sibling === 0) this.#firstChild[parent] = node
    else this.#nextSibling[sibling] = node
    return node
  }

  /** Line and column of an offset; `\n`, `\r\n` and a lone `\r` each end one line. */
  position(offset: number): JsonPosition {
    this.#lineStarts ??= findLines(this.#text)
    const starts = this.#lineStarts
    let [low, high] = [0, starts.length]
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    const bom = low === 0 && this.#text.charCodeAt(0) === 0xfe_ff ? 1 : 0
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 - bom }
  }

  #value(node: number): Json {
    const code = this.#text.charCodeAt(this.#at)
    if (code === QUOTE) return this.#string()
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      // stack exhaustion by a text of brackets
      if (this.#path.length >= MAX_JSON_DEPTH) throw this.#problem(`nested deeper than ${MAX_JSON_DEPTH} levels`)
      this.#at += 1
      this.#path.push('')
      const container = code === OPEN_BRACE ? this.#object(node) : this.#array(node)
      this.#path.pop()
      return container
    }
    for (const [word, value] of LITERALS) {
      if (!this.#text.startsWith(word, this.#at)) continue
      this.#at += word.length
      return value
    }
    NUMBER.lastIndex = this.#at
    const digits = NUMBER.exec(this.#text)?.[0]
    if (digits === undefined) throw this.#problem('value expected')
    this.#at += digits.length
    return Number(digits)
  }

  #object(node: number): Json {
    const object = Object.create(null) as Record<string, Json>
    let last = 0
    this.#space()
    if (this.#take(CLOSE_BRACE)) return object
    for (;;) {
      const offset = this.#at
      if (this.#text.charCodeAt(offset) !== QUOTE) throw this.#problem('property name expected')
      const key = this.#string()
      this.#path[this.#path.length - 1] = key
      if (key in object) this.duplicates.push({ path: [...this.#path], offset })
      last = this.#add(node, last, key, offset)
      this.#space()
      if (!this.#take(COLON)) throw this.#problem('colon expected')
      this.#space()
      object[key] = this.#value(last)
      this.#space()
      if (this.#take(CLOSE_BRACE)) return object
      if (!this.#take(COMMA)) throw this.#problem('comma or closing brace expected')
      this.#space()
      if (this.#trailingCommas && this.#take(CLOSE_BRACE)) return object
    }
  }

  #array(node: number): Json {
    const array: Json[] = []
    let last = 0
    this.#space()
    if (this.#take(CLOSE_BRACKET)) return array
    for (;;) {
      this.#path[this.#path.length - 1] = array.length
      last = this.#add(node, last, array.length, this.#at)
      array.push(this.#value(last))
      this.#space()
      if (this.#take(CLOSE_BRACKET)) return array
      if (!this.#take(COMMA)) throw this.#problem('comma or closing bracket expected')
      this.#space()
      if (this.#trailingCommas && this.#take(CLOSE_BRACKET)) return array
    }
  }

  #string(): string {
    const start = this.#at
    let escaped = false
    for (let at = start + 1; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at)
      if (code === QUOTE) {
        this.#at = at + 1
        return escaped ? this.#unescape(start) : this.#text.slice(start + 1, at)
      }
      if (code < SPACE) throw new SyntaxProblem('control character in a string', at)
      if (code === BACKSLASH) {
        escaped = true
        at += 1
      }
    }
    throw new SyntaxProblem('string without an end', start)
  }

  #unescape(start: number): string {
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string
    } catch {
      throw new SyntaxProblem('invalid escape in a string', start)
    }
  }

  #take(code: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== code) return false
    this.#at += 1
    return true
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== SPACE && code !== LINE_FEED && code !== RETURN && code !== TAB) return
      this.#at += 1
    }
  }

  #problem(message: string): SyntaxProblem {
    return new SyntaxProblem(this.#at < this.#text.length ? message : `${message}, found the end of the file`, this.#at)
  }
}

/** The offsets at which lines begin. */
function findLines(text: string): number[] {
  const starts = [0]
  if (text.includes('\r')) {
    for (const end of text.matchAll(/\r\n?|\n/gu)) starts.push(end.index + end[0].length)
    return starts
  }
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) starts.push(end + 1)
  return starts
}
