// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion } from '@bonafide/core'
import type { PublishReport } from '@bonafide/publish'
import { markdownText } from './markdown-text.ts'
import { placeText } from './render-publish-finding.ts'
import { answerOf, rowsOf } from './render-publish.ts'

/** What became of a release, for the summary of a job. */
export function renderPublishMarkdown(report: PublishReport): string {
  const [word, rest] = answerOf(report)
  const { package: about, findings } = report
  const subject = about === null ? 'bonafide publish' : markdownText(nameAtVersion(about.name, about.version))
  const rows = rowsOf(report).map(([head, text]) => `| ${head} | ${linkOr(text)} |`)
  const table = rows.length === 0 ? [] : ['', '| | |', '|---|---|', ...rows]
  const blocks = findings.flatMap(({ code, level, subject: what, found, wanted, where, fix }) => [
    '',
    `- **${level}** ${code}: ${markdownText(what)}`,
    `  - found: ${markdownText(found)}`,
    `  - wanted: ${markdownText(wanted)}`,
    ...(where === null ? [] : [`  - where: ${markdownText(placeText(where))}`]),
    ...fix.map((step) => `  - next: ${markdownText(step)}`),
  ])
  return `### ${subject}: ${word}\n\n${rest}\n${[...table, ...blocks].join('\n')}\n\n`
}

// A link that people can follow, where it is made of nothing else: anything else stays text.
function linkOr(text: string): string {
  return /^https:\/\/[\w./:%@?=-]+$/u.test(text) ? `<${text}>` : markdownText(text)
}
