// SPDX-License-Identifier: Apache-2.0
import { commandsOf } from './shell-command.ts'
import type { ShellCommand } from './shell-command.ts'

/** What a command does that matters to a release. */
export type Act = { readonly line: number; readonly words: readonly string[]; readonly what: string } & (
  | { readonly kind: 'publish'; readonly tool: PublishTool }
  /** Packages of others come in; `isQuiet` where none of their scripts runs. */
  | { readonly kind: 'install'; readonly isQuiet: boolean }
  /** A tool of somebody else runs, fetched or installed. */
  | { readonly kind: 'tool' }
  /** A script of package.json runs. */
  | { readonly kind: 'script' }
  /** A package manager is replaced by another version of itself. */
  | { readonly kind: 'manager'; readonly isExact: boolean }
)

/** What publishes: a package manager, a release tool that calls one, or bonafide. */
export type PublishTool = 'npm' | 'pnpm' | 'yarn' | 'yarn-classic' | 'bun' | 'release-tool' | 'bonafide'

/** What a command may refer to. */
export interface CommandContext {
  /** The texts of the scripts of this name: of the root's package.json, or of its workspaces' where that has none. */
  readonly scripts: (name: string) => readonly string[]
  /** The scripts that a publish from a folder runs, other than the guard, as `name: text`. */
  readonly lifecycle: readonly string[]
  /** The text of a file of the repository. */
  readonly read: (path: string) => string | null
}

// A script that calls scripts; nobody goes deeper, and circles end.
const DEEPEST = 6

/** What a command does, through scripts of package.json and shell scripts of the repository. All acts carry the line of the command. */
export function actsOf(command: ShellCommand, context: CommandContext, depth = 0): readonly Act[] {
  if (depth > DEEPEST) return []
  const { words, line } = command
  const [program = '', ...rest] = words
  const what = words.join(' ')
  const act = { line, words, what }
  const name = programName(program)
  switch (name) {
    case 'npm':
      return npmActs(act, rest, context, depth)
    case 'pnpm':
    case 'yarn':
    case 'bun':
      return managerActs(name, act, rest, context, depth)
    case 'npx':
    case 'bunx':
    case 'pnpx':
      return toolActs(act, operandsOf(rest, ['-p', '--package', '-c', '--call']), context, depth)
    case 'bash':
    case 'sh':
    case 'zsh':
    case 'source':
    case '.':
      return fileActs(act, rest.find((word) => !word.startsWith('-')) ?? '', context, depth)
    case 'node':
      return nodeActs(act, rest, context)
    case 'bonafide':
      return bonafideActs(act, rest)
    case 'corepack':
      return corepackActs(act, rest)
    case 'xargs':
    case 'timeout':
    case 'nice':
    case 'cross-env': {
      const at = rest.findIndex((word) => MANAGERS.has(programName(word)) || programName(word) === 'npx')
      return at === -1 ? [] : actsOf({ ...command, words: rest.slice(at) }, context, depth + 1)
    }
    default:
      if (/^\.{0,2}\/.*\.(?:sh|bash)$/u.test(program) || program.endsWith('.sh'))
        return fileActs(act, program, context, depth)
      return isReleaseTool(name, rest) ? [{ ...act, kind: 'publish', tool: 'release-tool' }] : []
  }
}

const MANAGERS: ReadonlySet<string> = new Set(['npm', 'pnpm', 'yarn', 'bun'])

type Plain = Pick<Act, 'line' | 'words' | 'what'>

function programName(program: string): string {
  return (program.split('/').at(-1) ?? '').replace(/\.(?:cmd|exe)$/u, '')
}

// Words that are neither options nor the values of those that take one.
function operandsOf(words: readonly string[], taking: readonly string[] = TAKES_VALUE): readonly string[] {
  return words.filter((word, index) => !word.startsWith('-') && !taking.includes(words[index - 1] ?? ''))
}

const TAKES_VALUE = [
  '-w',
  '--workspace',
  '--prefix',
  '-C',
  '--dir',
  '--cwd',
  '--filter',
  '-F',
  '--tag',
  '--access',
  '--registry',
  '--otp',
]

const isDryRun = (words: readonly string[]): boolean =>
  words.some((word) => word === '--dry-run' || word === '--dry-run=true' || word === '-n')

const INSTALLS: ReadonlySet<string> = new Set([
  'install',
  'i',
  'ci',
  'clean-install',
  'install-clean',
  'it',
  'cit',
  'install-test',
  'install-ci-test',
  'add',
  'update',
  'up',
  'rebuild',
])

const isQuiet = (words: readonly string[]): boolean =>
  words.some((word) => /^--ignore-scripts(?:=true)?$|^--mode=(?:skip-build|update-lockfile)$/u.test(word))

