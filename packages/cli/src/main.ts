// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { BonafideError } from '@bonafide/core'
import { adoptProject, explainVersion, openSources, readOwnFiles, readProject, verifyProject } from '@bonafide/verify'
import type { Progress } from '@bonafide/verify'
import { parseCommandLine } from './command-line.ts'
import type { Invocation, Options } from './command-line.ts'
import { EXIT, exitCodeOf } from './exit-code.ts'
import type { ExitCode } from './exit-code.ts'
import { helpText } from './help.ts'
import { renderError } from './render-error.ts'
import { renderExplanation } from './render-explanation.ts'
import { INTERNAL_ERROR, renderErrorJson, renderJson } from './render-json.ts'
import { renderReport } from './render-report.ts'
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
export async function main(input: MainInput): Promise<ExitCode> {
  const terminal = input.terminal ?? processTerminal(input.env)
  try {
    return await run(parseCommandLine(input.argv), input, terminal)
  } catch (error) {
    if (error instanceof BonafideError) {
      if (input.argv.includes('--json')) terminal.out(renderErrorJson(error))
      terminal.err(renderError(error, terminal))
      return EXIT.usage
    }
    // A fault of ours decides nothing, and says so.
    if (input.argv.includes('--json')) terminal.out(INTERNAL_ERROR)
    terminal.err(`bonafide: ${paint(terminal, 'bad', 'internal error')}: ${describeFault(error)}\n`)
    return EXIT.undecided
  }
}

async function run(invocation: Invocation, input: MainInput, terminal: Terminal): Promise<ExitCode> {
  switch (invocation.command) {
    case 'help':
      terminal.out(helpText(invocation.about))
      return EXIT.satisfied
    case 'version':
      terminal.out(`${await ownVersion()}\n`)
      return EXIT.satisfied
    case 'verify':
      return verify(invocation.dir, invocation.options, input, terminal)
    case 'init':
      return init(invocation.dir, invocation.options, input, terminal)
    case 'explain':
      return explain(invocation, input, terminal)
    default:
      return unreachable(invocation)
  }
}

async function verify(dir: string, options: Options, input: MainInput, terminal: Terminal): Promise<ExitCode> {
  const project = await readProject({ cwd: input.cwd, dir, lockfile: options.lockfile, policy: options.policy })
  const sources = await open(dir, options, input)
  const { report } = await verifyProject(project, sources, {
    simulated: options.now !== undefined,
    onProgress: progressOn(terminal),
  })
  await sources.close()
  terminal.out(options.json ? renderJson(report) : renderReport(report, terminal))
  return exitCodeOf(report.verdict)
}

async function init(dir: string, options: Options, input: MainInput, terminal: Terminal): Promise<ExitCode> {
  const project = await readProject({ cwd: input.cwd, dir, lockfile: options.lockfile, policy: options.policy })
  const sources = await open(dir, options, input)
  const { report, written } = await adoptProject(project, sources, {
    cwd: input.cwd,
    simulated: options.now !== undefined,
    onProgress: progressOn(terminal),
  })
  await sources.close()
  if (options.json) {
    terminal.out(renderJson({ ...report, written }))
  } else {
    terminal.out(renderReport(report, terminal))
    terminal.out(
      written.length === 0
        ? 'nothing had to be written\n'
        : `wrote ${written.map(printable).join(' and ')}: review and commit them\n`,
    )
  }
  return exitCodeOf(report.verdict)
}

async function explain(
  { name, version, options }: Extract<Invocation, { command: 'explain' }>,
  input: MainInput,
  terminal: Terminal,
): Promise<ExitCode> {
  const place = { cwd: input.cwd, dir: '.', lockfile: options.lockfile, policy: options.policy }
  const project = await readProject(place).catch((error: unknown) => {
    // A version can be explained anywhere; only a lockfile that is there has to be readable.
    if (error instanceof BonafideError && error.code === 'BONAFIDE_NO_LOCKFILE') return null
    throw error
  })
  const sources = await open('.', options, input)
  const own = project ?? (await readOwnFiles(place))
  const explanation = await explainVersion(name, version, project, sources, own, options.now !== undefined)
  await sources.close()
  terminal.out(options.json ? renderJson(explanation) : renderExplanation(explanation, terminal))
  return exitCodeOf(explanation.verdict)
}

function open(dir: string, options: Options, { cwd, env }: MainInput): ReturnType<typeof openSources> {
  const { offline, registry, evidenceRegistry, trustedRoot, registryKeys } = options
  return openSources({
    cwd,
    dir,
    env,
    now: options.now ?? new Date(),
    offline,
    registry,
    evidenceRegistry,
    trustedRoot,
    registryKeys,
  })
}

function progressOn(terminal: Terminal): Progress {
  return (done, total) => {
    if (terminal.live) terminal.err(done === total ? '\r\u001b[K' : `\rverified ${done} of ${total}`)
    else if (done % 250 === 0) terminal.err(`verified ${done} of ${total}\n`)
  }
}

async function ownVersion(): Promise<string> {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly version: string
  }
  return manifest.version
}

function processTerminal(env: MainInput['env']): Terminal {
  const noColor = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== ''
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    color: process.stdout.isTTY && !noColor && env['TERM'] !== 'dumb',
    live: process.stderr.isTTY,
  }
}

function unreachable(invocation: never): never {
  throw new TypeError(`no such command: ${JSON.stringify(invocation)}`)
}

function describeFault(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return text.split('\n').map(printable).join('\n')
}
