// SPDX-License-Identifier: Apache-2.0
import { visit, printParseErrorCode } from 'jsonc-parser'

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

/** Why a text is not JSON. */
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

/**
 * Parses strict JSON (RFC 8259: no comments, no trailing commas), keeping the place of every key and reporting duplicate keys.
 * Of two equal keys the last value stands, as `JSON.parse` has it. Returns the first syntax error instead where there is one.
 */
export function parseJson(text: string): JsonDocument | JsonSyntaxError {
  const body = text.charCodeAt(0) === 0xfe_ff ? text.slice(1) : text
  const places = new Map<string, JsonPosition>()
  const duplicates: DuplicateKey[] = []
  let problem: JsonSyntaxError | undefined
  let root: Json | undefined
  const stack: { container: Record<string, Json> | Json[]; key: string | undefined; path: JsonPath }[] = []

  const put = (value: Json, position: JsonPosition): void => {
    const top = stack.at(-1)
    if (top === undefined) {
      root = value
      places.set(pathKey([]), position)
    } else if (Array.isArray(top.container)) {
      places.set(pathKey([...top.path, top.container.length]), position)
      top.container.push(value)
    } else if (top.key !== undefined) {
      top.container[top.key] = value
    }
  }
  const pathOfNext = (): JsonPath => {
    const top = stack.at(-1)
    if (top === undefined) return []
    return [...top.path, Array.isArray(top.container) ? top.container.length : (top.key ?? '')]
  }

  visit(
    body,
    {
      onObjectBegin: (_offset, _length, line, column) => {
        const path = pathOfNext()
        const container = Object.create(null) as Record<string, Json>
        put(container, at(line, column))
        stack.push({ container, key: undefined, path })
      },
      onObjectProperty: (key, _offset, _length, line, column) => {
        const top = stack.at(-1)
        if (top === undefined || Array.isArray(top.container)) return
        const path = [...top.path, key]
        if (key in top.container) duplicates.push({ path, ...at(line, column) })
        top.key = key
        places.set(pathKey(path), at(line, column))
      },
      onObjectEnd: () => void stack.pop(),
      onArrayBegin: (_offset, _length, line, column) => {
        const path = pathOfNext()
        const container: Json[] = []
        put(container, at(line, column))
        stack.push({ container, key: undefined, path })
      },
      onArrayEnd: () => void stack.pop(),
      onLiteralValue: (value: Json, _offset, _length, line, column) => put(value, at(line, column)),
      onError: (error, _offset, _length, line, column) => {
        problem ??= { problem: printParseErrorCode(error), ...at(line, column) }
      },
    },
    { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false },
  )

  if (problem !== undefined) return problem
  if (root === undefined) return { problem: 'ValueExpected', line: 1, column: 1 }
  return {
    value: root,
    duplicates,
    locate: (path) => {
      for (let length = path.length; length >= 0; length -= 1) {
        const place = places.get(pathKey(path.slice(0, length)))
        if (place !== undefined) return place
      }
      return { line: 1, column: 1 }
    },
  }
}

/** Tells an object from the other JSON values. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function at(line: number, column: number): JsonPosition {
  return { line: line + 1, column: column + 1 }
}

function pathKey(path: JsonPath): string {
  return JSON.stringify(path)
}
