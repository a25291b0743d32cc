// SPDX-License-Identifier: Apache-2.0
import { BonafideError } from '@bonafide/core'
import type { OptionName } from './options.ts'

/** The value of an option: a text, several of a repeatable one, or true where it takes none. */
export type Value = string | true | readonly string[]

/** What stands behind a command: operands, options with their values, and what follows `--`. */
export class Words {
  readonly operands: readonly string[]
  readonly rest: readonly string[]
  /** npm's own options, as npm's reader takes them. */
  readonly npm: readonly string[]
  readonly #values: ReadonlyMap<string, Value>

  constructor(
    operands: readonly string[],
    values: ReadonlyMap<string, Value>,
    rest: readonly string[] = [],
    npm: readonly string[] = [],
  ) {
    this.operands = operands
    this.npm = npm
    this.rest = rest
    this.#values = values
  }

  /** The value of an option that takes one. */
  text(name: OptionName): string | undefined {
    const value = this.#values.get(name)
    return typeof value === 'string' ? value : undefined
  }

  /** The values of an option that may be given several times, in their order. */
  texts(name: OptionName): readonly string[] {
    const value = this.#values.get(name)
    return Array.isArray(value) ? value : []
  }

  /** Whether an option was given. */
  has(name: OptionName): boolean {
    return this.#values.has(name)
  }

  /** The time of `--now`, if it was given. */
  now(): Date | undefined {
    return this.time('now')
  }

  /** The time that an option names, if it was given. */
  time(name: 'now' | 'since'): Date | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : parseTime(name, text)
  }

  /** How the result is to be printed: one of the forms that the command has; `human` where nothing is said. */
  format<Form extends string>(forms: readonly Form[]): Form | 'human' | 'json' {
    const named = this.text('format')
    if (named !== undefined && this.has('json'))
      throw usage('--json and --format exclude each other', { wanted: 'one of them' })
    if (named === undefined) return this.has('json') ? 'json' : 'human'
    const form = (['human', 'json', ...forms] as const).find((one) => one === named)
    if (form === undefined)
      throw usage(`--format takes no such form: ${named}`, {
        found: named,
        wanted: ['human', 'json', ...forms].join(', '),
      })
    return form
  }

  /** The folder that the command is about. */
  folder(command: string): string {
    if (this.operands.length > 1) {
      const hint = `bonafide ${command} --help`
      throw usage(`too many folders: ${this.operands.join(' ')}`, { wanted: 'one folder', hint })
    }
    return this.operands[0] ?? '.'
  }
}

/** The error for a command line that is not exactly understood. */
export function usage(
  message: string,
  detail: { readonly found?: string; readonly wanted?: string; readonly hint?: string },
): BonafideError {
  return new BonafideError('BONAFIDE_USAGE', message, detail)
}

// ISO 8601: a day, or a day and a time with its zone. A time without zone would mean another moment on each machine.
const ISO8601 = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/u

function parseTime(name: string, text: string): Date {
  const date = new Date(text)
  const isDay = !Number.isNaN(date.getTime()) && (text.length > 10 || date.toISOString().startsWith(text))
  if (ISO8601.test(text) && isDay) return date
  throw usage(`--${name} is no time: ${text}`, {
    found: text,
    wanted: 'ISO 8601 with a zone, such as 2026-11-23T12:00:00Z',
  })
}
