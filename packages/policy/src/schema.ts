// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject, JsonPath } from '@bonafide/core'
import { describe, nearestHint, quote } from './strict-document.ts'
import type { StrictDocument } from './strict-document.ts'

/**
 * The form of a value, said once: it reads the value, gives editors their JSON Schema, gives the documentation its table, and its type
 * is that of what was read.
 *
 * Written by hand because a library's records forget keys such as `constructor` without a word, and know no line (docs/decisions/0014).
 */
export interface Schema<T> {
  /** Narrows a value that stands at a path; throws the document's error where it is another. */
  readonly read: (document: StrictDocument, value: Json | undefined, path: JsonPath) => T
  /** The same as JSON Schema; adds what it refers to. */
  readonly json: (definitions: Map<string, JsonObject>) => JsonObject
  /** What belongs there, in a few words of Markdown. */
  readonly says: string
  /** The keys below it. */
  readonly rows: readonly KeyRow[]
}

/** A key of a file, as a table tells it. */
export interface KeyRow {
  /** From the root, with dots; a name that the user chooses stands in angle brackets. */
  readonly key: string
  readonly says: string
  readonly isRequired: boolean
  readonly about: string
}

/** A key of an object: its form, and what it is for. */
export interface Field<T> {
  readonly schema: Schema<T>
  readonly isRequired: boolean
  readonly about: string
}

type FieldsOf<Fields> = { readonly [Key in keyof Fields]: Fields[Key] extends Field<infer T> ? T : never }

/** A key that has to be there. */
export function required<T>(schema: Schema<T>, about: string): Field<T> {
  return { schema, isRequired: true, about }
}

/** A key that may be left out, and is undefined then. */
export function optional<T>(schema: Schema<T>, about: string): Field<T | undefined> {
  const read: Schema<T | undefined>['read'] = (document, value, path) =>
    value === undefined ? undefined : schema.read(document, value, path)
  return { schema: { ...schema, read }, isRequired: false, about }
}

/** An object with these keys and no others; `json` says in JSON Schema what holds between them. */
export function object<Fields extends Readonly<Record<string, Field<unknown>>>>(
  fields: Fields,
  json: JsonObject = {},
): Schema<FieldsOf<Fields>> {
  const entries = Object.entries<Field<unknown>>(fields)
  const names = (isRequired: boolean): readonly string[] =>
    entries.filter(([, field]) => field.isRequired === isRequired).map(([name]) => name)
  return {
    read(document, value, path) {
      const found = document.object(value, path, names(true), names(false))
      const read = entries.map(([name, { schema }]) => [name, schema.read(document, found[name], [...path, name])])
      return Object.fromEntries(read) as FieldsOf<Fields>
    },
    json: (definitions) => ({
      type: 'object',
      ...(names(true).length === 0 ? {} : { required: names(true) }),
      additionalProperties: false,
      properties: Object.fromEntries(
        entries.map(([name, { schema, about }]) => [name, { description: about, ...schema.json(definitions) }]),
      ),
      ...json,
    }),
    says: 'an object',
    rows: entries.flatMap(([key, { schema, isRequired, about }]) => [
      { key, says: schema.says, isRequired, about },
      ...below(key, schema.rows),
    ]),
  }
}

/** An object whose keys are some of a closed list of words, each with a form of its own; `noun` is what such a word is. */
export function choices<Key extends string, T>(
  keys: readonly Key[],
  noun: string,
  valueOf: (key: Key) => Schema<T>,
): Schema<ReadonlyMap<Key, T>> {
  return {
    read(document, value, path) {
      const read = new Map<Key, T>()
      for (const [name, found] of Object.entries(document.map(value, path))) {
        const place = [...path, name]
        const key = keys.find((candidate) => candidate === name)
        if (key === undefined)
          throw document.error(place, { found: quote(name), wanted: noun, hint: nearestHint(name, keys) })
        read.set(key, valueOf(key).read(document, found, place))
      }
      return read
    },
    json: (definitions) => ({
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(keys.map((key) => [key, valueOf(key).json(definitions)])),
    }),
    says: `an object, by ${noun.replace(/^an? /u, '')}`,
    rows: [],
  }
}

/** An object whose keys the user chooses, such as names of packages. */
export function record<T>(key: Schema<string>, value: Schema<T>, placeholder: string): Schema<ReadonlyMap<string, T>> {
  return {
    read(document, found, path) {
      const read = new Map<string, T>()
      for (const [name, element] of Object.entries(document.map(found, path))) {
        const place = [...path, name]
        read.set(key.read(document, name, place), value.read(document, element, place))
      }
      return read
    },
    json: (definitions) => ({
      type: 'object',
      propertyNames: key.json(definitions),
      additionalProperties: value.json(definitions),
    }),
    says: `an object, by ${key.says.replace(/^an? /u, '')}`,
    rows: below(placeholder, value.rows),
  }
}

