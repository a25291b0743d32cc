// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from 'node:util'
import { nearest } from '@bonafide/core'
import type { Command } from './commands/command.ts'
import { NPM_OPTIONS, npmOption } from './npm-options.ts'
import { OPTIONS } from './options.ts'
import type { OptionName } from './options.ts'
import { Words, usage } from './words.ts'
import type { Value } from './words.ts'

/** What the user meant. */
export type Invocation =
  | { readonly kind: 'run'; readonly command: Command; readonly words: Words }
  | { readonly kind: 'help'; readonly about: Command | null }
  | { readonly kind: 'version' }

// Options that go with every command, and with none.
const EVERYWHERE: ReadonlySet<OptionName> = new Set(['help', 'version'])

/**
 * Reads the command line.
 *
 * @throws BonafideError `BONAFIDE_USAGE` for anything that is not exactly understood, naming what comes nearest
 */
export function parseCommandLine(argv: readonly string[], commands: readonly Command[]): Invocation {
  const end = argv.indexOf('--')
  const [own, rest] = end === -1 ? [argv, []] : [argv.slice(0, end), argv.slice(end + 1)]
  const names = commands.map(({ name }) => name)
  // Which command it is decides whose an option is that npm has too, and so whether it takes a value.
  const isMeant = commands.find(({ name }) => name === wordsOf(tokensOf(own, null), names)[0]) ?? null
  const tokens = tokensOf(own, isMeant)
  const values = new Map<OptionName, Value>()
  const npm: string[] = []
  const [word, ...operands] = wordsOf(tokens, names)
  const command = word === undefined || word === 'help' ? null : findCommand(word, commands, names)
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const typed = npmWord(token, command)
    if (typed === null) readOption(token, values, command)
    else npm.push(typed)
  }
  if (values.has('help') || word === 'help') return { kind: 'help', about: command }
  if (values.has('version')) return { kind: 'version' }
  if (command === null) throw usage('no command', { wanted: names.join(', '), hint: 'bonafide --help' })
  for (const name of values.keys()) checkTaken(name, command, commands)
  if (command.takesRest === true) return { kind: 'run', command, words: new Words(operands, values, rest, npm) }
  // After `--` everything is an operand, dashes or not.
  return { kind: 'run', command, words: new Words([...operands, ...rest], values, [], npm) }
}

type Tokens = ReturnType<typeof tokensOf>

function tokensOf(args: readonly string[], command: Command | null) {
  const ours = Object.entries(OPTIONS).filter(([name]) => isOwnOption(name, command))
  return parseArgs({
    args: [...args],
    options: { ...NPM_OPTIONS, ...Object.fromEntries(ours) },
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens
}

// The name of the command and its operands.
function wordsOf(tokens: Tokens, names: readonly string[]): readonly string[] {
  const [first, ...others] = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []))
  if (first === undefined) return []
  // The longer name wins: `doctor tokens` before `doctor` with an operand.
  const pair = `${first} ${others[0]}`
  return names.includes(pair) ? [pair, ...others.slice(1)] : [first, ...others]
}

// An option of ours, unless the command hands npm's of the same name on and knows none of its own.
function isOwnOption(name: string, command: Command | null): name is OptionName {
  if (!isOption(name)) return false
  const npms = npmOption(name)
  return npms === null || command?.takesNpmOption?.(npms.name) !== true || command.options.includes(name)
}

// An option of npm's as npm's reader takes it, where the command hands such on; null for all others.
function npmWord({ name, rawName, value }: OptionToken, command: Command | null): string | null {
  if (command?.takesNpmOption === undefined || isOwnOption(name, command)) return null
  const own = npmOption(name)
  if (own === null || !command.takesNpmOption(own.name) || (rawName.startsWith('--') && rawName !== `--${name}`))
    return null
  if (own.spec.type === 'string' && (value === undefined || value === '' || value.startsWith('--')))
    throw usage(`${rawName} needs a value`, { hint: `bonafide ${command.name} --help` })
  return value === undefined ? `--${name}` : `--${name}=${value}`
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
}

function readOption(
  { name, rawName, value }: OptionToken,
  values: Map<OptionName, Value>,
  command: Command | null,
): void {
  // Inherited names such as `--constructor` are unknown like any other.
  if (!isOption(name) || (rawName.startsWith('--') && rawName !== `--${name}`)) {
    const takesNpmOption = command?.takesNpmOption
    const npms = takesNpmOption === undefined ? [] : Object.keys(NPM_OPTIONS).filter((one) => takesNpmOption(one))
    const near = nearest(name, [...Object.keys(OPTIONS), ...npms])
    throw usage(`unknown option ${rawName}`, {
      found: rawName,
      hint: near === null ? helpHint(command) : `did you mean --${near}?`,
    })
  }
  const { type, isRepeatable = false } = OPTIONS[name]
  if (type === 'boolean' && value !== undefined) throw usage(`${rawName} takes no value`, { found: value })
  // A value that looks like an option is a value that was forgotten.
  if (type === 'string' && (value === undefined || value === '' || value.startsWith('--')))
    throw usage(`${rawName} needs a value`, { hint: helpHint(command) })
  const before = values.get(name)
  if (before !== undefined && !isRepeatable) throw usage(`${rawName} given twice`, { wanted: 'each option once' })
  if (isRepeatable && value !== undefined) values.set(name, [...(Array.isArray(before) ? before : []), value])
  else values.set(name, value ?? true)
}

// An option that another command would obey must not be thought to have been obeyed.
function checkTaken(name: OptionName, command: Command, commands: readonly Command[]): void {
  if (command.options.includes(name) || EVERYWHERE.has(name)) return
  const others = commands.filter(({ options }) => options.includes(name)).map((other) => other.name)
  throw usage(`bonafide ${command.name} does not take --${name}`, {
    found: `--${name}`,
    ...(others.length === 0 ? {} : { wanted: `--${name} with ${others.join(', ')}` }),
    hint: `bonafide ${command.name} --help`,
  })
}

function findCommand(word: string, commands: readonly Command[], names: readonly string[]): Command {
  const command = commands.find(({ name }) => name === word)
  if (command !== undefined) return command
  const near = nearest(word, names)
  throw usage(`unknown command ${word}`, {
    found: word,
    wanted: names.join(', '),
    hint: near === null ? 'bonafide --help' : `did you mean bonafide ${near}?`,
  })
}

function helpHint(command: Command | null): string {
  return command === null ? 'bonafide --help' : `bonafide ${command.name} --help`
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name)
}
