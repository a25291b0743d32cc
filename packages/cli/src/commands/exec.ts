// SPDX-License-Identifier: Apache-2.0
import { cp, mkdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import {
  defaultDataFolder,
  findNpmCommand,
  installTool,
  isInstalled,
  parseToolSpec,
  planTool,
  runTool,
} from '@bonafide/install'
import type { NpmCommand, ToolSpec } from '@bonafide/install'
import { readProject, verifyProject } from '@bonafide/verify'
import type { Report } from '@bonafide/verify'
import { exitCodeOf } from '../exit-code.ts'
import type { OptionName } from '../options.ts'
import { renderReport } from '../render-report.ts'
import { printable } from '../terminal.ts'
import { usage } from '../words.ts'
import type { Words } from '../words.ts'
import type { Command, CommandInput } from './command.ts'
import { openSourcesOf, progressOn } from './sources.ts'

const OPTIONS: readonly OptionName[] = [
  'registry',
  'evidence-registry',
  'trusted-root',
  'registry-keys',
  'now',
  'offline',
  'update',
]

/** `bonafide exec` */
export const EXEC: Command = {
  name: 'exec',
  group: 'install',
  operands: 'NAME[@RANGE]',
  summary: 'run a tool of a registry, as npx does, once all that it brings along is verified',
  title: 'run a tool of a registry, verified',
  about: `Keeps a folder for each tool, with a lockfile and bonafide files of its own. Has npm plan it, which unpacks and runs nothing; judges
every version that the lockfile holds, in every run, and the tarballs before they are installed; installs exactly those bytes, without
install scripts; and runs the tool's command in the current folder with what follows "--". The exit code is the tool's own. What is
refused or undecided is told on stderr, and then nothing was installed; "bonafide init FOLDER" adopts a tool as it adopts a project. An
update that is refused leaves the tool as it was.`,
  options: OPTIONS,
  takesRest: true,
  async run(words, input) {
    const [text, ...more] = words.operands
    if (text === undefined || more.length > 0) {
      const found = text === undefined ? 'no tool' : words.operands.join(' ')
      throw usage('one tool is to be named', { found, wanted: 'bonafide exec NAME -- ARGUMENTS...' })
    }
    const spec = parseToolSpec(text)
    const env = input.env
    const data = defaultDataFolder({ env, homeDir: env['HOME'] ?? homedir(), platform: process.platform })
    const folder = join(data, 'tools', spec.name.replace('/', '+'))
    const npm = await findNpmCommand(env)
    const report = await prepare(folder, spec, npm, words, input)
    if (report.verdict !== 'satisfied') {
      input.terminal.err(renderReport(report, { ...input.terminal, color: false }))
      input.terminal.err(`nothing was run; the tool's folder is ${printable(folder)}\n`)
      return exitCodeOf(report.verdict)
    }
    if (!(await isInstalled(folder))) await installTool(folder, npm)
    return runTool({ folder, name: spec.name, words: words.rest, cwd: input.cwd, env })
  },
}

// Plans beside the folder and moves the plan in once it passes, so that a refused update changes nothing. The first plan stays in any case:
// a person has to be able to adopt it.
async function prepare(
  folder: string,
  spec: ToolSpec,
  npm: NpmCommand,
  words: Words,
  input: CommandInput,
): Promise<Report> {
  const next = `${folder}.next`
  const isNew = (await stat(join(folder, LOCK)).catch(() => null)) === null
  await rm(next, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  // With everything that a person keeps there, such as a policy's floor; but nothing that was installed.
  const installed = join(folder, 'node_modules')
  await cp(folder, next, { recursive: true, filter: (path) => path !== installed })
  await planTool(next, spec, npm, { update: words.has('update') })
  let report = await judge(next, words, input, false)
  // What is to be installed is looked into as well, once all else holds; not one tarball is asked for before.
  if (report.verdict === 'satisfied' && !(await isInstalled(next))) report = await judge(next, words, input, true)
  if (isNew || report.verdict === 'satisfied') {
    for (const file of ['package.json', LOCK]) await rename(join(next, file), join(folder, file))
  }
  await rm(next, { recursive: true, force: true })
  return report
}

const LOCK = 'package-lock.json'

async function judge(dir: string, words: Words, input: CommandInput, readsTarballs: boolean): Promise<Report> {
  const project = await readProject({ cwd: input.cwd, dir })
  const sources = await openSourcesOf(dir, project, words, input, readsTarballs)
  try {
    const simulated = words.has('now')
    return (await verifyProject(project, sources, { simulated, onProgress: progressOn(input.terminal) })).report
  } finally {
    await sources.close()
  }
}
