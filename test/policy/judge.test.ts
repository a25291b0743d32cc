// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { finding, parseIntegrity } from '@bonafide/core'
import type { Finding, FindingCode } from '@bonafide/core'
import {
  NO_PINS,
  addToPins,
  defaultPolicy,
  judge,
  judgeOther,
  parsePins,
  renderPins,
  reportVerdict,
} from '@bonafide/policy'
import type { Pins, Policy, VerdictCounts } from '@bonafide/policy'
import t from 'tap'
import {
  BYTES,
  OTHER_BYTES,
  facts,
  listed,
  only,
  outcome,
  pinned,
  policy,
  provenance,
  publish,
  verified,
} from './facts.ts'

const NONE = { state: 'none' } as const
const NO_INTEGRITY = parseIntegrity(undefined)
const SHA1 = parseIntegrity(`sha1-${Buffer.alloc(20, 1).toString('base64')}`)

function refusal(code: FindingCode): Finding {
  return finding(code, { found: 'this', wanted: 'that', fix: 'do so' })
}

function recordedNone(version = '1.14.0'): Pins {
  return addToPins(NO_PINS, 'axios', version, null)
}

await t.test('trusted: both attestations of exactly this version', async (rule) => {
  const first = judge(facts(), defaultPolicy(), NO_PINS)
  rule.strictSame(first.verdict, { kind: 'trusted', evidence: [provenance(), publish()] })
  rule.equal(first.pin, 'unrecorded', 'on first sight')
  rule.strictSame(outcome({}, pinned()), { kind: 'trusted', pin: 'matched', codes: [] }, 'and by its pin')
  rule.strictSame(
    outcome({}, recordedNone()),
    { kind: 'trusted', pin: 'unrecorded', codes: [] },
    'none became an identity',
  )
})

