// SPDX-License-Identifier: Apache-2.0
// What strangers write changes no rendering: each form is held against the same report with harmless text in every foreign place.
import sarifSchema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' }
import { Ajv } from 'ajv'
import { BonafideError, finding } from '@bonafide/core'
import t from 'tap'
import type { Test } from 'tap'
import type * as diffModule from '../../packages/cli/src/render-diff.ts'
import type * as diffMarkdownModule from '../../packages/cli/src/render-diff-markdown.ts'
import type * as githubModule from '../../packages/cli/src/render-github.ts'
import type * as gitlabModule from '../../packages/cli/src/render-gitlab.ts'
import type * as jsonModule from '../../packages/cli/src/render-json.ts'
import type * as markdownModule from '../../packages/cli/src/render-markdown.ts'
import type * as placedModule from '../../packages/cli/src/placed-finding.ts'
import type * as reportModule from '../../packages/cli/src/render-report.ts'
import type * as sarifModule from '../../packages/cli/src/render-sarif.ts'
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
import type { Report } from '@bonafide/verify'

// Views are not exported by the command's package: nobody but the command prints.
const source = new URL('../../packages/cli/src/', import.meta.url).href
const { renderGithub, renderErrorGithub } = (await import(`${source}render-github.ts`)) as typeof githubModule
const { renderGitlab, renderErrorGitlab } = (await import(`${source}render-gitlab.ts`)) as typeof gitlabModule
const { renderSarif, renderErrorSarif } = (await import(`${source}render-sarif.ts`)) as typeof sarifModule
const { fromRepository } = (await import(`${source}placed-finding.ts`)) as typeof placedModule
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

interface SarifMessage {
  readonly text: string
}
interface SarifPlace {
  readonly physicalLocation: {
    readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: string }
    readonly region: { readonly startLine: number }
  }
}
interface SarifNotification {
  readonly descriptor: { readonly id: string }
  readonly level: string
  readonly message: SarifMessage
}
interface SarifRun {
  readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
  readonly invocations: readonly {
    readonly executionSuccessful: boolean
    readonly exitCode: number
    readonly toolExecutionNotifications: readonly SarifNotification[]
  }[]
  readonly results: readonly {
    readonly ruleId: string
    readonly ruleIndex: number
    readonly kind: string
    readonly level: string
    readonly message: SarifMessage
    readonly locations: readonly SarifPlace[]
    readonly relatedLocations?: readonly SarifPlace[]
    readonly partialFingerprints: Readonly<Record<string, string>>
    readonly suppressions?: readonly { readonly justification: string }[]
  }[]
}

// The committee's schema says by `id` and `$schema` that it is of draft 04; nothing in it reads otherwise in a later draft.
const { $schema: draft, id, ...rules } = sarifSchema
// Formats of texts are left to the reader: what matters is the shape.
const isSarif = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(rules)

/** Reads SARIF, held against the committee's schema. */
function readSarif(check: Test, text: string): SarifRun {
  const log = JSON.parse(text) as { readonly runs: readonly SarifRun[] }
  check.ok(isSarif(log), `sarif: ${JSON.stringify(isSarif.errors?.slice(0, 3))}`)
  const [run] = log.runs
  if (run === undefined || log.runs.length !== 1) throw new Error('not one run')
  for (const { ruleId, ruleIndex } of run.results) check.equal(run.tool.driver.rules[ruleIndex]?.id, ruleId)
  return run
}

interface GitlabIssue {
  readonly description: string
  readonly check_name: string
  readonly fingerprint: string
  readonly severity: string
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } }
}

const readGitlab = (text: string): readonly GitlabIssue[] => JSON.parse(text) as readonly GitlabIssue[]

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

    for (const [form, wanted] of [
      [renderSarif(hostile, '1.0.0'), renderSarif(plain, '1.0.0')],
      [renderGitlab(hostile), renderGitlab(plain)],
    ] as const) {
      check.equal(linesOf(form), linesOf(wanted), 'sarif, gitlab: as many lines')
      check.notMatch(form, OBEYED)
      check.strictSame(commandsIn(form), [])
    }
    const sarif = readSarif(check, renderSarif(hostile, '1.0.0'))
    for (const { message, locations } of sarif.results) {
      check.notMatch(message.text, OBEYED)
      // A link or a placeholder of SARIF: a bracket without its backslash, a brace that is not doubled.
      const unescaped = message.text
        .replaceAll(String.raw`\\`, '')
        .replaceAll(/\\[[\]]/gu, '')
        .replaceAll(/\{\{|\}\}/gu, '')
      check.notMatch(unescaped, /[[\]{}]/u, 'sarif: no link and no placeholder')
      check.match(locations[0]?.physicalLocation.artifactLocation.uri, /^[\w\-.~%!'()*/]+$/u, 'sarif: a path of a URI')
    }
    for (const { description, location } of readGitlab(renderGitlab(hostile)))
      check.notMatch(`${description}${location.path}`, OBEYED)

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
    const { results, invocations } = readSarif(check, renderErrorSarif(error, '1.0.0'))
    check.strictSame(results, [])
    check.match(invocations, [
      { executionSuccessful: false, exitCode: 2, toolExecutionNotifications: [{ level: 'error' }] },
    ])
    check.match(readGitlab(renderErrorGitlab(error)), [{ severity: 'blocker', location: { lines: { begin: 4 } } }])
    check.notMatch(renderErrorMarkdown(error), OBEYED)
    check.equal(
      skeleton(renderErrorMarkdown(error)),
      '## bonafide: BONAFIDE_BASE_UNREADABLE\n\nT\n\n- path T\n- found T\n- wanted T\n- next T\n',
    )
  }
})

