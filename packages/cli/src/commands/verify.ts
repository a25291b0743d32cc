// SPDX-License-Identifier: Apache-2.0
import {
  allowIncomplete,
  readJudgedFiles,
  readJudgedProject,
  readPackageList,
  verifyPackages,
  verifyProject,
} from '@bonafide/verify'
import type { OpenSources, Report } from '@bonafide/verify'
import { exitCodeOfReport } from '../exit-code.ts'
import { AIR_GAPPED, BASED, JUDGING } from '../options.ts'
import { renderMarkdown } from '../render-markdown.ts'
import { renderReport } from '../render-report.ts'
import { MACHINE_FORMS, renderAs } from '../report-form.ts'
import { usage } from '../words.ts'
import type { Command } from './command.ts'
import { judgedOptions, openSourcesOf, progressOn } from './sources.ts'

/** `bonafide verify` */
export const VERIFY: Command = {
  name: 'verify',
  group: 'check',
  operands: '[DIR]',
  summary: 'judge every version that the lockfile of DIR holds; never writes into the project',
  title: 'judge every version that a lockfile holds',
  about: `Reads the lockfiles of npm, pnpm, Yarn and Bun in DIR (default: the current folder), asks the registry for each version's
attestations, verifies them, and holds them against bonafide.json and bonafide.lock where these are. Without any bonafide file, every
version without matching provenance is refused. Never writes into the project.

In the CI job of a pull request the files of its base judge, and not those that it brings along (--base). A file that allows more than
the base's is refused as policy-loosened; new pins are listed for whoever reviews.`,
  options: [...JUDGING, ...AIR_GAPPED, 'export-evidence', 'packages', 'allow-incomplete', 'format', ...BASED],
  async run(words, input) {
    const dir = words.folder('verify')
    const form = words.format(MACHINE_FORMS)
    const list = words.text('packages')
    if (list !== undefined && words.has('lockfile'))
      throw usage('--packages and --lockfile exclude each other', { wanted: 'one of them' })
    const packages = list === undefined ? null : await readPackageList(list, input.cwd)
    const judged = judgedOptions(dir, words, input)
    const project = await (packages === null ? readJudgedProject(judged) : readJudgedFiles(judged))
    const sources = await openSourcesOf(dir, project, words, input)
    const options = { simulated: words.has('now'), onProgress: progressOn(input.terminal) }
    const { report: judgement } = await (packages === null
      ? verifyProject(words.has('allow-incomplete') ? allowIncomplete(project) : project, sources, options)
      : verifyPackages(packages, project, sources, options))
    const file = words.text('export-evidence')
    const report = file === undefined ? judgement : await withExport(judgement, file, sources)
    await sources.close()
    input.terminal.out(await renderAs(form, report, input, { human: renderReport, markdown: renderMarkdown }))
    return exitCodeOfReport(report)
  },
}

async function withExport(report: Report, file: string, { exportEvidence }: OpenSources): Promise<Report> {
  // Cannot happen: the sources were opened with this option.
  if (exportEvidence === null) throw new TypeError('nothing was kept')
  const { exported, ...origin } = await exportEvidence(file)
  const note = { code: 'evidence-exported', ...origin, exported: exported.toISOString() } as const
  return { ...report, notes: [...report.notes, note] }
}
