// SPDX-License-Identifier: Apache-2.0
import { BonafideError } from '@bonafide/core'
import { parseCommandLine } from './command-line.ts'
import { CI } from './commands/ci.ts'
import type { Command } from './commands/command.ts'
import { DIFF } from './commands/diff.ts'
import { DOCTOR_LEAKS } from './commands/doctor-leaks.ts'
import { DOCTOR_TOKENS } from './commands/doctor-tokens.ts'
import { EXEC } from './commands/exec.ts'
import { EXEMPT } from './commands/exempt.ts'
import { EXPLAIN } from './commands/explain.ts'
import { GUARD } from './commands/guard.ts'
import { INIT } from './commands/init.ts'
import { INSTALL } from './commands/install.ts'
import { PIN } from './commands/pin.ts'
import { PUBLISH } from './commands/publish.ts'
import { RUN } from './commands/run.ts'
import { VERIFY } from './commands/verify.ts'
import { DOCTOR } from './commands/doctor.ts'
import { WATCH } from './commands/watch.ts'
import { EXIT } from './exit-code.ts'
import { helpText } from './help.ts'
import { renderError } from './render-error.ts'
import { ownVersion } from './own-version.ts'
import { renderErrorGithub } from './render-github.ts'
import { renderErrorGitlab } from './render-gitlab.ts'
import { INTERNAL_ERROR, renderErrorJson } from './render-json.ts'
import { processTerminal } from './process-terminal.ts'
import { renderErrorMarkdown } from './render-markdown.ts'
import { renderErrorSarif } from './render-sarif.ts'
import { paint, printable } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** What the program is given by the system. */
export interface MainInput {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Where output goes; the process' own streams where it is left out. */
  readonly terminal?: Terminal
}

/** The `bonafide` command: reads the arguments, does one thing, prints the result, and returns the exit code. */
export async function main(input: MainInput): Promise<number> {
  const terminal = input.terminal ?? processTerminal(input.env)
  try {
    return await run(input, terminal)
  } catch (error) {
    if (error instanceof BonafideError) {
      terminal.out(await resultOf(error, formOf(input.argv)))
      terminal.err(renderError(error, terminal))
      // An outage is not a mistake of whoever typed.
      return error.code === 'BONAFIDE_UNDECIDED' ? EXIT.undecided : EXIT.usage
    }
    // A fault of ours decides nothing, and says so.
    if (formOf(input.argv) === 'json') terminal.out(INTERNAL_ERROR)
    terminal.err(`bonafide: ${paint(terminal, 'bad', 'internal error')}: ${describeFault(error)}\n`)
    return EXIT.undecided
  }
}

// The form that was asked for, as far as a command line tells that could not be read.
function formOf(argv: readonly string[]): string {
  if (argv.includes('--json')) return 'json'
  const at = argv.findLastIndex((word) => word === '--format' || word.startsWith('--format='))
  const word = argv[at]
  return word === undefined ? 'human' : word === '--format' ? (argv[at + 1] ?? 'human') : word.slice('--format='.length)
}

async function resultOf(error: BonafideError, form: string): Promise<string> {
  switch (form) {
    case 'json':
      return renderErrorJson(error)
    case 'github':
      return renderErrorGithub(error)
    case 'gitlab':
      return renderErrorGitlab(error)
    case 'markdown':
      return renderErrorMarkdown(error)
    case 'sarif':
      return renderErrorSarif(error, await ownVersion())
    default:
      return ''
  }
}

// In the order of help.
const COMMANDS: readonly Command[] = [
  VERIFY,
  EXPLAIN,
  DIFF,
  INIT,
  PIN,
  EXEMPT,
  EXEC,
  CI,
  INSTALL,
  RUN,
  PUBLISH,
  GUARD,
  WATCH,
  DOCTOR,
  DOCTOR_LEAKS,
  DOCTOR_TOKENS,
]

async function run(input: MainInput, terminal: Terminal): Promise<number> {
  const invocation = parseCommandLine(input.argv, COMMANDS)
  switch (invocation.kind) {
    case 'help':
      terminal.out(helpText(invocation.about, COMMANDS))
      return EXIT.satisfied
    case 'version':
      terminal.out(`${await ownVersion()}\n`)
      return EXIT.satisfied
    case 'run':
      return invocation.command.run(invocation.words, { env: input.env, cwd: input.cwd, terminal })
    default:
      return unreachable(invocation)
  }
}

function unreachable(invocation: never): never {
  throw new TypeError(`no such command: ${JSON.stringify(invocation)}`)
}

function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error))
  // A message that quotes a stranger forges no line; those of the place are ours.
  const head = `${error.name}: ${error.message}`
  const place = error.stack?.startsWith(head) === true ? error.stack.slice(head.length) : ''
  return `${printable(head)}${place.split('\n').map(printable).join('\n')}`
}