// One package with a finding, and whatever else a test says of it.
const PLAIN = reportWith(HARMLESS)
const [FIRST, , EXEMPT] = PLAIN.packages
if (FIRST === undefined || EXEMPT === undefined) throw new Error('the report has no packages')
const SAID = { found: 'a', wanted: 'b', fix: 'c' }
const missing = (name: string, more: Partial<Report['packages'][number]> = {}): Report['packages'][number] => ({
  ...FIRST,
  name,
  version: '1.0.0',
  passes: null,
  findings: [finding('provenance-missing', SAID)],
  ...more,
})
const of = (packages: Report['packages'], more: Partial<Report> = {}): Report => ({
  ...PLAIN,
  notes: [],
  lockfiles: ['package-lock.json'],
  packages,
  ...more,
})
const annotationsOf = (report: Report): readonly ReturnType<typeof readAnnotation>[] =>
  renderGithub(report)
    .split('\n')
    .filter((line) => line.startsWith('::'))
    .map(readAnnotation)

await t.test('no finding is dropped: one without a place stands on the first line of the lockfile', async (check) => {
  const report = of([missing('a', { locations: [] })])
  check.match(
    annotationsOf(report)[0]?.properties,
    new Map([
      ['file', 'package-lock.json'],
      ['line', '1'],
    ]),
  )
  check.match(readGitlab(renderGitlab(report)), [{ location: { path: 'package-lock.json', lines: { begin: 1 } } }])
  const place = { physicalLocation: { artifactLocation: { uri: 'package-lock.json' }, region: { startLine: 1 } } }
  check.match(readSarif(check, renderSarif(report, '1.0.0')).results, [{ locations: [place] }])
  // Judged without any lockfile.
  const bare = of([missing('a', { locations: [] })], { lockfiles: [] })
  check.strictSame(annotationsOf(bare)[0]?.names, ['title'])
  check.match(readGitlab(renderGitlab(bare)), [{ location: { path: 'package.json', lines: { begin: 1 } } }])
  check.strictSame(readSarif(check, renderSarif(bare, '1.0.0')).results[0]?.locations, [])
})

await t.test('a version that stands at several places is shown at the first, which names the others', async (check) => {
  const locations = Array.from({ length: 8 }, (_, index) => ({ file: 'package-lock.json', line: 10 + index }))
  const report = of([missing('a', { locations })])
  const annotations = annotationsOf(report)
  check.equal(annotations.length, 1)
  check.equal(annotations[0]?.properties.get('line'), '10')
  check.match(annotations[0]?.data, /also at package-lock\.json:11, .*package-lock\.json:15 and 2 more$/u)
  const [result] = readSarif(check, renderSarif(report, '1.0.0')).results
  check.strictSame(
    result?.relatedLocations?.map((one) => one.physicalLocation.region.startLine),
    [11, 12, 13, 14, 15, 16, 17],
  )
})

await t.test('what refuses comes first, and a notice counts what GitHub does not show', async (check) => {
  const warned = Array.from({ length: 12 }, (_, index) =>
    missing(`w${index}`, { verdict: 'trusted', findings: [finding('publisher-changed', { ...SAID, level: 'warn' })] }),
  )
  const open = missing('open', { verdict: 'undecided', findings: [finding('registry-unreachable', SAID)] })
  const refused = Array.from({ length: 11 }, (_, index) => missing(`r${index}`))
  const annotations = annotationsOf(of([...warned, open, ...refused]))
  check.strictSame(
    annotations.map(({ command }) => command),
    [...Array.from({ length: 12 }, () => 'error'), ...Array.from({ length: 12 }, () => 'warning'), 'notice'],
  )
  check.match(annotations[0]?.data, /^r0@1\.0\.0;/u)
  check.match(annotations[11]?.data, /^open@1\.0\.0;/u)
  check.match(annotations.at(-1)?.data, /^12 errors and 12 warnings, of which GitHub shows 10 each/u)
  check.notMatch(renderGithub(of(refused.slice(0, 10))), /::notice/u, 'ten are all shown')
})

