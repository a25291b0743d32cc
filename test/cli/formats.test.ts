// SPDX-License-Identifier: Apache-2.0
// What strangers write changes no rendering: each form is held against the same report with harmless text in every foreign place.
import { BonafideError, finding, toSha512 } from '@bonafide/core'
import type { DiffReport, Report } from '@bonafide/verify'
import t from 'tap'
import type { Test } from 'tap'
import type * as diffModule from '../../packages/cli/src/render-diff.ts'
import type * as diffMarkdownModule from '../../packages/cli/src/render-diff-markdown.ts'
import type * as githubModule from '../../packages/cli/src/render-github.ts'
import type * as jsonModule from '../../packages/cli/src/render-json.ts'
import type * as markdownModule from '../../packages/cli/src/render-markdown.ts'
import type * as reportModule from '../../packages/cli/src/render-report.ts'
import type * as textModule from '../../packages/cli/src/markdown-text.ts'

// Views are not exported by the command's package: nobody but the command prints.
const source = new URL('../../packages/cli/src/', import.meta.url).href
const { renderGithub, renderErrorGithub } = (await import(`${source}render-github.ts`)) as typeof githubModule
const { renderJson } = (await import(`${source}render-json.ts`)) as typeof jsonModule
const { renderMarkdown, renderErrorMarkdown } = (await import(`${source}render-markdown.ts`)) as typeof markdownModule
const { renderReport } = (await import(`${source}render-report.ts`)) as typeof reportModule
const { markdownText } = (await import(`${source}markdown-text.ts`)) as typeof textModule

const { renderDiff } = (await import(`${source}render-diff.ts`)) as typeof diffModule
const { renderDiffMarkdown } = (await import(`${source}render-diff-markdown.ts`)) as typeof diffMarkdownModule

const HARMLESS = 'harmless'

/** One text for each thing that some reader of a report obeys, and all of them together. */
const HOSTILE: readonly string[] = [
  '\u202etxet\u202c \u2066x\u2069 \u200b\u00ad\u061c\u{e0041}',
  '\u001b[2J\u001b[31mred\u001b]8;;https://evil.example\u0007link\u009b1A',
  'a\r\nsatisfied: 1 version\u2028x\u2029y\u0085z\u000b',
  '::error file=x,line=1::pwned',
  'x\n::stop-commands::t',
  '%0A::add-mask::x%0D%25',
  '##[error]x ##vso[task.setvariable variable=a]b ##teamcity[x] :::: ####',
  'a,line=99,title=b:c',
  '<script>alert(1)</script><!-- <img src=x onerror=y> <br> </code></details> &lt; &#60;',
  '](https://evil.example) [a](b) ![c](d) [e]: f https://evil.example www.evil.example WWW.evil.example x@evil.example',
  '| a | b |\n|---|---|\n| c | d |',
  '` `` ``` ~~~ \\ \\| \\`',
  '# h\n- l\n1. l\n> q\n---\n*b* _i_ ~~s~~ $x$ :tada: @octocat #1 GH-1 a/b#2 {{ x }} {% y %}',
  'x'.repeat(70_000),
]

/** A report that has `text` wherever somebody else than us may write. */
function reportWith(text: string): Report {
  const said = { found: text, wanted: text, fix: text, entry: text }
  const locations = [
    { file: text, line: 3 },
    { file: text, line: 9 },
  ]
  const common = {
    integrity: null,
    pin: 'unrecorded',
    locations,
    identity: null,
    evidence: [],
    because: null,
    exemption: null,
  } as const
  const identity = {
    issuer: text,
    repository: text,
    repositoryId: text,
    owner: text,
    ownerId: text,
    workflow: text,
    signer: text,
    ref: text,
    commit: text,
    trigger: text,
    runner: text,
    runUrl: text,
  }
  const pinned = { ...identity, trustDomain: text, refs: [text], triggers: [text], runners: [text] }
  const trust = { source: 'file', digest: 'sha256:0' }
  return {
    schemaVersion: 1,
    verdict: 'refused',
    counts: { trusted: 1, unattested: 0, exempt: 1, outside: 1, refused: 1, undecided: 1 },
    trust: { ...trust, registryKeys: trust, privateRoots: [{ file: text, digest: 'sha256:0', scopes: [text] }] },
    now: '2026-11-25T00:00:00.000Z',
    lockfiles: [text],
    evidenceRegistry: text,
    rulesNotRun: [],
    notes: [
      { code: 'registry-from-project', registry: text },
      { code: 'setting-ignored', key: text, source: text, reason: text },
      { code: 'trust-refresh-failed', reason: text },
      { code: 'judged-by-base', ref: text, commit: '0'.repeat(40), files: 'base' },
      { code: 'exemption-stale', name: text, version: text },
      { code: 'base-lockfile-unusable', ref: text, reason: text },
      {
        code: 'new-pins',
        pins: [
          { name: text, identities: [pinned], lines: { [text]: 'none' }, hooks: [text], judges: true },
          { name: text, identities: 'none', lines: {}, hooks: [], judges: false },
        ],
      },
    ],
    packages: [
      {
        ...common,
        name: text,
        version: text,
        verdict: 'refused',
        findings: [finding('provenance-missing', said)],
        passes: text,
      },
      {
        ...common,
        name: text,
        version: '',
        verdict: 'undecided',
        findings: [finding('registry-unreachable', said)],
        passes: null,
      },
      {
        ...common,
        name: text,
        version: text,
        verdict: 'exempt',
        findings: [finding('cooldown', { ...said, level: 'warn' })],
        passes: null,
        because: text,
        exemption: { rules: ['cooldown'], reason: text },
      },
      { ...common, name: text, version: text, verdict: 'outside', findings: [], passes: null, because: text },
      {
        ...common,
        name: text,
        version: text,
        verdict: 'trusted',
        findings: [],
        passes: null,
        identity,
        integrity: toSha512(Buffer.alloc(64)),
      },
    ],
  }
}

