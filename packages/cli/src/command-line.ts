// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from 'node:util'
import { BonafideError, isPackageName, isVersion, nearest } from '@bonafide/core'

/** The options that all commands share. */
export interface Options {
  readonly lockfile: string | undefined
  readonly registry: string | undefined
  readonly evidenceRegistry: string | undefined
  readonly trustedRoot: string | undefined
  readonly registryKeys: string | undefined
  readonly policy: string | undefined
  readonly now: Date | undefined
  readonly offline: boolean
  readonly json: boolean
}

/** What the user meant. */
export type Invocation =
  | { readonly command: 'verify' | 'init'; readonly dir: string; readonly options: Options }
  | { readonly command: 'explain'; readonly name: string; readonly version: string; readonly options: Options }
  | { readonly command: 'help'; readonly about: CommandName | null }
  | { readonly command: 'version' }

/** The commands that there are. */
export const COMMANDS = ['verify', 'explain', 'init'] as const

/** A command of {@link COMMANDS}. */
export type CommandName = (typeof COMMANDS)[number]

const OPTIONS = {
  lockfile: { type: 'string' },
  registry: { type: 'string' },
  'evidence-registry': { type: 'string' },
  'trusted-root': { type: 'string' },
  'registry-keys': { type: 'string' },
  policy: { type: 'string' },
  now: { type: 'string' },
  offline: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const

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
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind === 'option') readOption(token, values)
  }
  const [word, ...operands] = positionals
  const command = word === undefined ? null : parseCommand(word)
  if (values.has('help') || command === 'help') return { command: 'help', about: command === 'help' ? null : command }
  if (values.has('version')) return { command: 'version' }
  if (command === null) throw usage('no command', { wanted: COMMANDS.join(', '), hint: 'bonafide --help' })
  const options = readOptions(values)
  if (command === 'explain') return { command, ...parseSpec(operands), options }
  if (operands.length > 1)
    throw usage(`too many folders: ${operands.join(' ')}`, { wanted: 'one folder', hint: `bonafide ${command} --help` })
  return { command, dir: operands[0] ?? '.', options }
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
}

function readOption({ name, rawName, value }: OptionToken, values: Map<string, string | true>): void {
  // Inherited names such as `--constructor` are unknown like any other.
  if (!Object.hasOwn(OPTIONS, name) || (rawName.startsWith('--') && rawName !== `--${name}`)) {
    const near = nearest(name, Object.keys(OPTIONS))
    throw usage(`unknown option ${rawName}`, {
      found: rawName,
      hint: near === null ? 'bonafide --help' : `did you mean --${near}?`,
    })
  }
  const { type } = OPTIONS[name as keyof typeof OPTIONS]
  if (type === 'boolean' && value !== undefined) throw usage(`${rawName} takes no value`, { found: value })
  // A value that looks like an option is a value that was forgotten.
  if (type === 'string' && (value === undefined || value === '' || value.startsWith('--')))
    throw usage(`${rawName} needs a value`, { hint: 'bonafide --help' })
  if (values.has(name)) throw usage(`${rawName} given twice`, { wanted: 'each option once' })
  values.set(name, value ?? true)
}

function parseCommand(word: string): CommandName | 'help' {
  if (word === 'help') return word
  const command = COMMANDS.find((known) => known === word)
  if (command !== undefined) return command
  const near = nearest(word, COMMANDS)
  throw usage(`unknown command ${word}`, {
    found: word,
    wanted: COMMANDS.join(', '),
    hint: near === null ? 'bonafide --help' : `did you mean bonafide ${near}?`,
  })
}

function readOptions(values: ReadonlyMap<string, string | true>): Options {
  const text = (name: keyof typeof OPTIONS): string | undefined => {
    const value = values.get(name)
    return typeof value === 'string' ? value : undefined
  }
  const now = text('now')
  return {
    lockfile: text('lockfile'),
    registry: text('registry'),
    evidenceRegistry: text('evidence-registry'),
    trustedRoot: text('trusted-root'),
    registryKeys: text('registry-keys'),
    policy: text('policy'),
    now: now === undefined ? undefined : parseNow(now),
    offline: values.has('offline'),
    json: values.has('json'),
  }
}

// ISO 8601: a day, or a day and a time with its zone. A time without zone would mean another moment on each machine.
const ISO8601 = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/u

function parseNow(text: string): Date {
  const date = new Date(text)
  const isDay = !Number.isNaN(date.getTime()) && (text.length > 10 || date.toISOString().startsWith(text))
  if (ISO8601.test(text) && isDay) return date
  throw usage(`--now is no time: ${text}`, {
    found: text,
    wanted: 'ISO 8601 with a zone, such as 2026-11-23T12:00:00Z',
  })
}

function parseSpec(operands: readonly string[]): { readonly name: string; readonly version: string } {
  const [spec, ...more] = operands
  const wanted = { wanted: 'NAME@VERSION, such as axios@1.14.1', hint: 'bonafide explain --help' }
  if (spec === undefined) throw usage('no version to explain', wanted)
  if (more.length > 0) throw usage(`too many versions: ${operands.join(' ')}`, wanted)
  const at = spec.lastIndexOf('@')
  const [name, version] = [spec.slice(0, at), spec.slice(at + 1)]
  if (at <= 0 || !isPackageName(name) || !isVersion(version))
    throw usage(`not a name and an exact version: ${spec}`, { found: spec, ...wanted })
  return { name, version }
}

function usage(
  message: string,
  detail: { readonly found?: string; readonly wanted?: string; readonly hint?: string },
): BonafideError {
  return new BonafideError('BONAFIDE_USAGE', message, detail)
}