await t.test('provenance-required: what a stolen token publishes is refused', async (rule) => {
  await rule.test(
    'axios 1.14.1: a pinned package without attestations names what it should have shown',
    async (threat) => {
      threat.strictSame(only({ attestations: NONE }, pinned()), {
        code: 'provenance-missing',
        rule: 'provenance-required',
        level: 'refuse',
        found: 'no attestations',
        wanted: 'provenance of https://github.com/axios/axios, .github/workflows/publish.yml',
        fix: 'bonafide explain axios@1.14.1',
      })
      threat.strictSame(outcome({ attestations: NONE }, pinned()).pin, 'unrecorded')
    },
  )
  await rule.test('axios 1.14.1 with no pins: the line had provenance, by the registry itself', async (threat) => {
    const history = { line: '1.14.0', package: '1.14.0' }
    threat.match(only({ attestations: NONE, history }), {
      code: 'regression-unpinned',
      wanted: 'verified provenance, as 1.14.0 claims',
    })
    threat.match(only({ attestations: NONE, history: { line: '1.13.0', package: null } }), { wanted: /as 1\.13\.0/u })
    threat.match(only({ attestations: NONE, history: { line: null, package: '0.9.0' } }), { wanted: /as 0\.9\.0/u })
  })
  await rule.test('a package never seen, with nothing to show', async (threat) => {
    threat.match(only({ attestations: NONE }), {
      code: 'provenance-missing',
      found: 'no attestations',
      fix: 'bonafide init',
    })
    threat.equal(outcome({ attestations: NONE }).kind, 'refused')
  })
  await rule.test('a publish attestation alone is no provenance', async (threat) => {
    threat.match(only({ attestations: verified(null) }), {
      code: 'provenance-missing',
      found: 'a publish attestation only',
    })
    threat.equal(outcome({ attestations: verified(null) }, pinned()).kind, 'refused')
  })
  await rule.test('provenance alone is half the proof', async (threat) => {
    for (const pins of [NO_PINS, pinned()]) {
      const half = verified(provenance(), null)
      threat.match(only({ attestations: half }, pins), {
        code: 'publish-attestation-missing',
        found: 'provenance only',
      })
      threat.equal(outcome({ attestations: half, history: { line: '1.0.0', package: null } }, pins).kind, 'refused')
    }
  })
  await rule.test('a verified document with nothing in it says yes to nothing', async (threat) => {
    threat.strictSame(outcome({ attestations: verified(null, null) }).codes, ['provenance-missing'])
  })
  await rule.test('a proxy strips what the registry advertises', async (threat) => {
    threat.strictSame(outcome({ attestations: { state: 'withheld' } }).codes, ['attestations-withheld'])
    threat.strictSame(outcome({ attestations: { state: 'withheld' } }, recordedNone()).codes, ['attestations-withheld'])
    const claims = { attestations: NONE, registry: listed(parseIntegrity(BYTES), true) }
    threat.strictSame(
      outcome(claims, recordedNone()).codes,
      ['attestations-withheld'],
      'even if the caller calls it none',
    )
  })
  await rule.test('a pin turned to none beside a line that had provenance', async (threat) => {
    const text = '{"version":1,"packages":{"axios":{"identities":"none","lines":{"1":"provenance"}}}}'
    threat.match(only({ attestations: NONE }, parsePins(text, 'bonafide.lock')), {
      code: 'provenance-missing',
      wanted: 'provenance, as recorded for line 1',
    })
  })
  await rule.test('a new line owes what the package had; a line known to have none does not', async (threat) => {
    const attestations = NONE
    const pins = addToPins(pinned(), 'axios', '0.30.3', null)
    threat.strictSame(outcome({ version: '2.0.0', attestations }, pins).codes, ['provenance-missing'])
    threat.strictSame(outcome({ version: '0.31.0', attestations }, pins).codes, ['provenance-missing'])
    threat.strictSame(outcome({ version: '0.30.4', attestations }, pins), {
      kind: 'unattested',
      pin: 'none',
      codes: [],
    })
  })
  await rule.test('a new line owes it too where only the identity, or only another line, says so', async (threat) => {
    const none = '{"version":1,"packages":{"axios":{"identities":"none","lines":{"1":"provenance"}}}}'
    threat.match(only({ version: '2.0.0', attestations: NONE }, parsePins(none, 'bonafide.lock')), {
      code: 'provenance-missing',
      wanted: 'provenance, as recorded for another line',
    })
    const text = renderPins(pinned()).replace('"1": "provenance"', '"0.30": "none"')
    const change = { version: '2.0.0', attestations: NONE }
    threat.strictSame(outcome(change, parsePins(text, 'bonafide.lock')).codes, ['provenance-missing'])
  })
  await rule.test('recorded none says nothing of a new line whose neighbours claim provenance', async (threat) => {
    const change = { version: '2.0.1', attestations: NONE, history: { line: '2.0.0', package: '2.0.0' } }
    threat.strictSame(outcome(change, recordedNone()).codes, ['regression-unpinned'])
    threat.equal(
      outcome({ ...change, version: '1.14.2' }, recordedNone()).kind,
      'unattested',
      'but stands on its own line',
    )
  })
  await rule.test('recorded none is unattested, never trusted', async (threat) => {
    threat.strictSame(outcome({ attestations: NONE }, recordedNone()), { kind: 'unattested', pin: 'none', codes: [] })
    threat.equal(outcome({ attestations: verified(null) }, recordedNone()).kind, 'unattested')
    threat.equal(outcome({ attestations: verified(provenance(), null) }, recordedNone()).kind, 'unattested')
  })
  await rule.test('a pin is found by its own name alone', async (threat) => {
    for (const name of ['__proto__', 'constructor', 'axio', 'axios2'])
      threat.strictSame(outcome({ name, attestations: NONE }, recordedNone()).codes, ['provenance-missing'], name)
  })
})

