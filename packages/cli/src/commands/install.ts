// SPDX-License-Identifier: Apache-2.0
import {
  findNpmLockfile,
  installProject,
  lockedVersions,
  olderVersions,
  parseAskedPackage,
  plannedLockfile,
} from '@bonafide/install'
import type { AskedPackage, Plan } from '@bonafide/install'
import { readJudgedFiles, verifyPackages, verifyProject } from '@bonafide/verify'
import type { OpenSources, Project, Report } from '@bonafide/verify'
import { BASED, INSTALLING } from '../options.ts'
import type { Words } from '../words.ts'
import type { Command } from './command.ts'
import { assertReviewed, finishInstall, isAllowed, openInstall, tellUnpacking } from './installing.ts'
import { judgedOptions, progressOn } from './sources.ts'

/** `bonafide install` */
export const INSTALL: Command = {
  name: 'install',
  group: 'install',
  operands: '[NAME[@RANGE]...]',
  summary: 'install a project or add packages to it, as npm install does, once all of it is verified',
  title: 'npm install, verified',
  about: `Has npm's installer plan what npm install would do, from metadata alone; judges every version of the lockfile that would result, and looks
into every tarball that would be unpacked; then installs exactly that, and writes package.json and the lockfile. Nothing is unpacked,
written or run before the verdict, and what is refused or undecided leaves package.json, the lockfile and node_modules as they were.

A named package whose newest version is refused: the report tells the newest that passes. --allow-older takes the newest that passes inside
the range that was asked for, and never an older one than is locked. A refused dependency of a package is only reported: pick another version
of whoever asks for it, or write an override.

Packages in node_modules that fit stay as they are, as with npm; bonafide ci unpacks all of it anew. The project's own scripts run where no
package is named, install scripts of dependencies where "allowScripts" in package.json says so. npm's own options are taken as npm takes
them: those of bonafide ci, and --save-dev, --save-exact, --save-optional, --save-peer, --no-save (-D, -E, -O), --tag, --before,
--prefer-dedupe. Not from git, URLs or tarball files, and not --global: bonafide run -- npm install.`,
  options: ['allow-older', ...INSTALLING, ...BASED],
  takesNpmOption: () => true,
  async run(words, input) {
    const install = await openInstall(words, input, 'install')
    const { options, started } = install
    const path = findNpmLockfile(options.project)
    // By the base's files in a pull request's job; a pin that the change brings along judges nothing that it adds.
    const own = await readJudgedFiles(judgedOptions(options.project, words, input))
    return install.withSources(own, async ({ sources, planned }) => {
      const judge = async (plan: Plan): Promise<Judged> => {
        const lockfile = plannedLockfile(plan, path)
        const project: Project = { ...own, lockfiles: [lockfile] }
        const verified = await verifyProject(project, sources, {
          simulated: words.has('now'),
          onProgress: progressOn(input.terminal),
        })
        return { plan, lockfile, ...verified }
      }
      const asked = words.operands
      let judged = await judge(await planned(asked))
      if (words.has('allow-older') && !isAllowed(judged.report)) {
        const older = await takeOlder(asked, judged, { own, sources, words, floors: await lockedVersions(path) })
        if (older !== null) judged = await judge(await planned(older))
      }
      const { plan, report } = judged
      const goes = isAllowed(report) && !options.isDryRun
      if (goes) await assertReviewed(plan, options)
      if (goes) tellUnpacking(input.terminal, plan)
      const changes = goes
        ? await installProject(
            { ...judged, options, sources, ...install.seen },
            { save: options.npm['save'] !== false, isBare: asked.length === 0 },
          )
        : null
      return finishInstall({ report, plan, changes, options, words, input, started })
    })
  },
}

type Judged = Awaited<ReturnType<typeof verifyProject>> & {
  readonly plan: Plan
  readonly lockfile: ReturnType<typeof plannedLockfile>
}

interface Taking {
  readonly own: Project
  readonly sources: OpenSources
  readonly words: Words
  readonly floors: ReadonlyMap<string, string>
}

// How many older versions of a package are judged before it is given up.
const TRIED = 10

// What was asked for, with the versions that pass in place of those that were refused; null where that helps nothing.
async function takeOlder(
  asked: readonly string[],
  { plan, report }: Judged,
  taking: Taking,
): Promise<readonly string[] | null> {
  const refused = new Map(
    report.packages.filter(({ verdict }) => verdict === 'refused').map((item) => [item.name, item]),
  )
  let isOther = false
  const specs = await Promise.all(
    asked.map(async (text) => {
      const one = parseAskedPackage(text)
      const planned = one === null ? null : (plan.tree.edgesOut.get(one.name)?.to?.version ?? null)
      if (one === null || planned === null || refused.get(one.name)?.version !== planned) return text
      const version = await newestPassing(one, planned, taking)
      if (version === null) return text
      isOther = true
      return `${one.name}@${version}`
    }),
  )
  return isOther ? specs : null
}

async function newestPassing(
  one: AskedPackage,
  refused: string,
  { own, sources, words, floors }: Taking,
): Promise<string | null> {
  const candidates = await olderVersions(one, refused, floors.get(one.name), sources.planner)
  for (const version of candidates.slice(0, TRIED)) {
    const wanted = [{ name: one.name, version, integrity: null }]
    const report: Report = (await verifyPackages(wanted, own, sources, { simulated: words.has('now') })).report
    if (report.verdict === 'satisfied') return version
  }
  return null
}
