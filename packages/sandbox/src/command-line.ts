// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from 'node:util'
import { BonafideError, nearest } from '@bonafide/core'
import { moment } from './moment.ts'

/** What the user of the command meant. */
export type Invocation = { readonly command: 'help' } | ({ readonly command: 'start' } & StartOptions)

/** How to start. */
export interface StartOptions {
  /** The registry's; 0 for any. */
  readonly port: number
  readonly seed: string
  /** Where the clock is to stand; null lets it run with the machine's. */
  readonly now: Date | null
  readonly seconds: number
  /** Where to write the files; null for a folder of its own, which goes when the command ends. */
  readonly dir: string | null
  readonly json: boolean
}

const OPTIONS = {
  port: { type: 'string' },
  seed: { type: 'string' },
  now: { type: 'string' },
  ttl: { type: 'string' },
  dir: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const
const HOUR = 3600
const WEEK = 7 * 24 * HOUR
const HINT = 'bonafide-sandbox --help'

/**
 * Reads the command line.
 *
 * @throws BonafideError `BONAFIDE_USAGE` for anything that is not exactly understood, naming what comes nearest
 */
export function parseCommandLine(argv: readonly string[]): Invocation {
  const { tokens } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const values = new Map<string, string | true>()
  for (const token of tokens) {
    if (token.kind === 'positional') throw usage('there is nothing to name', { found: token.value, hint: HINT })
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    // Inherited names such as `--constructor` are unknown like any other.
    if (!Object.hasOwn(OPTIONS, name) || (rawName.startsWith('--') && rawName !== `--${name}`)) {
      const near = nearest(name, Object.keys(OPTIONS))
      throw usage('unknown option', { found: rawName, hint: near === null ? HINT : `did you mean --${near}?` })
    }
    const { type } = OPTIONS[name as keyof typeof OPTIONS]
    if (type === 'boolean' && value !== undefined) throw usage(`${rawName} takes no value`, { found: value })
    if (type === 'string' && (value === undefined || value === '' || value.startsWith('--')))
      throw usage(`${rawName} needs a value`, { hint: HINT })
    if (values.has(name)) throw usage(`${rawName} given twice`, { wanted: 'each option once' })
    values.set(name, value ?? true)
  }
  const text = (name: keyof typeof OPTIONS): string | null => {
    const value = values.get(name)
    return typeof value === 'string' ? value : null
  }
  if (values.has('help')) return { command: 'help' }
  return {
    command: 'start',
    port: readNumber('--port', text('port'), { usual: 0, least: 0, most: 65_535 }),
    seed: text('seed') ?? 'sandbox',
    now: readTime(text('now')),
    seconds: readNumber('--ttl', text('ttl'), { usual: HOUR, least: 1, most: WEEK }),
    dir: text('dir'),
    json: values.has('json'),
  }
}

function readNumber(
  option: string,
  text: string | null,
  { usual, least, most }: { readonly usual: number; readonly least: number; readonly most: number },
): number {
  if (text === null) return usual
  const number = Number(text)
  if (/^\d{1,6}$/u.test(text) && number >= least && number <= most) return number
  throw usage(`${option} is no number that can be`, { found: text, wanted: `${least} to ${most}` })
}

function readTime(text: string | null): Date | null {
  if (text === null) return null
  try {
    return moment(text)
  } catch {
    throw usage('--now is no time', { found: text, wanted: 'ISO 8601 with a zone, such as 2026-11-23T12:00:00Z' })
  }
}

function usage(
  message: string,
  detail: { readonly found?: string; readonly wanted?: string; readonly hint?: string },
): BonafideError {
  return new BonafideError('BONAFIDE_USAGE', message, detail)
}
