// SPDX-License-Identifier: Apache-2.0

type Environment = Readonly<Record<string, string | undefined>>

// As npm's own reader has it: `${NAME}` and `${NAME?}`, unless an odd number of backslashes stands before it.
const VARIABLE = /(?<!\\)(?<escapes>\\*)\$\{(?<name>[^${}?]+)(?<optional>\?)?\}/gu

/** The first variable that a text names and nobody set, so that npm leaves the text as it is; null where there is none. */
export function missingVariable(text: string, env: Environment): string | null {
  for (const { groups } of text.matchAll(VARIABLE)) {
    const { escapes = '', name = '', optional } = groups ?? {}
    if (escapes.length % 2 === 0 && optional === undefined && env[name] === undefined) return name
  }
  return null
}
