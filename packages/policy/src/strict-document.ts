// SPDX-License-Identifier: Apache-2.0
import { BonafideError, isJsonObject, nearest, parseJson } from '@bonafide/core'
import type { ErrorCode, Json, JsonDocument, JsonObject, JsonPath, JsonPosition } from '@bonafide/core'

/** What stands in the wrong place, and what should. */
export interface Fault {
  readonly found: string
  readonly wanted: string
  readonly hint?: string
}

/**
 * A file of the user's repository, read without forgiveness: a key that is misspelt must not read as a rule that was left at its
 * default. Every error names file, line and column.
 */
export class StrictDocument {
  readonly root: Json
  readonly #file: string
  readonly #code: ErrorCode
  readonly #json: JsonDocument

  /** Throws the error of the given code where the text is no JSON, or holds a key twice. */
  constructor(text: string, file: string, code: ErrorCode) {
    this.#file = file
    this.#code = code
    const json = parseJson(text)
    if ('problem' in json) {
      const { problem, line, column } = json
      throw new BonafideError(code, `${file} is no JSON`, { path: file, line, column, found: problem, wanted: 'JSON' })
    }
    this.#json = json
    this.root = json.value
    // Two readers, two meanings: which of two equal keys counts differs between parsers.
    const [twice] = json.duplicates
    if (twice !== undefined) {
      const { line, column } = twice
      const detail = { path: file, line, column, found: `${label(twice.path)} twice`, wanted: 'each key once' }
      throw new BonafideError(code, `${file} holds a key twice`, { ...detail, hint: 'keep one of them' })
    }
  }

  /** The error for a value (or key) at a path. */
  error(path: JsonPath, fault: Fault): BonafideError {
    const place = path.length === 0 ? 'the whole file' : label(path)
    return new BonafideError(this.#code, `${this.#file} is not what it should be at ${place}`, {
      path: this.#file,
      ...this.#json.locate(path),
      ...fault,
    })
  }

  /** Where the key at a path stands. */
  locate(path: JsonPath): JsonPosition {
    return this.#json.locate(path)
  }

  /** Narrows a value to an object that holds all required keys, and no key beyond the required and the optional ones. */
  object(
    value: Json | undefined,
    path: JsonPath,
    required: readonly string[],
    optional: readonly string[],
  ): JsonObject {
    const object = this.map(value, path)
    const known = [...required, ...optional]
    for (const key of Object.keys(object)) {
      if (known.includes(key)) continue
      throw this.error([...path, key], { found: quote(key), wanted: oneOf(known), hint: nearestHint(key, known) })
    }
    for (const key of required) {
      if (!(key in object)) throw this.error(path, { found: `no ${quote(key)}`, wanted: quote(key) })
    }
    return object
  }

  /** Narrows a value to an object whose keys are names that the caller has yet to check. */
  map(value: Json | undefined, path: JsonPath): JsonObject {
    if (!isJsonObject(value)) throw this.error(path, { found: describe(value), wanted: 'an object' })
    return value
  }

  /** Narrows a value to one of a few words. */
  word<Word extends string>(value: Json | undefined, path: JsonPath, words: readonly Word[]): Word {
    const word = words.find((candidate) => candidate === value)
    if (word !== undefined) return word
    const hint = typeof value === 'string' ? { hint: nearestHint(value, words) } : {}
    throw this.error(path, { found: describe(value), wanted: oneOf(words), ...hint })
  }

  /** Narrows a value to a text that is not empty. */
  text(value: Json | undefined, path: JsonPath): string {
    if (typeof value === 'string' && value !== '') return value
    throw this.error(path, { found: describe(value), wanted: 'a text' })
  }

  /** Narrows a value to a list of texts, none of them empty and none of them twice. */
  texts(value: Json | undefined, path: JsonPath): readonly string[] {
    if (!Array.isArray(value)) throw this.error(path, { found: describe(value), wanted: 'a list of texts' })
    const seen = new Set<string>()
    for (const [index, element] of value.entries()) {
      const text = this.text(element, [...path, index])
      if (seen.has(text)) throw this.error([...path, index], { found: `${quote(text)} twice`, wanted: 'each once' })
      seen.add(text)
    }
    return [...seen]
  }
}

/** The hint for a word that nobody knows: the nearest known one, or all of them where none is near. */
export function nearestHint(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  return near === null ? `known are ${known.join(', ')}` : `did you mean ${quote(near)}?`
}

/** A value in a few words, for `found`. */
export function describe(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (isJsonObject(value)) return 'an object'
  return JSON.stringify(value)
}

/** A text between double quotes. */
export function quote(text: string): string {
  return JSON.stringify(text)
}

function oneOf(words: readonly string[]): string {
  return words.map((word) => quote(word)).join(' or ')
}

function label(path: JsonPath): string {
  return path.map((part) => (typeof part === 'number' ? `[${part}]` : part)).join('.')
}