await t.test('replay: evidence for anything else is as good as none', async (rule) => {
  for (const change of [{ name: 'axois' }, { version: '1.14.0' }, { integrity: OTHER_BYTES }]) {
    const wrong = JSON.stringify(change)
    rule.strictSame(
      outcome({ attestations: verified(provenance(change)) }),
      { kind: 'refused', pin: 'unrecorded', codes: ['provenance-missing'] },
      `provenance of ${wrong}`,
    )
    rule.strictSame(
      outcome({ attestations: verified(provenance(), publish(change)) }).codes,
      ['publish-attestation-missing'],
      `publish attestation of ${wrong}`,
    )
  }
})

await t.test('registry-signature: bytes for which no pinned registry key stands', async (rule) => {
  const cases = [
    ['invalid', 'refused', 'registry-signature-invalid'],
    ['unknown-key', 'refused', 'registry-signature-key'],
    ['outside-window', 'refused', 'registry-signature-window'],
    ['time-unknown', 'undecided', 'registry-time-missing: undecided'],
    ['not-checked', 'undecided', 'registry-keys-unavailable: undecided'],
  ] as const
  for (const [state, kind, code] of cases) {
    const signature = { state, found: 'SHA256:other' }
    rule.match(outcome({ signature }), { kind, codes: [code] }, `${state}, both attestations notwithstanding`)
    rule.equal(outcome({ signature, attestations: NONE }, recordedNone()).kind, kind, `${state}, recorded none`)
  }
  const signature = { state: 'missing' } as const
  rule.strictSame(outcome({ signature, attestations: NONE }, recordedNone()).codes, ['registry-signature-missing'])
  rule.strictSame(
    outcome({ signature, attestations: verified(null, publish({ integrity: OTHER_BYTES })) }, recordedNone()).codes,
    ['registry-signature-missing'],
    'a publish attestation of other bytes does not stand in',
  )
  rule.match(outcome({ signature }), { kind: 'trusted', codes: ['registry-signature-missing: warn'] })
})

await t.test('lock-mismatch: a lockfile that was tampered with', async (rule) => {
  await rule.test('swapped integrity', async (threat) => {
    const registry = listed(parseIntegrity(OTHER_BYTES))
    threat.match(only({ registry }), { code: 'lock-integrity-mismatch', found: BYTES, wanted: OTHER_BYTES })
    threat.equal(outcome({ registry }).kind, 'refused', 'though both attestations hold for the locked bytes')
  })
  await rule.test('swapped URL', async (threat) => {
    const resolved = 'https://evil.example/axios-1.14.1.tgz'
    threat.match(only({ resolved, resolvedMatches: false }), {
      code: 'lock-resolved-mismatch',
      found: resolved,
      wanted: 'https://registry.example/axios/-/axios-1.14.1.tgz',
    })
    threat.strictSame(
      outcome({ resolvedMatches: null }).codes,
      ['lock-resolved-mismatch'],
      'a URL that nobody compared',
    )
    threat.equal(outcome({ resolved: null, resolvedMatches: null }).kind, 'trusted', 'a lockfile without URLs')
  })
  await rule.test('integrity left out or weak, and nothing signed to take it from', async (threat) => {
    for (const [locked, code] of [
      [NO_INTEGRITY, 'lock-integrity-missing'],
      [SHA1, 'lock-integrity-weak'],
    ] as const) {
      for (const signature of [{ state: 'missing' }, { state: 'invalid', found: 'x' }] as const)
        threat.ok(outcome({ locked, signature }).codes.includes(code), `${code}, signature ${signature.state}`)
      threat.strictSame(outcome({ locked, registry: listed(NO_INTEGRITY) }, pinned()).codes.includes(code), true)
      threat.match(outcome({ locked }), { kind: 'trusted', codes: [`${code}: warn`] }, 'taken from signed metadata')
      threat.match(
        outcome({ locked, attestations: verified(provenance({ integrity: OTHER_BYTES })) }),
        { kind: 'refused' },
        'which then binds the evidence',
      )
      const signature = { state: 'time-unknown', found: 'x' } as const
      threat.notOk(outcome({ locked, signature, attestations: NONE }, recordedNone()).codes.includes(code))
      threat.equal(outcome({ locked, signature, attestations: NONE }, recordedNone()).kind, 'undecided')
    }
  })
  await rule.test('an unsigned integrity binds no evidence', async (threat) => {
    const change = { locked: NO_INTEGRITY, signature: { state: 'missing' } } as const
    threat.strictSame(outcome(change, pinned()).pin, 'unrecorded')
  })
  await rule.test('two hashes, or no hash at all, whatever the registry signed', async (threat) => {
    const several = parseIntegrity(`${BYTES} ${OTHER_BYTES}`)
    threat.ok(outcome({ locked: several }).codes.includes('lock-integrity-several'))
    const malformed = parseIntegrity('sha512-AAAA')
    threat.ok(outcome({ locked: malformed }).codes.includes('lock-integrity-malformed'))
  })
  await rule.test('what the lockfile reader found is carried, whatever it is', async (threat) => {
    for (const code of ['lock-duplicate-key', 'lock-integrity-conflict', 'lock-entry-malformed'] as const)
      threat.strictSame(outcome({ entryFindings: [refusal(code)] }), {
        kind: 'refused',
        pin: 'unrecorded',
        codes: [code],
      })
  })
  await rule.test('a registry that strips its integrities leaves it undecided', async (threat) => {
    for (const integrity of [NO_INTEGRITY, SHA1])
      threat.match(outcome({ registry: listed(integrity) }), {
        kind: 'undecided',
        codes: ['registry-nonsense: undecided'],
      })
  })
})

