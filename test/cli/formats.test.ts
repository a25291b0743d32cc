// SPDX-License-Identifier: Apache-2.0
// What strangers write changes no rendering: each form is held against the same report with harmless text in every foreign place.
import { BonafideError } from '@bonafide/core'
import t from 'tap'
import type { Test } from 'tap'
import type * as diffModule from '../../packages/cli/src/render-diff.ts'
import type * as diffMarkdownModule from '../../packages/cli/src/render-diff-markdown.ts'
import type * as githubModule from '../../packages/cli/src/render-github.ts'
import type * as jsonModule from '../../packages/cli/src/render-json.ts'
import type * as markdownModule from '../../packages/cli/src/render-markdown.ts'
import type * as reportModule from '../../packages/cli/src/render-report.ts'
import type * as textModule from '../../packages/cli/src/markdown-text.ts'
import {
  HARMLESS,
  HOSTILE,
  OBEYED,
  TERMINAL,
  commandsIn,
  diffWith,
  linesOf,
  reportWith,
} from '../support/hostile-text.ts'

// Views are not exported by the command's package: nobody but the command prints.
const source = new URL('../../packages/cli/src/', import.meta.url).href
const { renderGithub, renderErrorGithub } = (await import(`${source}render-github.ts`)) as typeof githubModule
const { renderJson } = (await import(`${source}render-json.ts`)) as typeof jsonModule
const { renderMarkdown, renderErrorMarkdown } = (await import(`${source}render-markdown.ts`)) as typeof markdownModule
const { renderReport } = (await import(`${source}render-report.ts`)) as typeof reportModule
const { markdownText } = (await import(`${source}markdown-text.ts`)) as typeof textModule

const { renderDiff } = (await import(`${source}render-diff.ts`)) as typeof diffModule
const { renderDiffMarkdown } = (await import(`${source}render-diff-markdown.ts`)) as typeof diffMarkdownModule

/** Undoes the escapes of an annotation, as the runner does. */
function undo(text: string): string {
  const characters = { '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',', '%25': '%' }
  return Object.entries(characters).reduce((all, [escape, character]) => all.replaceAll(escape, character), text)
}

/** An annotation as the runner reads it. */
function readAnnotation(line: string): {
  readonly command: string
  readonly names: readonly string[]
  readonly properties: ReadonlyMap<string, string>
  readonly data: string
} {
  const end = line.indexOf('::', 2)
  const info = line.slice(2, end)
  const space = info.indexOf(' ')
  const properties = info
    .slice(space + 1)
    .split(',')
    .map((pair) => {
      const at = pair.indexOf('=')
      return [pair.slice(0, at), undo(pair.slice(at + 1))] as const
    })
  return {
    command: info.slice(0, space),
    names: properties.map(([name]) => name),
    properties: new Map(properties),
    data: undo(line.slice(end + 2)),
  }
}

/** What annotations come to beside their texts. */
function shape(log: string): unknown {
  return log
    .split('\n')
    .filter((line) => line.startsWith('::'))
    .map((line) => {
      const { command, names, properties } = readAnnotation(line)
      return [command, ...names, properties.get('line'), properties.get('title')]
    })
}

/** A page of Markdown with every foreign text left out: what is left is ours, and decides the page. */
function skeleton(page: string): string {
  return page.replaceAll(/<code>[^<]*<\/code>(?: \(and \d+ characters more\))?/gu, 'T')
}

/** Holds a page with foreign text against the one with harmless text. */
function checkPage(check: Test, page: string, wanted: string): void {
  check.equal(skeleton(page), skeleton(wanted), 'markdown: the same page but for its texts')
  check.notMatch(page, OBEYED)
  for (const [, inner = ''] of page.matchAll(/<code>([^<]*)<\/code>/gu))
    if (!/^(?:[\p{L}\p{M}\p{N} ./,=+()'-]|&#\d+;)*$/u.test(inner) || /www\./iu.test(inner))
      check.fail(`markdown: ${inner}`)
  check.ok(page.length < 65_536, 'and it fits into a comment')
}

for (const [index, text] of [...HOSTILE, HOSTILE.slice(0, -1).join(' ')].entries()) {
  await t.test(`foreign text changes no rendering: ${index}`, async (check) => {
    const [plain, hostile] = [reportWith(HARMLESS), reportWith(text)]

    const human = renderReport(hostile, TERMINAL)
    check.equal(linesOf(human), linesOf(renderReport(plain, TERMINAL)), 'human: as many lines')
    check.notMatch(human, OBEYED, 'human: nothing that a terminal obeys')
    check.strictSame(commandsIn(human), [], 'human: nothing that a CI system obeys')

    const diff = renderDiff(diffWith(text), TERMINAL)
    check.equal(linesOf(diff), linesOf(renderDiff(diffWith(HARMLESS), TERMINAL)), 'diff: as many lines')
    check.notMatch(diff, OBEYED)
    check.strictSame(commandsIn(diff), [])

    const json = renderJson(hostile)
    check.strictSame(JSON.parse(json), JSON.parse(JSON.stringify(hostile)), 'json: what was there')
    check.equal(linesOf(json), linesOf(renderJson(plain)), 'json: as many lines')
    check.notMatch(json, OBEYED)
    check.strictSame(commandsIn(json), [])

    const github = renderGithub(hostile)
    check.strictSame(shape(github), shape(renderGithub(plain)), 'github: the same annotations at the same lines')
    check.equal(linesOf(github), linesOf(renderGithub(plain)))
    check.equal(commandsIn(github).length, commandsIn(renderGithub(plain)).length)
    check.notMatch(github, OBEYED)
    for (const line of github.split('\n').filter((one) => one.startsWith('::'))) {
      const { properties, data } = readAnnotation(line)
      check.notMatch(`${data}${[...properties.values()].join('')}`, /[\r\n]/u, 'github: one line each, read back')
    }

    for (const [page, wanted] of [
      [renderMarkdown(hostile), renderMarkdown(plain)],
      [renderDiffMarkdown(diffWith(text)), renderDiffMarkdown(diffWith(HARMLESS))],
    ] as const)
      checkPage(check, page, wanted)
  })
}

await t.test('an error is told in the form that was asked for, whatever it holds', async (check) => {
  for (const text of HOSTILE) {
    const detail = { path: text, line: 4, found: text, wanted: text, hint: text }
    const error = new BonafideError('BONAFIDE_BASE_UNREADABLE', text, detail)
    const log = renderErrorGithub(error)
    check.equal(linesOf(log), 2)
    check.strictSame(readAnnotation(log).names, ['file', 'line', 'title'])
    check.notMatch(renderErrorMarkdown(error), OBEYED)
    check.equal(
      skeleton(renderErrorMarkdown(error)),
      '## bonafide: BONAFIDE_BASE_UNREADABLE\n\nT\n\n- path T\n- found T\n- wanted T\n- next T\n',
    )
  }
})

await t.test('text in Markdown reads as it was written', async (check) => {
  check.equal(markdownText('axios@1.14.1'), '<code>axios&#64;1.14.1</code>')
  check.equal(markdownText('größe 漢字'), '<code>größe 漢字</code>')
  check.equal(markdownText('a|b`c'), '<code>a&#124;b&#96;c</code>')
  check.equal(markdownText('\n'), '<code>&#92;u&#123;a&#125;</code>')
  check.match(markdownText('x'.repeat(1000)), /^<code>x{200}<\/code> \(and 800 characters more\)$/u)
})
