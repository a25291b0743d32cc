// SPDX-License-Identifier: Apache-2.0
// No rule is there for nothing: with any single one off, some attack gets further than it should.
import { RULES } from '@bonafide/core'
import type { Finding, Rule } from '@bonafide/core'
import { LOWERABLE_RULES } from '@bonafide/policy'
import type { Facts, Judgement } from '@bonafide/policy'
import t from 'tap'
import type * as judgeModule from '../../packages/policy/src/judge.ts'
import { loadAttacks } from './attack-case.ts'
import type { AttackCase } from './attack-case.ts'
import { gatherAt } from './place.ts'
import type { Place } from './place.ts'
import { playStory } from './story.ts'

// Not exported by the package: nobody who wants a verdict needs them.
const policySource = new URL('../../packages/policy/src/', import.meta.url).href
const { CHECKS, judgeBy } = (await import(`${policySource}judge.ts`)) as typeof judgeModule

const CASES: ReadonlyMap<string, AttackCase> = new Map([
  ...(await loadAttacks('attacks')),
  ...(await loadAttacks('further')),
])

// For each rule that a policy may lower, an attack in which it alone stands against some version.
const LOWERED: Readonly<Record<string, string>> = {
  cooldown: '2025-09-08-chalk-debug',
  'exotic-dependency': '2026-05-11-tanstack',
  'fresh-dependency': '2026-03-31-axios',
  'identity-changed': 'b07-namesake',
  'install-script-added': '2026-08-04-keyv',
  'manifest-confusion': 'b27-manifest-confusion',
  'provenance-required': '2025-07-18-eslint-config-prettier',
  'publisher-changed': '2026-05-14-node-ipc',
  'ref-not-allowed': '2026-07-14-asyncapi',
  'runner-self-hosted': 'r04c-runner-takeover',
  'staged-approval': 'r15-no-approval',
  'trigger-not-allowed': 'r04b-comment-trigger',
  'version-backfill': '2025-04-21-xrpl',
  withdrawn: 'b31-withdrawn-replayed',
}

// The same for those that give way to no policy.
const FIXED: Readonly<Record<string, string>> = {
  'attestation-invalid': 'b13-replayed-attestation',
  availability: 'b05-mirror-without-attestations',
  'lock-mismatch': 'b16-lockfile-injection',
  'predicate-mismatch': 'b01-predicate-forged',
  'registry-signature': 'b25-swapped-bytes',
  'trust-domain-changed': 'private-authority',
}

await t.test('every rule has its attack', async (check) => {
  // Not about a version but about files: test/verify/base.test.ts and installer-changed.test.ts have their attacks.
  const ofFiles: ReadonlySet<Rule> = new Set(['installer-changed', 'policy-loosened'])
  check.strictSame(LOWERABLE_RULES.filter((rule) => !ofFiles.has(rule)).sort(), Object.keys(LOWERED).sort())
  const rules = RULES.filter((rule) => !ofFiles.has(rule))
  check.strictSame(rules.sort(), [...Object.keys(LOWERED), ...Object.keys(FIXED)].sort())
})

for (const [rule, name] of Object.entries(LOWERED)) {
  await t.test(`without ${rule}: ${name}`, async (check) => {
    const attack = caseOf(name)
    const others: Readonly<Record<string, string>> = rule === 'cooldown' ? {} : { cooldown: 'off' }
    const on = { name: 'on', rules: others }
    const off = { name: 'off', rules: { ...others, [rule]: 'off' } }
    const { looks } = await playStory(attack.story, { ...attack, variants: [on, off] })
    let [seen, through] = [0, 0]
    for (const { reports } of looks) {
      const without = new Map((reports.get('off')?.packages ?? []).map((item) => [item.name, item]))
      for (const item of reports.get('on')?.packages ?? []) {
        const own = item.findings.filter((finding) => finding.rule === rule)
        const left = without.get(item.name)
        check.strictSame(
          left?.findings.map(({ code }) => code),
          item.findings.filter((finding) => !own.includes(finding)).map(({ code }) => code),
          `${item.name}: what the rule saw is gone, and nothing else`,
        )
        if (own.length === 0) continue
        seen += 1
        // A warning stops nothing: what goes unseen without it is all that can be lost.
        const isRefusal = own.some(({ level }) => level === 'refuse')
        if (!isRefusal || left?.verdict !== 'refused') through += 1
      }
    }
    check.not(seen, 0, 'the rule sees the attack')
    check.not(through, 0, 'without it, some version gets through')
  })
}

for (const [rule, name] of Object.entries(FIXED)) {
  await t.test(`without ${rule}: ${name}`, async (check) => {
    const attack = caseOf(name)
    const judged: (readonly [on: Judgement, off: Judgement])[] = []
    const alsoLook = async (place: Place): Promise<void> => void judged.push(...(await judgeBothWays(rule, place)))
    await playStory(attack.story, { ...attack, variants: [], alsoLook })
    const own = judged.filter(([on]) => stopping(on).some(({ rule: by }) => by === rule))
    check.not(own.length, 0, 'the rule sees the attack')
    for (const [on, off] of own) {
      check.ok(['refused', 'undecided'].includes(on.verdict.kind))
      check.notOk(stopping(off).some(({ rule: by }) => by === rule))
      check.not(codesOf(off), codesOf(on), 'the case fails without it')
    }
  })
}

async function judgeBothWays(
  rule: string,
  place: Place,
): Promise<readonly (readonly [on: Judgement, off: Judgement])[]> {
  const { project, facts } = await gatherAt(place)
  const { policy, pins, exemptions } = project
  const rest = CHECKS.filter((one) => one.name !== `check${pascal(rule)}`)
  return facts.map(
    (one) =>
      [
        judgeBy(CHECKS, one, policy, pins, exemptions),
        judgeBy(rest, unheard(one, rule), policy, pins, exemptions),
      ] as const,
  )
}

// What others than the checks found by this rule's name.
function unheard(facts: Facts, rule: string): Facts {
  const { attestations } = facts
  if (attestations.state === 'unknown') return { ...facts, attestations: { state: 'none' } }
  if (attestations.state !== 'verified') return facts
  return {
    ...facts,
    attestations: { ...attestations, findings: attestations.findings.filter((one) => one.rule !== rule) },
  }
}

function stopping({ findings }: Judgement): readonly Finding[] {
  return findings.filter(({ level }) => level !== 'warn')
}

function codesOf(judgement: Judgement): string {
  return stopping(judgement)
    .map(({ code }) => code)
    .join()
}

function pascal(rule: string): string {
  return rule.replaceAll(/(?:^|-)([a-z])/gu, (_, letter: string) => letter.toUpperCase())
}

function caseOf(name: string): AttackCase {
  const attack = CASES.get(name)
  if (attack === undefined) throw new Error(`no case ${name}`)
  return attack
}
