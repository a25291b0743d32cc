// SPDX-License-Identifier: Apache-2.0
import { adoptProject, readProject } from '@bonafide/verify'
import { exitCodeOfReport } from '../exit-code.ts'
import { JUDGING } from '../options.ts'
import { renderJson } from '../render-json.ts'
import { renderReport } from '../render-report.ts'
import { printable } from '../terminal.ts'
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
has to decide. A second run changes nothing.`,
  options: JUDGING,
  async run(words, input) {
    const { terminal, cwd } = input
    const dir = words.folder('init')
    const project = await readProject(projectOptions(dir, words, input))
    const sources = await openSourcesOf(dir, project, words, input)
    const { report, written } = await adoptProject(project, sources, {
      cwd,
      simulated: words.has('now'),
      onProgress: progressOn(terminal),
    })
    await sources.close()
    if (words.has('json')) {
      terminal.out(renderJson({ ...report, written }))
    } else {
      terminal.out(renderReport(report, terminal))
      terminal.out(
        written.length === 0
          ? 'nothing had to be written\n'
          : `wrote ${written.map(printable).join(' and ')}: review and commit them\n`,
      )
    }
    return exitCodeOfReport(report)
  },
}