await t.test('withdrawn: malware replayed after its removal', async (rule) => {
  for (const [state, code] of [
    ['version-withdrawn', 'version-withdrawn'],
    ['version-unknown', 'version-unknown'],
    ['package-unknown', 'version-unknown'],
  ] as const)
    rule.strictSame(outcome({ registry: { state } }).codes, [code], state)
  const signature = { state: 'not-checked', found: 'no metadata' } as const
  const gone = { registry: { state: 'version-withdrawn' }, signature, attestations: NONE } as const
  rule.strictSame(
    outcome(gone, recordedNone(), policy({ withdrawn: 'off' })).kind,
    'refused',
    'and lowering the rule lets nothing through for which no key stands',
  )
})

await t.test('exotic-dependency: a payload that comes in by git', async (rule) => {
  const entryFindings = [refusal('exotic-dependency')]
  rule.strictSame(outcome({ entryFindings }, pinned()).codes, ['exotic-dependency'])
  rule.match(outcome({ entryFindings }, pinned(), policy({ 'exotic-dependency': 'warn' })), {
    kind: 'exempt',
    codes: ['exotic-dependency: warn'],
  })
})

await t.test('failed cryptography refuses, pins and policy notwithstanding', async (rule) => {
  const lowered = policy({
    'provenance-required': 'off',
    'identity-changed': 'off',
    withdrawn: 'off',
    'exotic-dependency': 'off',
  })
  for (const code of ['signature-invalid', 'predicate-mismatch', 'document-empty'] as const) {
    for (const attestations of [verified(null, null, [refusal(code)]), verified(undefined, undefined, [refusal(code)])])
      for (const pins of [NO_PINS, pinned(), recordedNone()])
        rule.strictSame(outcome({ attestations }, pins, lowered).codes, [code], code)
  }
  const handMade: Policy = { ...defaultPolicy(), rules: new Map([['attestation-invalid', 'off']]) }
  const attestations = verified(provenance(), publish(), [refusal('signature-invalid')])
  rule.equal(outcome({ attestations }, NO_PINS, handMade).kind, 'refused', 'by a policy that no file can hold, too')
})

