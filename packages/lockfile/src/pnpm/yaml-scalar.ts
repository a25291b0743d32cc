// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonPosition } from '@bonafide/core'

/** What is not read, with its place. */
export class YamlProblem extends Error {
  readonly place: JsonPosition
  constructor(message: string, place: JsonPosition) {
    super(message)
    this.place = place
  }
}

/** Where a text stands: its line, and the column that it is told by. */
export interface YamlPlace {
  readonly line: number
  readonly indent: number
}

const MAX_FLOW_DEPTH = 32
const WORDS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['true', true],
  ['false', false],
])
// Null, booleans, numbers, dates and times of YAML 1.1 and 1.2, generously: what some parser takes for no text, nobody may take for one.
const NO_TEXT =
  /^(?:~|null|y|n|yes|no|on|off|true|false|[-+]?\.?(?:inf|nan)|[-+]?[\d_][\d_:]*(?:\.[\d_]*)?(?:e[-+]?\d*)?|[-+]?\.[\d_]+(?:e[-+]?\d*)?|[-+]?0[xob][\da-f_]*|\d{4}-\d\d?-\d\d?(?:[t\s].*)?|=)$/iu
const NUMBER = /^(?:0|[1-9]\d*)(?:\.\d+)?$/u
const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '0': '\0',
    a: '\u0007',
    b: '\b',
    t: '\t',
    n: '\n',
    v: '\v',
    f: '\f',
    r: '\r',
    e: '\u001b',
    ' ': ' ',
    '"': '"',
    '/': '/',
    '\\': '\\',
    N: '\u0085',
    _: '\u00a0',
    L: '\u2028',
    P: '\u2029',
  }),
)

/** A scalar that fills its text. */
export function readScalar(text: string, place: YamlPlace, isFlow = false): Json {
  const quoted = readQuoted(text, place)
  if (quoted !== null) {
    if (quoted.rest !== '') throw problem(place, 'more behind a quoted text')
    return quoted.text
  }
  return plain(text, place, isFlow)
}

function plain(text: string, place: YamlPlace, isFlow: boolean): Json {
  const [first = '', second = ' '] = text
  if (first === '&' || first === '*') throw problem(place, 'an anchor or alias')
  if (first === '!') throw problem(place, 'a tag')
  if (text === '' || /[[\]{}#|>%@`,'"\s]/u.test(first) || (/[-?:]/u.test(first) && second === ' '))
    throw problem(place, 'a value that needs quotes')
  if (text.includes(' #')) throw problem(place, 'a comment behind a value')
  if (text.includes(': ') || text.endsWith(':') || text.includes('\t'))
    throw problem(place, 'a value that needs quotes')
  if (isFlow && /[,[\]{}]/u.test(text)) throw problem(place, 'a value that needs quotes')
  const word = WORDS.get(text)
  if (word !== undefined) return word
  if (!NO_TEXT.test(text)) return text
  return NUMBER.test(text) ? Number(text) : null
}

/** A quoted text at the beginning, and what stands behind it. Null: it begins with no quotation mark. */
export function readQuoted(text: string, place: YamlPlace): { readonly text: string; readonly rest: string } | null {
  if (text.startsWith("'")) {
    const [whole = null] = /^'(?:[^']|'')*'/u.exec(text) ?? []
    if (whole === null) throw problem(place, 'a quoted text over several lines')
    return { text: whole.slice(1, -1).replaceAll("''", "'"), rest: text.slice(whole.length) }
  }
  if (!text.startsWith('"')) return null
  const [whole = null] = /^"(?:[^"\\]|\\.)*"/u.exec(text) ?? []
  if (whole === null) throw problem(place, 'a quoted text over several lines')
  return { text: withoutEscapes(whole.slice(1, -1), place), rest: text.slice(whole.length) }
}

function withoutEscapes(text: string, place: YamlPlace): string {
  return text.replaceAll(
    /\\(?:x([\dA-Fa-f]{2})|u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|(.))/gu,
    (_, x?: string, u?: string, long?: string, letter?: string) => {
      const digits = x ?? u ?? long
      const point = digits === undefined ? -1 : Number.parseInt(digits, 16)
      const known = digits === undefined ? ESCAPES.get(letter ?? '') : undefined
      if (known !== undefined) return known
      // half of a pair, which is no character
      if (point < 0 || point > 0x10_ff_ff || (point >= 0xd8_00 && point <= 0xdf_ff))
        throw problem(place, 'an unknown escape')
      return String.fromCodePoint(point)
    },
  )
}

/** A text without the spaces at its end, in one step for each: a regular expression would begin anew at every space. */
export function trimSpaces(text: string): string {
  let end = text.length
  while (text[end - 1] === ' ') end -= 1
  return text.slice(0, end)
}

/** A flow collection (`{a: 1}`, `[a, b]`) that fills its text. */
export function readFlow(text: string, place: YamlPlace): Json {
  const flow = new Flow(text, place)
  const value = flow.value(0)
  if (flow.rest !== '') throw problem(place, 'more behind a closing bracket')
  return value
}

class Flow {
  readonly #text: string
  readonly #place: YamlPlace
  #at = 0

  constructor(text: string, place: YamlPlace) {
    this.#text = text
    this.#place = place
  }

  get rest(): string {
    return this.#text.slice(this.#at)
  }

  value(depth: number): Json {
    if (depth > MAX_FLOW_DEPTH) throw problem(this.#place, `nested deeper than ${MAX_FLOW_DEPTH} levels`)
    if (this.#take('{')) return this.#object(depth)
    if (this.#take('[')) return this.#list(depth)
    return readScalar(this.#scalar(/[,[\]{}]/u), this.#place, true)
  }

  #object(depth: number): Json {
    const object = Object.create(null) as Record<string, Json>
    this.#space()
    if (this.#take('}')) return object
    do {
      this.#space()
      const key = readScalar(this.#scalar(/[,[\]{}]|: /u), this.#place, true)
      if (typeof key !== 'string' || key === '<<') throw problem(this.#place, 'a key that is no text')
      if (!this.#take(': ')) throw problem(this.#place, 'a key without a value')
      // the other key of two is what another reader sees
      if (key in object) throw problem(this.#place, 'a key twice')
      this.#space()
      object[key] = this.value(depth + 1)
      this.#space()
    } while (this.#take(','))
    if (!this.#take('}')) throw problem(this.#place, 'a bracket that is not closed on its line')
    return object
  }

  #list(depth: number): Json {
    const items: Json[] = []
    this.#space()
    if (this.#take(']')) return items
    do {
      this.#space()
      items.push(this.value(depth + 1))
      this.#space()
    } while (this.#take(','))
    if (!this.#take(']')) throw problem(this.#place, 'a bracket that is not closed on its line')
    return items
  }

  /** The text of the next scalar, quotation marks included: up to its closing one, or to the next mark. */
  #scalar(end: RegExp): string {
    const rest = this.rest
    const quoted = readQuoted(rest, this.#place)
    const found = rest.search(end)
    const length = quoted === null ? (found === -1 ? rest.length : found) : rest.length - quoted.rest.length
    this.#at += length
    return trimSpaces(rest.slice(0, length))
  }

  #take(mark: string): boolean {
    if (!this.#text.startsWith(mark, this.#at)) return false
    this.#at += mark.length
    return true
  }

  #space(): void {
    while (this.#text[this.#at] === ' ') this.#at += 1
  }
}

function problem({ line, indent }: YamlPlace, message: string): YamlProblem {
  return new YamlProblem(message, { line, column: indent + 1 })
}
