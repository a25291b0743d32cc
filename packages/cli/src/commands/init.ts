// SPDX-License-Identifier: Apache-2.0
import { adoptProject, readProject } from '@bonafide/verify'
import { exitCodeOfReport } from '../exit-code.ts'
import { JUDGING } from '../options.ts'
import { renderAdoption } from '../render-adoption.ts'
import { renderJson } from '../render-json.ts'
import type { Command } from './command.ts'
import { openSourcesOf, progressOn, projectOptions } from './sources.ts'

/** `bonafide init` */
export const INIT: Command = {
  name: 'init',
  group: 'decide',
  operands: '[DIR]',
  summary: 'adopt bonafide: write bonafide.json and bonafide.lock; a second run changes nothing',
  title: 'adopt bonafide in a project',
  about: `Verifies the project and writes bonafide.json (the policy) and bonafide.lock (for each package, the identity that it shows or "none").
Packages whose evidence does not verify, or that lost the provenance which earlier versions had, are left out and stay refused: a person
has to decide, and is told how. Tells the settings by which Renovate, Dependabot, npm and pnpm wait as long as the policy does. A second
run changes nothing.`,
  options: JUDGING,
  async run(words, input) {
    const { terminal, cwd } = input
    const dir = words.folder('init')
    const project = await readProject(projectOptions(dir, words, input))
    const sources = await openSourcesOf(dir, project, words, input)
    const adoption = await adoptProject(project, sources, {
      cwd,
      simulated: words.has('now'),
      onProgress: progressOn(terminal),
    })
    await sources.close()
    const { report, written, recorded, open, settings } = adoption
    const json = { ...report, written, recorded, open, settings }
    terminal.out(words.has('json') ? renderJson(json) : renderAdoption(adoption, terminal))
    return exitCodeOfReport(report)
  },
}
