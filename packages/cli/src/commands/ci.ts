// SPDX-License-Identifier: Apache-2.0
import { BonafideError } from '@bonafide/core'
import { assertInSync, cleanInstall, findNpmLockfile } from '@bonafide/install'
import { readJudgedProject, verifyProject } from '@bonafide/verify'
import { SAVING } from '../npm-options.ts'
import { BASED, INSTALLING } from '../options.ts'
import { usage } from '../words.ts'
import type { Command } from './command.ts'
import { assertReviewed, finishInstall, isAllowed, openInstall, tellUnpacking } from './installing.ts'
import { judgedOptions, progressOn } from './sources.ts'

/** `bonafide ci` */
export const CI: Command = {
  name: 'ci',
  group: 'install',
  operands: '',
  summary: 'install what the npm lockfile holds, as npm ci does, once all of it is verified',
  title: 'npm ci, verified',
  about: `Installs exactly what package-lock.json (or npm-shrinkwrap.json) holds, as npm ci does; the lockfile stays as it is. Before that every
version is judged as bonafide verify does, and every tarball that will be unpacked is looked into. Nothing is unpacked and no script is
run before the verdict; what is refused or undecided leaves node_modules as it was.

What is unpacked comes from a private store of exactly the bytes that were judged. While node_modules changes, a file there says so: after
an interruption bonafide verify answers install-unfinished, and bonafide ci starts anew.

The project's own preinstall, install, postinstall and prepare run as with npm ci; install scripts of dependencies where "allowScripts" in
package.json says so, as with npm 12. Packages from git or from URLs are not installed, which is npm 12's default too.

npm's own options are taken as npm takes them, from here, the environment and .npmrc: --omit, --include, --ignore-scripts,
--foreground-scripts, --legacy-peer-deps, --strict-peer-deps, --install-strategy, --install-links, --workspace, --workspaces,
--include-workspace-root, --os, --cpu, --libc, --dry-run, --no-bin-links, --engine-strict, --force. There is no audit: --no-audit and
--no-fund are understood, and change nothing.`,
  options: [...INSTALLING, ...BASED],
  takesNpmOption: (name) => !SAVING.has(name),
  async run(words, input) {
    if (words.operands.length > 0)
      throw usage('bonafide ci takes no packages', {
        found: words.operands.join(' '),
        wanted: 'bonafide ci',
        hint: `bonafide install ${words.operands.join(' ')}`,
      })
    const install = await openInstall(words, input, 'ci')
    const { options } = install
    const lockfile = findNpmLockfile(options.project)
    if (lockfile === null) {
      throw new BonafideError('BONAFIDE_NO_LOCKFILE', 'the project has no lockfile to install from', {
        path: options.project,
        wanted: 'package-lock.json or npm-shrinkwrap.json',
        hint: 'bonafide install',
      })
    }
    const judged = judgedOptions(options.project, words, input)
    const project = await readJudgedProject({ ...judged, lockfile })
    return install.withSources(project, async ({ sources, planned }) => {
      const verifying = verifyProject({ ...project, isUnfinished: false }, sources, {
        simulated: words.has('now'),
        onProgress: progressOn(input.terminal),
      })
      const [locked] = project.lockfiles
      if (locked === undefined) throw new TypeError('a lockfile was named and not read')
      const plan = await planned()
        .then((made) => {
          assertInSync(made, locked)
          return made
        })
        .catch(async (error: unknown) => {
          // What is under way still reads and writes the cache.
          await verifying.catch(() => {})
          throw error
        })
      const { report, bound } = await verifying
      const goes = isAllowed(report) && !options.isDryRun
      if (goes) await assertReviewed(plan, options)
      if (goes) tellUnpacking(input.terminal, plan)
      const changes = goes
        ? await cleanInstall({ plan, lockfile: locked, bound, options, sources, ...install.seen })
        : null
      return finishInstall({ report, plan, changes, options, words, input, started: install.started })
    })
  },
}