await t.test('a lowered rule makes nothing trusted', async (rule) => {
  for (const level of ['warn', 'off']) {
    const by = policy({ 'provenance-required': level, 'identity-changed': level, withdrawn: level })
    rule.equal(outcome({ attestations: NONE }, NO_PINS, by).kind, 'unattested', 'no evidence')
    rule.equal(outcome({ attestations: NONE }, pinned(), by).kind, 'unattested', 'a pinned package without evidence')
    rule.equal(outcome({ attestations: verified(provenance(), null) }, NO_PINS, by).kind, 'unattested', 'half of it')
    const foreign = verified(provenance({ identity: { repositoryId: '9' } }))
    const judgement = judge(facts({ attestations: foreign }), by, pinned())
    rule.match(judgement, { verdict: { kind: 'exempt' }, pin: 'unrecorded', waived: [{ code: 'identity-changed' }] })
    rule.equal(judgement.findings.length, level === 'warn' ? 1 : 0, 'off is silent and still counted')
    rule.equal(outcome({ registry: { state: 'version-withdrawn' } }, NO_PINS, by).kind, 'exempt', 'withdrawn')
    rule.equal(outcome({}, pinned(), by).kind, 'trusted', 'full evidence needs no waiver')
  }
})

await t.test('undecided is not refused, and never a yes', async (rule) => {
  const outage = finding('registry-unreachable', { found: 'no answer', wanted: 'an answer', fix: 'bonafide verify' })
  const unknown = { state: 'unknown', findings: [outage] } as const
  for (const pins of [NO_PINS, pinned(), recordedNone()]) {
    rule.match(outcome({ attestations: unknown }, pins), {
      kind: 'undecided',
      codes: ['registry-unreachable: undecided'],
    })
    rule.equal(outcome({ registry: unknown }, pins).kind, 'undecided', 'metadata')
    rule.equal(
      outcome({ registry: unknown, locked: NO_INTEGRITY }, pins).kind,
      'undecided',
      'with no integrity to go by',
    )
    const whispered = { state: 'unknown', findings: [{ ...outage, level: 'warn' }] } as const
    rule.equal(outcome({ attestations: whispered }, pins).kind, 'undecided', 'whatever level the finding was given')
    rule.equal(outcome({ registry: whispered }, pins).kind, 'undecided')
  }
  const by = policy({ 'provenance-required': 'off' })
  rule.equal(outcome({ attestations: unknown }, NO_PINS, by).kind, 'undecided', 'a lowered rule decides no outage')
  for (const pins of [pinned(), recordedNone()])
    rule.match(outcome({ attestations: unknown }, pins), { pin: 'unrecorded' }, 'nobody knows what it shows')
  const open: Finding = { ...refusal('exotic-dependency'), level: 'undecided' }
  const off = policy({ 'exotic-dependency': 'off' })
  rule.equal(outcome({ entryFindings: [open] }, NO_PINS, off).kind, 'undecided', 'nor does it close any other question')
  const late = finding('clock-behind', { found: 'then', wanted: 'now', fix: 'set the clock' })
  rule.strictSame(
    outcome({ attestations: verified(null, null, [late]) }, pinned()),
    { kind: 'undecided', pin: 'unrecorded', codes: ['clock-behind: undecided'] },
    'a document that could not be judged is not "no provenance"',
  )
  rule.match(outcome({ attestations: unknown, resolvedMatches: false }), { kind: 'refused' }, 'one refusal outranks it')
})