function npmActs(act: Plain, rest: readonly string[], context: CommandContext, depth: number): readonly Act[] {
  const operands = operandsOf(rest)
  const [verb = '', second = ''] = operands
  if (verb === 'publish' || (verb === 'stage' && second === 'publish')) return publishActs(act, 'npm', rest, context)
  if (INSTALLS.has(verb)) return installActs(act, rest, operands.slice(1))
  if (verb === 'exec' || verb === 'x' || verb === 'init' || verb === 'create')
    return toolActs(act, operands.slice(1), context, depth)
  if (verb === 'test' || verb === 't' || verb === 'start')
    return scriptActs(act, verb === 't' ? 'test' : verb, context, depth)
  if (verb === 'run' || verb === 'run-script' || verb === 'rum') return scriptActs(act, second, context, depth)
  return []
}

// What pnpm, Yarn and Bun do themselves; any other word is the name of a script, or of a tool.
const OWN: ReadonlySet<string> = new Set(
  `audit config store why list ls outdated patch prune link unlink cache info pack set version env licenses root bin help login logout whoami
  dist-tag constraints dedupe explain plugin pm upgrade import fetch approve-builds npm workspaces workspace recursive deploy`.split(
    /\s+/u,
  ),
)

function managerActs(
  name: 'pnpm' | 'yarn' | 'bun',
  act: Plain,
  rest: readonly string[],
  context: CommandContext,
  depth: number,
): readonly Act[] {
  const operands = operandsOf(rest)
  const [verb = '', second = ''] = operands
  const berry = rest.findIndex((word, index) => word === 'npm' && rest[index + 1] === 'publish')
  if (name === 'yarn' && berry !== -1) return publishActs(act, 'yarn', rest, context)
  const isStaging = verb === 'stage' && second === 'publish'
  if (verb === 'publish' || isStaging || (verb === 'recursive' && second === 'publish'))
    return publishActs(act, name === 'yarn' ? 'yarn-classic' : name, rest, context)
  if (name === 'yarn' && verb === '') return installActs(act, rest, [])
  if (INSTALLS.has(verb)) return installActs(act, rest, operands.slice(1))
  if (verb === 'dlx' || verb === 'exec' || verb === 'x') return toolActs(act, operands.slice(1), context, depth)
  if (verb === 'run' || verb === 'run-script') return scriptActs(act, second, context, depth)
  if (name === 'yarn' && verb === 'workspace') return scriptActs(act, operands[2] ?? '', context, depth)
  if (verb === 'workspaces')
    return scriptActs(act, operands.find((_, at) => operands[at - 1] === 'run') ?? '', context, depth)
  if (OWN.has(verb) || verb === '' || (name === 'bun' && verb !== 'test' && context.scripts(verb).length === 0))
    return []
  return context.scripts(verb).length > 0 || verb === 'test'
    ? scriptActs(act, verb, context, depth)
    : toolActs(act, operands, context, depth)
}

function publishActs(act: Plain, tool: PublishTool, rest: readonly string[], context: CommandContext): readonly Act[] {
  if (isDryRun(rest)) return []
  const runsScripts = !isQuiet(rest) && !rest.some((word) => /\.t(?:ar\.)?gz$/u.test(word))
  const scripts = runsScripts ? context.lifecycle : []
  const inner = scripts.map((text) => ({ ...act, kind: 'script', what: `${act.what}, which runs ${text}` }) as const)
  return [{ ...act, kind: 'publish', tool }, ...inner]
}

function installActs(act: Plain, words: readonly string[], names: readonly string[]): readonly Act[] {
  const isGlobal = words.some((word) => word === '-g' || word === '--global')
  const managers = names.map((name) => /^(npm|pnpm|yarn|corepack|bun)(?:@(.+))?$/u.exec(name))
  if (isGlobal && names.length > 0 && managers.every((match) => match !== null)) {
    const isExact = managers.every((match) => /^\d+\.\d+\.\d+$/u.test(match?.[2] ?? ''))
    return [{ ...act, kind: 'manager', isExact }]
  }
  return [{ ...act, kind: 'install', isQuiet: isQuiet(words) }]
}

function corepackActs(act: Plain, rest: readonly string[]): readonly Act[] {
  const [verb, spec = ''] = operandsOf(rest)
  if (verb !== 'prepare' && verb !== 'use' && verb !== 'install') return []
  return [{ ...act, kind: 'manager', isExact: spec === '' || /@\d+\.\d+\.\d+/u.test(spec) }]
}

