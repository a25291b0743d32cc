// SPDX-License-Identifier: Apache-2.0
// What `ci` and `install` have in common: the plan is made while versions are verified, and only its tarballs are looked into.
import { nameAtVersion } from '@bonafide/core'
import {
  assertScriptsReviewed,
  loadArborist,
  makePlan,
  pendingScripts,
  readInstallOptions,
  scriptEnvironment,
} from '@bonafide/install'
import type { Changes, InstallOptions, Plan } from '@bonafide/install'
import type { OpenSources, OwnFiles, Report } from '@bonafide/verify'
import { exitCodeOfReport } from '../exit-code.ts'
import { renderJson } from '../render-json.ts'
import { renderReport } from '../render-report.ts'
import { paint, printable } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import { usage } from '../words.ts'
import type { Words } from '../words.ts'
import type { CommandInput } from './command.ts'
import { openSourcesOf } from './sources.ts'

/** What an installation works with, once sources are open. */
export interface InstallWork {
  readonly sources: OpenSources
  /** Makes the plan; tarballs wait for it. */
  readonly planned: (add?: readonly string[]) => Promise<Plan>
}

/** An installation that was asked for. */
export interface Install {
  readonly options: InstallOptions
  readonly started: number
  /** What scripts see. */
  readonly seen: { readonly env: Readonly<Record<string, string | undefined>> }
  withSources(own: Pick<OwnFiles, 'privateRoots'>, work: (work: InstallWork) => Promise<number>): Promise<number>
}

/**
 * Reads how to install.
 *
 * @throws BonafideError `BONAFIDE_USAGE` for a global installation
 */
export async function openInstall(words: Words, input: CommandInput, command: 'ci' | 'install'): Promise<Install> {
  const started = performance.now()
  // Loaded while files are read and the registry is asked.
  loadArborist().catch(() => {})
  const place = { cwd: input.cwd, env: input.env, argv: words.npm }
  const options = await readInstallOptions(place)
  if (options.isGlobal)
    throw usage(`bonafide ${command} is for projects`, {
      found: '--global',
      wanted: 'a project',
      hint: 'bonafide run -- npm install --global NAME, or bonafide exec NAME',
    })
  for (const key of options.ignored)
    input.terminal.err(
      `${paint(input.terminal, 'doubt', 'warning')}: ${printable(key)} in the project's .npmrc is not obeyed\n`,
    )
  return {
    options,
    started,
    seen: { env: scriptEnvironment(options, place, command) },
    async withSources(own, work) {
      let unpacked: ReadonlySet<string> = new Set()
      const isPlanned = Promise.withResolvers<null>()
      const sources = await openSourcesOf(options.project, own, words, input, true, {
        installs: true,
        readsTarballOf: async (name, version) => {
          await isPlanned.promise
          return unpacked.has(nameAtVersion(name, version))
        },
      })
      const planned = async (add: readonly string[] = []): Promise<Plan> => {
        try {
          const plan = await makePlan({ options, planner: sources.planner, add })
          unpacked = new Set(
            plan.unpacked.map((node) => nameAtVersion(node.packageName ?? node.name, node.version ?? '')),
          )
          return plan
        } finally {
          isPlanned.resolve(null)
        }
      }
      const quiet = hearWarnings(input.terminal)
      try {
        return await work({ sources, planned })
      } finally {
        quiet()
        await sources.close()
      }
    },
  }
}

// npm's parts speak by events of the process: what they warn of (deprecated packages, peers that do not fit) is for people to read.
function hearWarnings(terminal: Terminal): () => void {
  const hear = (level: unknown, ...words: readonly unknown[]): void => {
    if (level !== 'warn') return
    const text = words
      .filter((word) => typeof word === 'string')
      .join(' ')
      .replaceAll(/\s+/gu, ' ')
      .trim()
    if (text !== '') terminal.err(`${paint(terminal, 'doubt', 'warning')}: ${printable(text)}\n`)
  }
  process.on('log', hear)
  return () => process.off('log', hear)
}

/** Tells on stderr that the verdict stands and files are being written. */
export function tellUnpacking(terminal: Terminal, plan: Plan): void {
  const text = `unpacking ${plan.unpacked.length} packages`
  terminal.err(terminal.live ? `\r\u001b[K${text}\r` : plan.unpacked.length >= 250 ? `${text}\n` : '')
}

/** Whether a report lets an installation go on: a policy that only looks on stops nothing. */
export function isAllowed(report: Report): boolean {
  return report.verdict === 'satisfied' || report.notes.some(({ code }) => code === 'observing')
}

/**
 * Refuses scripts that nobody reviewed, where npm is told to, before anything is changed.
 *
 * @throws BonafideError `BONAFIDE_NOT_INSTALLABLE`
 */
export function assertReviewed(plan: Plan, options: InstallOptions): Promise<void> {
  return assertScriptsReviewed(plan.tree, options)
}

/** What an installation came to. */
export interface Finished {
  readonly report: Report
  readonly plan: Plan
  /** Null where nothing was installed. */
  readonly changes: Changes | null
  readonly options: InstallOptions
  readonly words: Words
  readonly input: CommandInput
  readonly started: number
}

/** Tells how an installation ended, and returns the exit code. */
export async function finishInstall({
  report,
  plan,
  changes,
  options,
  words,
  input,
  started,
}: Finished): Promise<number> {
  const { terminal } = input
  if (terminal.live) terminal.err('\r\u001b[K')
  const tree = plan.installer.actualTree
  const pending = changes === null || tree === null ? [] : await pendingScripts(tree, options)
  if (words.has('json')) {
    const installed = changes === null ? null : { ...changes, scriptsNotRun: pending }
    terminal.out(renderJson({ ...report, installed }))
    return exitCodeOfReport(report)
  }
  terminal.out(renderReport(report, terminal))
  if (changes === null) {
    const would = isAllowed(report) ? `, as asked: ${plan.unpacked.length} packages would be unpacked` : ''
    terminal.out(`nothing was installed${would}\n`)
    return exitCodeOfReport(report)
  }
  terminal.out(`${describe(changes)} in ${Math.max(1, Math.round((performance.now() - started) / 1000))}s\n`)
  if (pending.length > 0) {
    const list = pending.slice(0, 10).map(printable).join(', ')
    const more = pending.length > 10 ? ` and ${pending.length - 10} more` : ''
    terminal.err(
      `${paint(terminal, 'doubt', 'warning')}: install scripts were not run, since nobody allowed them: ${list}${more}\n`,
    )
    terminal.err('  next    npm install-scripts approve NAME, then bonafide ci\n')
  }
  return exitCodeOfReport(report)
}

function describe({ added, removed, changed }: Changes): string {
  const parts = [
    ['added', added],
    ['removed', removed],
    ['changed', changed],
  ] as const
  const told = parts
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${word} ${count} ${count === 1 ? 'package' : 'packages'}`)
  return told.length === 0 ? 'up to date' : told.join(', ')
}