await t.test('outside: left out by name or by whole scope', async (rule) => {
  const attestations = NONE
  const by = policy({}, ['@acme/*', 'left-pad'])
  rule.strictSame(judge(facts({ name: '@acme/x', attestations }), by, NO_PINS).verdict, {
    kind: 'outside',
    reason: '@acme/*',
  })
  rule.equal(outcome({ name: 'left-pad', attestations }, NO_PINS, by).kind, 'outside')
  for (const name of ['@acme-evil/x', '@acmee/x', 'acme', 'left-pad2', 'Left-pad', '@left-pad/left-pad'])
    rule.equal(outcome({ name, attestations }, NO_PINS, by).kind, 'refused', name)
  rule.equal(outcome({ name: 'left-pad', entryFindings: [refusal('exotic-dependency')] }, NO_PINS, by).kind, 'outside')
  rule.strictSame(
    outcome({ name: 'left-pad', entryFindings: [refusal('lock-duplicate-key')] }, NO_PINS, by).codes,
    ['lock-duplicate-key'],
    'a lockfile that says two things is refused there too',
  )
  rule.strictSame(
    outcome({ name: 'left-pad', attestations: verified(null, null, [refusal('signature-invalid')]) }, NO_PINS, by).kind,
    'refused',
    'and failed cryptography',
  )
})

const EDGE = 'setup@github:evil/setup'

function judged(findings: readonly Finding[], by: Policy = defaultPolicy()): string {
  return judgeOther({ name: 'setup', findings, reason: 'git', edges: [EDGE] }, by, new Set()).verdict.kind
}

await t.test('what is no version of a registry is outside at best', (rule) => {
  const exotic = refusal('exotic-dependency')
  const injected = refusal('lock-entry-undeclared')
  const open = finding('registry-unreachable', { found: 'a', wanted: 'b', fix: 'c' })
  const lowered: Policy = { ...defaultPolicy(), rules: new Map([['exotic-dependency', 'warn']]) }
  const left: Policy = { ...defaultPolicy(), outside: ['setup'] }
  rule.equal(judged([]), 'outside')
  rule.equal(judged([exotic]), 'refused')
  rule.equal(judged([open]), 'undecided')
  rule.equal(judged([open, exotic]), 'refused', 'one refusal refuses, whatever is open')
  rule.equal(judged([exotic], lowered), 'outside')
  rule.equal(judged([exotic, injected], lowered), 'refused', 'an injected entry is nobody’s to lower')
  rule.equal(judged([exotic], left), 'outside')
  rule.equal(judged([injected], left), 'refused', 'nor to leave out')
  const entry = { name: 'setup', findings: [exotic], reason: 'git', edges: [EDGE] }
  const by = (accepted: readonly string[]): string => judgeOther(entry, defaultPolicy(), new Set(accepted)).verdict.kind
  rule.equal(by([EDGE]), 'outside', 'what stood there at adoption is on record')
  rule.equal(by(['setup@github:evil/setup#next']), 'refused', 'another ref is another dependency')
  rule.equal(
    judgeOther({ ...entry, edges: [] }, defaultPolicy(), new Set([EDGE])).verdict.kind,
    'refused',
    'and a list of nothing accepts nothing',
  )
  rule.same(
    judgeOther(entry, lowered, new Set()).waived.map(({ code }) => code),
    ['exotic-dependency'],
    'what was lowered is counted',
  )
  rule.end()
})

await t.test('a report: one refusal refuses, one open question leaves it open', async (rule) => {
  const counts: VerdictCounts = { trusted: 3, unattested: 2, exempt: 1, outside: 1, refused: 0, undecided: 0 }
  rule.equal(reportVerdict(counts), 'satisfied')
  rule.equal(reportVerdict({ ...counts, undecided: 1 }), 'undecided')
  rule.equal(reportVerdict({ ...counts, undecided: 1, refused: 1 }), 'refused')
  rule.equal(reportVerdict({ ...counts, refused: Number.NaN }), 'refused', 'a count that is no number is not nothing')
})

await t.test('the example of the README runs', async (readme) => {
  const text = readFileSync(new URL('../../packages/policy/README.md', import.meta.url), 'utf8')
  const [, code] = /```ts\n(.*?)```/su.exec(text) ?? []
  readme.type(code, 'string')
  const folder = readme.testdir({ 'example.ts': code ?? '' })
  const { verdict } = (await import(`${folder}/example.ts`)) as { verdict: unknown }
  readme.match(verdict, { kind: 'refused', findings: [{ code: 'provenance-missing' }] })
})
