// SPDX-License-Identifier: Apache-2.0
// What strangers may write, in every place of a report where they may, and what a reader of the output would obey.
import { finding, toSha512 } from '@bonafide/core'
import type { DiffReport, Report } from '@bonafide/verify'
import type { Test } from 'tap'

/** What every foreign place holds in the output that a hostile one is held against. */
export const HARMLESS = 'harmless'

/** One text for each thing that some reader of a report obeys, and all of them together. */
export const HOSTILE: readonly string[] = [
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
  // At the seams: what stands beside our own `:`, or doubles with it.
  ':[head] and tail:',
  'x'.repeat(70_000),
]

/** A report that has `text` wherever somebody else than us may write. */
export function reportWith(text: string): Report {
  const said = { found: text, wanted: text, fix: text, entry: text }
  const locations = [
    { file: text, line: 3 },
    { file: text, line: 9 },
  ]
  const common = {
    integrity: null,
    boundBy: null,
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
      { code: 'evidence-file', file: text, digest: text, exported: text },
      { code: 'evidence-exported', file: text, digest: text, exported: text },
      { code: 'judged-by-base', ref: text, commit: '0'.repeat(40), files: 'base' },
      { code: 'exemption-stale', name: text, version: text },
      { code: 'evidence-elsewhere', configured: text, asked: text },
      { code: 'observing', until: '2026-12-01' },
      { code: 'observe-ended', until: '2026-11-01' },
      { code: 'rule-lowered', rule: text, level: text },
      { code: 'judged-by-base', ref: text, commit: '1'.repeat(40), files: 'own' },
      { code: 'base-without-bonafide', ref: text },
      { code: 'provenance-unrecorded', packages: Array.from({ length: 7 }, () => text) },
      { code: 'bound-by-registry', lockfile: text, packages: 2 },
      { code: 'archives-unchecked', folder: text, archives: 2 },
      { code: 'patched', lockfile: text, packages: Array.from({ length: 7 }, () => text) },
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
export function diffWith(text: string): DiffReport {
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

/** A terminal without colours, which keeps nothing. */
export const TERMINAL = { out: () => undefined, err: () => undefined, color: false, live: false }

/** What a terminal obeys or shows nothing of; line ends are ours. */
export const OBEYED = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** Lines of a log that the runner of GitHub Actions takes for commands: `::` first in a line, or `##[` anywhere. Others look for `##` too. */
export function commandsIn(log: string): readonly string[] {
  return log.split('\n').filter((line) => line.trimStart().startsWith('::') || /##\S*\[/u.test(line))
}

/** How many lines a text has. */
export const linesOf = (text: string): number => text.split('\n').length

/** Nothing in a text is obeyed, by a terminal or by a CI system that looks for its two words anywhere in a line. */
export function checkQuiet(check: Test, text: string, what: string): void {
  check.notMatch(text, OBEYED, `${what}: nothing that a terminal obeys`)
  check.notMatch(text, /::|##/u, `${what}: nothing that a CI system obeys`)
  check.strictSame(commandsIn(text), [], what)
}