function toolActs(act: Plain, operands: readonly string[], context: CommandContext, depth: number): readonly Act[] {
  const [spec = '', ...rest] = operands
  const bare = spec.replace(/(?<=.)@[^@/]*$/u, '')
  const name = bare.startsWith('@') ? bare : programName(bare)
  if (MANAGERS.has(name)) {
    const words = [name, ...act.words.slice(act.words.indexOf(spec) + 1)]
    const inner = actsOf({ words, assignments: new Map(), line: act.line }, context, depth + 1)
    // `npx npm@latest publish`: another manager than the one that is there.
    const other = spec === bare ? [] : [{ ...act, kind: 'manager', isExact: /@\d+\.\d+\.\d+$/u.test(spec) } as const]
    return [...other, ...inner.map((one) => ({ ...one, what: act.what }))]
  }
  const own = name === 'bonafide' ? bonafideActs(act, rest) : []
  const publishes = isReleaseTool(name, [...rest, ...act.words.filter((word) => word.startsWith('--dry-run'))])
  return [
    ...own,
    ...(publishes ? [{ ...act, kind: 'publish', tool: 'release-tool' } as const] : []),
    ...(spec === '' ? [] : [{ ...act, kind: 'tool' } as const]),
  ]
}

function scriptActs(act: Plain, name: string, context: CommandContext, depth: number): readonly Act[] {
  const texts = [`pre${name}`, name, `post${name}`].flatMap((one) => context.scripts(one))
  const inner = texts.flatMap((text) => commandsOf(text, 0)).flatMap((command) => actsOf(command, context, depth + 1))
  return [
    { ...act, kind: 'script' },
    ...inner.map((one) => ({ ...one, line: act.line, what: `${act.what}: ${one.what}` })),
  ]
}

function fileActs(act: Plain, path: string, context: CommandContext, depth: number): readonly Act[] {
  const text = /^[\w./-]+$/u.test(path) ? context.read(path.replace(/^\.\//u, '')) : null
  if (text === null) return []
  const inner = commandsOf(text, 0).flatMap((command) => actsOf(command, context, depth + 1))
  return inner.map((one) => ({ ...one, line: act.line, what: `${act.what}: ${one.what}` }))
}

// A program of the repository that starts a publish: its text is looked at, since running it is the only way to know.
const CALLS = /\b(npm|pnpm|bun)['"`,\s[]+(?:-r['"`,\s]+)?publish\b|\byarn['"`,\s[]+npm['"`,\s]+publish\b/u

function nodeActs(act: Plain, rest: readonly string[], context: CommandContext): readonly Act[] {
  const file = rest.find((word) => !word.startsWith('-')) ?? ''
  if (/(?:^|\/)bin\/bonafide\.js$/u.test(file)) return bonafideActs(act, rest.slice(rest.indexOf(file) + 1))
  const text = /^[\w./-]+$/u.test(file) ? context.read(file.replace(/^\.\//u, '')) : null
  const match = text === null ? null : CALLS.exec(text)
  if (match === null) return []
  const tool = match[1] === 'npm' || match[1] === 'pnpm' || match[1] === 'bun' ? match[1] : 'yarn'
  return [{ ...act, kind: 'publish', tool }]
}

function bonafideActs(act: Plain, rest: readonly string[]): readonly Act[] {
  const [verb = ''] = operandsOf(rest)
  if (verb === 'publish') return isDryRun(rest) ? [] : [{ ...act, kind: 'publish', tool: 'bonafide' }]
  if (verb === 'ci' || verb === 'install') return [{ ...act, kind: 'install', isQuiet: isQuiet(rest) }]
  return []
}

// Tools that end in a publish, by their own name or by a verb of theirs.
const ALONE: ReadonlySet<string> = new Set([
  'semantic-release',
  'multi-semantic-release',
  'np',
  'release-it',
  'clean-publish',
])
const WITH_VERB: ReadonlyMap<string, readonly string[]> = new Map([
  ['changeset', ['publish']],
  ['@changesets/cli', ['publish']],
  ['lerna', ['publish']],
  ['nx', ['release']],
  ['rush', ['publish']],
  ['beachball', ['publish']],
  ['auto', ['shipit', 'release', 'publish']],
  ['shipjs', ['trigger']],
  ['napi', ['prepublish', 'pre-publish']],
])

function isReleaseTool(name: string, rest: readonly string[]): boolean {
  if (isDryRun(rest)) return false
  const [verb = '', second] = operandsOf(rest)
  if (name === 'nx') return verb === 'release' && (second === undefined || second === 'publish')
  return ALONE.has(name) || WITH_VERB.get(name)?.includes(verb) === true
}

// Actions that publish packages. Tests name the popular ones.
const PUBLISHING_ACTIONS: readonly RegExp[] = [
  /\/npm-publish(?:-action)?$/iu,
  /\/publish-npm(?:-action)?$/iu,
  /\/publish-with-pnpm$/iu,
  /\/semantic-release-action$/iu,
  /\/publish-to-npm$/iu,
]

/** Whether an action of another repository publishes by itself. */
export function isPublishingAction(name: string): boolean {
  return PUBLISHING_ACTIONS.some((pattern) => pattern.test(name))
}