await t.test('a version that is open is no clean run in SARIF, and no tampering', async (check) => {
  const open = missing('open', { verdict: 'undecided', findings: [finding('registry-unreachable', SAID)] })
  const run = readSarif(check, renderSarif(of([open], { verdict: 'undecided' }), '1.0.0'))
  check.match(run.results, [{ ruleId: 'registry-unreachable', kind: 'open', level: 'none' }])
  check.match(run.invocations, [
    {
      executionSuccessful: false,
      exitCode: 3,
      toolExecutionNotifications: [{ descriptor: { id: 'registry-unreachable' }, level: 'error' }],
    },
  ])
  const refused = readSarif(check, renderSarif(of([missing('a')]), '1.0.0'))
  check.match(refused.results, [{ kind: 'fail', level: 'error' }])
  check.match(refused.invocations, [{ executionSuccessful: true, exitCode: 1 }])
})

await t.test("the committee's schema refuses what is no SARIF", async (check) => {
  check.match([draft, id], [/draft-04/u, /sarif-2\.1\.0/u])
  const text = renderSarif(of([missing('a')]), '1.0.0')
  check.notOk(isSarif(JSON.parse(text.replace('"level": "error"', '"level": "refuse"'))))
  check.notOk(isSarif(JSON.parse(text.replace('"startLine": 3', '"startLine": 0'))))
})

await t.test('an exemption is a suppression in SARIF, with its reason', async (check) => {
  const { results } = readSarif(check, renderSarif(of([EXEMPT, missing('a')]), '1.0.0'))
  check.strictSame(
    results.map(({ suppressions }) => suppressions?.[0]?.justification),
    [undefined, HARMLESS],
  )
})

await t.test('a fingerprint is that of a finding about a version, wherever it stands', async (check) => {
  const prints = (report: Report): readonly string[] => [
    ...readGitlab(renderGitlab(report)).map(({ fingerprint }) => fingerprint),
    ...readSarif(check, renderSarif(report, '1.0.0')).results.flatMap(({ partialFingerprints }) =>
      Object.values(partialFingerprints),
    ),
  ]
  const moved = [{ file: 'package-lock.json', line: 99 }]
  check.strictSame(
    prints(of([missing('b'), missing('a', { locations: moved })])).toSorted(),
    prints(of([missing('a'), missing('b')])).toSorted(),
  )
  check.not(prints(of([missing('a')])).join(), prints(of([missing('a', { version: '1.0.1' })])).join())
  const twice = missing('a', { findings: [finding('provenance-missing', SAID), finding('provenance-missing', SAID)] })
  check.equal(new Set(readGitlab(renderGitlab(of([twice]))).map(({ fingerprint }) => fingerprint)).size, 2)
})

await t.test(
  'files are named from the folder of the repository, where the CI system says which it is',
  async (check) => {
    const report = of([
      missing('a', {
        locations: [
          { file: 'package-lock.json', line: 7 },
          { file: '/elsewhere/package-lock.json', line: 1 },
        ],
      }),
    ])
    const named = (env: Readonly<Record<string, string>>): string => {
      const { lockfiles, packages } = fromRepository(report, '/repo/shop', env)
      return [...lockfiles, ...packages.flatMap(({ locations }) => locations.map(({ file }) => file))].join()
    }
    const inside = 'shop/package-lock.json,shop/package-lock.json,/elsewhere/package-lock.json'
    check.equal(named({ GITHUB_WORKSPACE: '/repo' }), inside)
    check.equal(named({ CI_PROJECT_DIR: '/repo' }), inside)
    const same = 'package-lock.json,package-lock.json,/elsewhere/package-lock.json'
    for (const env of [
      {},
      { GITHUB_WORKSPACE: '/other' },
      { GITHUB_WORKSPACE: 'repo' },
      { GITHUB_WORKSPACE: '/repo/shop' },
    ])
      check.equal(named(env), same)
  },
)

await t.test('text in Markdown reads as it was written', async (check) => {
  check.equal(markdownText('axios@1.14.1'), '<code>axios&#64;1.14.1</code>')
  check.equal(markdownText('größe 漢字'), '<code>größe 漢字</code>')
  check.equal(markdownText('a|b`c'), '<code>a&#124;b&#96;c</code>')
  check.equal(markdownText('\n'), '<code>&#92;u&#123;a&#125;</code>')
  check.match(markdownText('x'.repeat(1000)), /^<code>x{200}<\/code> \(and 800 characters more\)$/u)
})
