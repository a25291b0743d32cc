// SPDX-License-Identifier: Apache-2.0
import { diffProject, readJudgedProject } from '@bonafide/verify'
import { exitCodeOfReport } from '../exit-code.ts'
import { JUDGING } from '../options.ts'
import { renderDiff } from '../render-diff.ts'
import { renderDiffMarkdown } from '../render-diff-markdown.ts'
import { MACHINE_FORMS, renderAs } from '../report-form.ts'
import { usage } from '../words.ts'
import type { Command } from './command.ts'
import { judgedOptions, openSourcesOf, progressOn } from './sources.ts'

/** `bonafide diff` */
export const DIFF: Command = {
  name: 'diff',
  group: 'check',
  operands: '[REF]',
  summary: 'how the locked versions differ from those of REF: builder, age, scripts, dependencies',
  title: 'what a reviewer of an upgrade wants to see',
  about: `Compares the lockfile in the current folder with that of REF (default: the base of the pull request in its CI job, else HEAD). For each
version that differs: who built the old and the new one, field by field, how old it is and by whose word, who published it, what runs when
it is installed, what it depends on, and the verdict by the files of REF. The exit code is that of the changed versions.`,
  options: [...JUDGING, 'format', 'loosened'],
  async run(words, input) {
    const form = words.format(MACHINE_FORMS)
    const [ref, ...more] = words.operands
    if (more.length > 0) {
      const hint = 'bonafide diff --help'
      throw usage(`too many refs: ${words.operands.join(' ')}`, { wanted: 'one ref', hint })
    }
    const options = {
      ...judgedOptions('.', words, input),
      ...(ref === undefined ? {} : { base: ref }),
      otherwise: 'HEAD',
    }
    const { change, ...project } = await readJudgedProject(options)
    // Cannot happen: there is always a base to compare with.
    if (change === undefined) throw new TypeError('a diff without a base')
    const sources = await openSourcesOf('.', project, words, input)
    const report = await diffProject({ ...project, change }, sources, {
      simulated: words.has('now'),
      onProgress: progressOn(input.terminal),
    })
    await sources.close()
    input.terminal.out(await renderAs(form, report, input, { human: renderDiff, markdown: renderDiffMarkdown }))
    return exitCodeOfReport(report)
  },
}
