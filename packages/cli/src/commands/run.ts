// SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { BonafideError, isNonEmpty } from '@bonafide/core'
import { findLockFolder, runGuarded } from '@bonafide/gateway'
import type { RunReport } from '@bonafide/gateway'
import { readJudgedFiles, readJudgedProject, readLockfiles } from '@bonafide/verify'
import type { JudgedOptions, Project } from '@bonafide/verify'
import { EXIT, exitCodeOf } from '../exit-code.ts'
import { BASED } from '../options.ts'
import type { OptionName } from '../options.ts'
import { renderJson } from '../render-json.ts'
import { renderRun, renderVerified } from '../render-run.ts'
import { usage } from '../words.ts'
import type { Command } from './command.ts'
import { judgedOptions, openSourcesOf, progressOn } from './sources.ts'

const OPTIONS: readonly OptionName[] = [
  'registry',
  'evidence-registry',
  'trusted-root',
  'registry-keys',
  'policy',
  'now',
  'offline',
  'report',
  ...BASED,
]

/** `bonafide run` */
export const RUN: Command = {
  name: 'run',
  group: 'install',
  operands: '-- COMMAND...',
  summary: 'run a package manager, any, that gets nothing unverified: npm, pnpm, Yarn, Bun, npx and their like',
  title: 'run a command that installs, behind a registry which hands out what was verified',
  about: `Verifies the lockfiles, tarballs included, and starts COMMAND only if they are satisfied. COMMAND has a registry on loopback, caches of
its own, no credential of a registry, and no other way out by its settings or proxies; what no lockfile holds is judged when its tarball is
asked for. Afterwards the lockfiles are verified as they are then. COMMAND has stdout and stdin; bonafide speaks on stderr.

  bonafide run -- npm ci                          bonafide run -- npx create-vite@8 shop
  bonafide run -- pnpm install --frozen-lockfile  bonafide run -- pnpm dlx create-vite@8 shop
  bonafide run -- yarn install --immutable        bonafide run -- yarn dlx create-vite@8 shop
  bonafide run -- bun install --frozen-lockfile   bonafide run -- bunx create-vite@8 shop
  bonafide run -- npm install left-pad            bonafide run -- npm install --global npm-check

The exit code is COMMAND's, but 1 where anything was refused, turned away or came another way, and 3 where nobody could tell; also if
COMMAND ended well. docs/coverage.md tells of each client what is held, and what is not.`,
  options: OPTIONS,
  takesRest: true,
  async run(words, input) {
    const command = [...words.operands, ...words.rest]
    const [first, ...others] = words.operands
    if (first !== undefined)
      throw usage('the command stands after "--"', {
        found: words.operands.join(' '),
        wanted: 'bonafide run -- COMMAND...',
        hint: `bonafide run -- ${[first, ...others, ...words.rest].join(' ')}`,
      })
    if (!isNonEmpty(command))
      throw usage('no command', { wanted: 'bonafide run -- COMMAND...', hint: 'bonafide run --help' })
    const dir = await findLockFolder(input.cwd)
    const judged = judgedOptions(dir, words, input)
    const project = await readProjectOrNone(judged)
    const sources = await openSourcesOf(dir, project, words, input, true, { installs: true })
    let report: RunReport
    try {
      report = await runGuarded({
        command,
        cwd: input.cwd,
        env: input.env,
        project,
        sources,
        simulated: words.has('now'),
        readLockfiles: async () => (await readProjectOrNone(judged, project)).lockfiles,
        onProgress: progressOn(input.terminal),
        onVerified: (before) => input.terminal.err(renderVerified(before)),
      })
    } finally {
      await sources.close()
    }
    const file = words.text('report')
    if (file !== undefined) await writeFile(resolve(input.cwd, file), renderJson(report))
    input.terminal.err(renderRun(report, { ...input.terminal, color: false }))
    return exitCodeOfRun(report)
  },
}

// A refused version is none of the command's own failures, and an open question neither.
function exitCodeOfRun({ verdict, observing, child }: RunReport): number {
  if (verdict !== 'satisfied' && !observing) return exitCodeOf(verdict)
  return child === null ? EXIT.undecided : child.code
}

// A first install, and a tool that is run without a project, have no lockfile: then each version is judged when it is asked for.
async function readProjectOrNone(
  options: JudgedOptions,
  known?: Project,
): Promise<Pick<Project, 'lockfiles'> & Project> {
  try {
    if (known !== undefined) return { ...known, lockfiles: await readLockfiles(options, known.dir) }
    return await readJudgedProject(options)
  } catch (error) {
    if (!(error instanceof BonafideError) || error.code !== 'BONAFIDE_NO_LOCKFILE') throw error
    return known === undefined ? readJudgedFiles(options) : { ...known, lockfiles: [] }
  }
}
