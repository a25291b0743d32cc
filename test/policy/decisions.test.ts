// SPDX-License-Identifier: Apache-2.0
// What a person is offered: settings for other tools, and the ways in which a refusal can be settled.
import { finding } from '@bonafide/core'
import type { FindingCode } from '@bonafide/core'
import { cooldownSettings, isReason, planExemption, wayOut } from '@bonafide/policy'
import t from 'tap'

const values = (hours: number): readonly (readonly [string, string | number, number])[] =>
  cooldownSettings(hours).map(({ tool, value, hours: resolved }) => [tool, value, resolved])

await t.test('B30: a cooldown is written in the unit of each tool, and never comes to less', (check) => {
  check.strictSame(values(72), [
    ['renovate', '3 days', 72],
    ['dependabot', 3, 72],
    ['npm', 3, 72],
    ['pnpm', 4320, 72],
  ])
  check.strictSame(values(36), [
    ['renovate', '2 days', 48],
    ['dependabot', 2, 48],
    ['npm', 2, 48],
    ['pnpm', 2160, 36],
  ])
  check.strictSame(values(1), [
    ['renovate', '1 day', 24],
    ['dependabot', 1, 24],
    ['npm', 1, 24],
    ['pnpm', 60, 1],
  ])
  check.strictSame(cooldownSettings(0), [], 'no cooldown, no setting')
  check.equal(cooldownSettings(24 * 365).find(({ tool }) => tool === 'dependabot')?.value, 90, 'the most it takes')
  check.end()
})

const found = (code: FindingCode): ReturnType<typeof finding> => finding(code, { found: '', wanted: '', fix: '' })
const ways = (...codes: readonly FindingCode[]): ReturnType<typeof wayOut> => wayOut(codes.map(found))

await t.test('a refusal is settled by a pin, by an exemption, by both or by nothing', (check) => {
  check.strictSame(ways('identity-changed'), { pin: 'all', exempt: ['identity-changed'], beside: [] })
  check.strictSame(ways('cooldown'), { pin: 'none', exempt: ['cooldown'], beside: ['cooldown'] })
  check.strictSame(ways('cooldown', 'identity-changed'), {
    pin: 'some',
    exempt: ['cooldown', 'identity-changed'],
    beside: ['cooldown'],
  })
  // A private authority is recorded anew, and never waived.
  check.strictSame(ways('trust-domain-changed'), { pin: 'all', exempt: null, beside: [] })
  // Provenance that is there and was not handed over is nobody's "none".
  check.equal(ways('attestations-withheld').pin, 'none')
  check.equal(ways('publish-attestation-missing').pin, 'none')
  check.strictSame(ways('signature-invalid'), { pin: 'none', exempt: null, beside: null })
  check.strictSame(ways('identity-changed', 'lock-integrity-mismatch'), { pin: 'some', exempt: null, beside: null })
  check.strictSame(wayOut([{ ...found('cooldown'), level: 'warn' }]).exempt, [], 'a warning stops nothing')
  check.end()
})

await t.test('an exemption waives what it names, as far as that may give way, and says what is left', (check) => {
  const young = found('cooldown')
  const forged = found('signature-invalid')
  const timeless = { ...found('cooldown-time-missing'), level: 'undecided' } as const
  const down = found('registry-unreachable')
  check.strictSame(planExemption([young], ['cooldown']), { waived: [young], idle: [], left: [] })
  check.strictSame(planExemption([timeless], ['cooldown']), { waived: [timeless], idle: [], left: [] })
  check.strictSame(planExemption([], ['cooldown']), { waived: [], idle: ['cooldown'], left: [] }, 'no yes to nothing')
  check.strictSame(planExemption([{ ...young, level: 'warn' }], ['cooldown']).idle, ['cooldown'])
  check.strictSame(planExemption([young, forged, down], ['cooldown']).left, [forged, down])
  // Named or not: it never gives way.
  check.strictSame(planExemption([forged], ['attestation-invalid']), {
    waived: [],
    idle: ['attestation-invalid'],
    left: [forged],
  })
  check.end()
})

await t.test('a reason is one line that says something', (check) => {
  check.ok(isReason('closes CVE-2026-1234, diff read'))
  for (const text of ['', ' ', '\t', 'two\nlines', 'x'.repeat(501), '\u001b[2Jx', 'a\u2028b'])
    check.notOk(isReason(text), encodeURI(text).slice(0, 20))
  check.end()
})