/** The same for a diff. */
function diffWith(text: string): DiffReport {
  const report = reportWith(text)
  const identity = report.packages.find((item) => item.identity !== null)?.identity ?? null
  const side = {
    version: text,
    integrity: text,
    identity,
    published: { publish: null, provenance: null, claimed: '2026-11-20T00:00:00.000Z' },
    publisher: text,
  }
  const value = { name: text, from: text, to: text }
  const content = {
    hooks: [value, { ...value, from: null }, { ...value, to: null }],
    dependencies: [{ ...value, firstPublished: '2026-11-20T00:00:00.000Z' }],
    exotic: [value],
  }
  const common = { name: text, beside: [text], identity: [{ ...value, name: 'repository' }], content } as const
  return {
    ...report,
    changes: [
      { ...common, kind: 'changed', from: side, to: { ...side, integrity: `${text}2` }, provenance: 'changed' },
      { ...common, kind: 'changed', from: side, to: { ...side, identity: null, publisher: null }, provenance: 'lost' },
      { ...common, kind: 'added', from: null, to: side, provenance: 'shown', content: null },
      { ...common, kind: 'removed', from: side, to: null, provenance: 'unknown', content: null },
    ],
  }
}

const TERMINAL = { out: () => undefined, err: () => undefined, color: false, live: false }

/** What a terminal obeys or shows nothing of; line ends are ours. */
const OBEYED = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** Lines of a log that the runner of GitHub Actions takes for commands: `::` first in a line, or `##[` anywhere. Others look for `##` too. */
function commandsIn(log: string): readonly string[] {
  return log.split('\n').filter((line) => line.trimStart().startsWith('::') || /##\S*\[/u.test(line))
}

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

const lines = (text: string): number => text.split('\n').length

for (const [index, text] of [...HOSTILE, HOSTILE.slice(0, -1).join(' ')].entries()) {
  await t.test(`foreign text changes no rendering: ${index}`, async (check) => {
    const [plain, hostile] = [reportWith(HARMLESS), reportWith(text)]

    const human = renderReport(hostile, TERMINAL)
    check.equal(lines(human), lines(renderReport(plain, TERMINAL)), 'human: as many lines')
    check.notMatch(human, OBEYED, 'human: nothing that a terminal obeys')
    check.strictSame(commandsIn(human), [], 'human: nothing that a CI system obeys')

    const diff = renderDiff(diffWith(text), TERMINAL)
    check.equal(lines(diff), lines(renderDiff(diffWith(HARMLESS), TERMINAL)), 'diff: as many lines')
    check.notMatch(diff, OBEYED)
    check.strictSame(commandsIn(diff), [])

    const json = renderJson(hostile)
    check.strictSame(JSON.parse(json), JSON.parse(JSON.stringify(hostile)), 'json: what was there')
    check.equal(lines(json), lines(renderJson(plain)), 'json: as many lines')
    check.notMatch(json, OBEYED)
    check.strictSame(commandsIn(json), [])

    const github = renderGithub(hostile)
    check.strictSame(shape(github), shape(renderGithub(plain)), 'github: the same annotations at the same lines')
    check.equal(lines(github), lines(renderGithub(plain)))
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
    check.equal(lines(log), 2)
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