/** A list; `of` is what it is a list of, in the plural. Where its elements are words, none stands there twice. */
export function list<T>(
  element: Schema<T>,
  { of, isFilled = false }: { readonly of: string; readonly isFilled?: boolean },
): Schema<readonly T[]> {
  return {
    read(document, value, path) {
      const wanted = `a list of ${of}`
      if (!Array.isArray(value)) throw document.error(path, { found: describe(value), wanted })
      if (isFilled && value.length === 0) throw document.error(path, { found: describe(value), wanted })
      const read: T[] = []
      for (const [index, found] of (value as readonly Json[]).entries()) {
        const place = [...path, index]
        const one = element.read(document, found, place)
        if (typeof one === 'string' && read.includes(one))
          throw document.error(place, { found: `${quote(one)} twice`, wanted: 'each once' })
        read.push(one)
      }
      return read
    },
    json: (definitions) => ({
      type: 'array',
      ...(isFilled ? { minItems: 1 } : {}),
      uniqueItems: true,
      items: element.json(definitions),
    }),
    says: `a list of ${of}`,
    rows: below('[]', element.rows),
  }
}

/** A text of a certain kind. Whatever the pattern or the check refuses comes with what was wanted, and the hint. */
export function text(form: {
  readonly wanted: string
  readonly hint?: string
  readonly pattern?: RegExp
  readonly maxLength?: number
  /** What a pattern cannot tell. */
  readonly isOne?: (text: string) => boolean
}): Schema<string> {
  const { wanted, hint, pattern, maxLength = Infinity, isOne } = form
  const isFitting = (read: string): boolean =>
    read !== '' && pattern?.test(read) !== false && Array.from(read).length <= maxLength && isOne?.(read) !== false
  return {
    read(document, value, path) {
      if (typeof value === 'string' && isFitting(value)) return value
      throw document.error(path, { found: describe(value), wanted, ...(hint === undefined ? {} : { hint }) })
    },
    json: () => ({
      type: 'string',
      minLength: 1,
      ...(maxLength === Infinity ? {} : { maxLength }),
      ...(pattern === undefined ? {} : { pattern: pattern.source.replaceAll('\\/', '/') }),
    }),
    says: wanted,
    rows: [],
  }
}

/** One of a few words. */
export function word<const Word extends string>(words: readonly Word[]): Schema<Word> {
  return {
    read: (document, value, path) => document.word(value, path, words),
    json: () => ({ enum: words }),
    says: words.map((one) => `\`${quote(one)}\``).join(', '),
    rows: [],
  }
}

/** A whole number between two others, both included. */
export function integer(from: number, to: number): Schema<number> {
  const wanted = `a whole number from ${from} to ${to}`
  return {
    read(document, value, path) {
      if (typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to) return value
      throw document.error(path, { found: describe(value), wanted })
    },
    json: () => ({ type: 'integer', minimum: from, maximum: to }),
    says: wanted,
    rows: [],
  }
}

/** `true` or `false`. */
export function flag(): Schema<boolean> {
  return {
    read(document, value, path) {
      if (typeof value === 'boolean') return value
      throw document.error(path, { found: describe(value), wanted: 'true or false' })
    },
    json: () => ({ type: 'boolean' }),
    says: '`true` or `false`',
    rows: [],
  }
}

/** The one value that may stand there. */
export function constant<Value extends string | number>(value: Value, hint: string): Schema<Value> {
  const wanted = JSON.stringify(value)
  return {
    read(document, found, path) {
      if (found === value) return value
      throw document.error(path, { found: describe(found), wanted, hint })
    },
    json: () => ({ const: value }),
    says: `\`${wanted}\``,
    rows: [],
  }
}

/** The same form under a name in `$defs`, for what stands in more than one place. */
export function named<T>(name: string, schema: Schema<T>): Schema<T> {
  return {
    ...schema,
    json(definitions) {
      if (!definitions.has(name)) definitions.set(name, schema.json(definitions))
      return { $ref: `#/$defs/${name}` }
    },
  }
}

/** The JSON Schema (2020-12) of a whole file. */
export function jsonSchema(title: string, description: string, schema: Schema<unknown>): JsonObject {
  const definitions = new Map<string, JsonObject>()
  const root = schema.json(definitions)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title,
    description,
    ...root,
    ...(definitions.size === 0 ? {} : { $defs: Object.fromEntries(definitions) }),
  }
}

function below(key: string, rows: readonly KeyRow[]): readonly KeyRow[] {
  return rows.map((row) => ({ ...row, key: row.key.startsWith('[]') ? `${key}${row.key}` : `${key}.${row.key}` }))
}
