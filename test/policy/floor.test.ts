// SPDX-License-Identifier: Apache-2.0
// A policy above a floor: tightened at will, loosened never; and what one policy allows beyond another.
import { BonafideError, RULES } from '@bonafide/core'
import type { ErrorDetail, Rule } from '@bonafide/core'
import { applyFloor, comparePolicies, completePolicy, parsePolicyFile, settingsFor } from '@bonafide/policy'
import type { Policy, PolicyFile, StatedPolicy } from '@bonafide/policy'
import t from 'tap'

const DIGEST = 'a'.repeat(64)

/** A policy file with these keys; one key a line, so that lines tell keys apart. */
function file(keys: object): PolicyFile {
  const text = JSON.stringify({ version: 1, extends: { file: 'org.json', sha256: DIGEST }, ...keys }, null, 1)
  return parsePolicyFile(text, 'bonafide.json')
}

function above(floor: object, own: object): StatedPolicy {
  return applyFloor(file(floor).stated, file(own))
}

function policy(keys: object): Policy {
  return completePolicy(file(keys).stated)
}

/** The detail of the error that a policy above a floor comes to; fails the caller where there is none. */
function looser(floor: object, own: object): ErrorDetail {
  try {
    above(floor, own)
  } catch (error) {
    if (error instanceof BonafideError && error.code === 'BONAFIDE_POLICY_LOOSER') return error.detail
    throw error
  }
  throw new Error(`accepted: ${JSON.stringify(own)}`)
}

const observe = (day: string): object => ({ mode: 'observe', observeUntil: day })
const root = (sha256: string, ...scopes: readonly string[]): object => ({ file: 'root.json', sha256, scopes })
const rules = (levels: Partial<Record<Rule, string>>): object => ({ rules: levels })
const releases = (publish: object): object => ({ publish })
const PRIVATE = { fulcio: 'https://fulcio.example', rekor: 'https://rekor.example' }
const EVIL = 'https://evil.example'
const forPackage = (pattern: string, entry: object): object => ({ packages: { [pattern]: entry } })

// A floor, what a repository may not say above it, and the key that is named; each of them as well from base to head.
const LOOSER: readonly (readonly [floor: object, own: object, key: string])[] = [
  [rules({ cooldown: 'refuse' }), rules({ cooldown: 'warn' }), 'rules.cooldown'],
  [rules({ cooldown: 'warn' }), rules({ cooldown: 'off' }), 'rules.cooldown'],
  [rules({ cooldown: 'refuse' }), forPackage('axios', rules({ cooldown: 'off' })), 'packages.axios.rules.cooldown'],
  [rules({ cooldown: 'refuse' }), forPackage('@acme/*', rules({ cooldown: 'off' })), 'packages.@acme/*.rules.cooldown'],
  [
    forPackage('@acme/*', rules({ cooldown: 'refuse' })),
    forPackage('@acme/x', rules({ cooldown: 'off' })),
    'packages.@acme/x.rules.cooldown',
  ],
  [{ cooldownHours: 100 }, { cooldownHours: 99 }, 'cooldownHours'],
  [{ cooldownHours: 100 }, forPackage('axios', { cooldownHours: 0 }), 'packages.axios.cooldownHours'],
  [
    forPackage('axios', { cooldownHours: 100 }),
    forPackage('axios', { cooldownHours: 99 }),
    'packages.axios.cooldownHours',
  ],
  [forPackage('axios', { strict: true }), forPackage('axios', { strict: false }), 'packages.axios.strict'],
  [forPackage('@acme/*', { strict: true }), forPackage('@acme/x', { strict: false }), 'packages.@acme/x.strict'],
  [{}, { outside: ['axios'] }, 'outside.[0]'],
  [{ outside: [] }, { outside: ['axios'] }, 'outside.[0]'],
  [{ outside: ['@acme/x'] }, { outside: ['@acme/x', '@acme/*'] }, 'outside.[1]'],
  [{ outside: ['@acme/*'] }, { outside: ['@acme-evil/x'] }, 'outside.[0]'],
  [{}, { mirrors: ['https://mirror.example/'] }, 'mirrors.[0]'],
  [
    { mirrors: ['https://mirror.example/'] },
    { mirrors: ['https://mirror.example/', 'https://mirror.example/npm/'] },
    'mirrors.[1]',
  ],
  [{ mirrors: ['https://mirror.example/'] }, { mirrors: ['https://mirror.example:8443/'] }, 'mirrors.[0]'],
  [{}, observe('2027-01-31'), 'mode'],
  [{ mode: 'enforce' }, observe('2027-01-31'), 'mode'],
  [observe('2027-01-31'), observe('2027-02-01'), 'mode'],
  [{ trustedRoots: [] }, { trustedRoots: [root(DIGEST, '@acme')] }, 'trustedRoots.[0]'],
  [{ trustedRoots: [root(DIGEST, '@acme')] }, { trustedRoots: [root('b'.repeat(64), '@acme')] }, 'trustedRoots.[0]'],
  [{ trustedRoots: [root(DIGEST, '@acme')] }, { trustedRoots: [root(DIGEST, '@acme', '@other')] }, 'trustedRoots.[0]'],
  [releases({ maxTokenLifetime: '1h' }), releases({ maxTokenLifetime: '61m' }), 'publish.maxTokenLifetime'],
  [releases({ refs: ['tag'] }), releases({ refs: ['tag', 'refs/heads/main'] }), 'publish.refs.[1]'],
  [releases({ refs: ['tag'] }), releases({ refs: ['tags'] }), 'publish.refs.[0]'],
  [releases({ refs: ['refs/heads/main'] }), releases({ refs: ['refs/heads/main2'] }), 'publish.refs.[0]'],
  [releases({ triggers: ['push'] }), releases({ triggers: ['push', 'issue_comment'] }), 'publish.triggers.[1]'],
  [releases({ allowSelfHosted: false }), releases({ allowSelfHosted: true }), 'publish.allowSelfHosted'],
  [releases({ tags: ['v{version}'] }), releases({ tags: ['{version}-evil'] }), 'publish.tags.[0]'],
  [releases({ workflows: ['a.yml'] }), releases({ workflows: ['b.yml', 'a.yml'] }), 'publish.workflows.[0]'],
  [releases({ sigstore: PRIVATE }), releases({ sigstore: { ...PRIVATE, fulcio: EVIL } }), 'publish.sigstore'],
  [releases({ sigstore: PRIVATE }), releases({ sigstore: { ...PRIVATE, rekorVersion: 2 } }), 'publish.sigstore'],
]

await t.test('hiding lets nothing pass, so that a repository may say either', async (check) => {
  check.equal(above({ hideRefused: true }, {}).hideRefused, true)
  check.equal(above({ hideRefused: true }, { hideRefused: false }).hideRefused, false)
  check.equal(above({}, { hideRefused: true }).hideRefused, true)
  check.equal(above({}, {}).hideRefused, null)
})

await t.test('a repository that steps below its floor is told the place, in its own file', async (check) => {
  for (const [floor, own, key] of LOOSER) {
    const detail = looser(floor, own)
    check.match(detail, { path: 'bonafide.json', wanted: /, as in org\.json$/u, hint: /org\.json$/u }, key)
    check.ok((detail.line ?? 0) > 6 && (detail.column ?? 0) > 1, `${key} at ${detail.line}:${detail.column}`)
  }
})

await t.test('what is looser above a floor is looser from base to head', async (check) => {
  for (const [base, head, key] of LOOSER) {
    const found = comparePolicies(policy(base), policy(head)).map(({ what }) => what)
    // Where a scope's entry is gone altogether, the scope is told and not the package in it.
    check.ok(found.includes(key) || found.includes(key.replace('@acme/x', '@acme/*')), `${key}: ${found.join()}`)
  }
})

const TIGHTER: readonly (readonly [floor: object, own: object])[] = [
  [{}, {}],
  [rules({ cooldown: 'warn' }), rules({ cooldown: 'warn', 'version-backfill': 'refuse' })],
  [rules({ cooldown: 'off' }), forPackage('axios', rules({ cooldown: 'refuse' }))],
  [{ cooldownHours: 72 }, { cooldownHours: 72, ...forPackage('axios', { cooldownHours: 8760 }) }],
  [{ outside: ['@acme/*', 'b'] }, { outside: ['@acme/x'] }],
  [observe('2027-01-31'), { mode: 'enforce' }],
  [observe('2027-01-31'), observe('2027-01-30')],
  [{ trustedRoots: [root(DIGEST, '@acme', '@b')] }, { trustedRoots: [root(DIGEST, '@b')] }],
  [forPackage('axios', { strict: true }), forPackage('axios', { cooldownHours: 72 })],
  [releases({ maxTokenLifetime: '7d' }), releases({ maxTokenLifetime: '30m' })],
  [releases({ refs: ['tags', 'refs/heads/main'] }), releases({ refs: ['tag', 'refs/tags/nightly'] })],
  [releases({ triggers: ['push', 'release'], workflows: ['a.yml', 'b.yml'] }), releases({ workflows: ['b.yml'] })],
  [releases({ allowSelfHosted: true }), releases({ allowSelfHosted: false })],
  [releases({ sigstore: PRIVATE }), releases({ sigstore: { ...PRIVATE, rekorVersion: 1 } })],
]

await t.test('what is as strict or stricter is accepted, and no policy is laxer than itself', async (check) => {
  for (const [floor, own] of TIGHTER) {
    const merged = completePolicy(above(floor, own))
    check.strictSame(comparePolicies(policy(floor), merged), [], JSON.stringify(own))
    check.strictSame(comparePolicies(merged, merged), [])
  }
  for (const keys of LOOSER.flatMap(([floor, own]) => [floor, own]))
    check.strictSame(comparePolicies(policy(keys), policy(keys)), [], JSON.stringify(keys))
})

await t.test('what the floor leaves open is the repository’s to say', async (check) => {
  const merged = completePolicy(
    above(rules({ cooldown: 'refuse' }), {
      ...rules({ withdrawn: 'off' }),
      cooldownHours: 0,
      trustedRoots: [root(DIGEST, '@acme')],
    }),
  )
  check.equal(settingsFor(merged, 'axios').level('withdrawn'), 'off')
  check.equal(settingsFor(merged, 'axios').level('cooldown'), 'refuse')
  check.equal(merged.cooldownHours, 0)
  check.equal(merged.privateRoots.length, 1)
  check.strictSame(merged.mode, { kind: 'enforce' })
  // A mirror of the floor may be dropped.
  const dropped = completePolicy(above({ mirrors: ['https://a.example/', 'https://b.example/'] }, { mirrors: [] }))
  check.strictSame(dropped.mirrors, [])
  check.strictSame(completePolicy(above({ mirrors: ['https://a.example/'] }, {})).mirrors, ['https://a.example/'])
  const inherited = completePolicy(above({ ...observe('2027-01-31'), outside: ['b'], cooldownHours: 100 }, {}))
  check.match(inherited, { mode: { kind: 'observe' }, outside: ['b'], cooldownHours: 100 })
})

await t.test('where both speak of a package the stricter holds, whoever speaks of fewer packages', async (check) => {
  const level = (floor: object, own: object, name: string): string =>
    settingsFor(completePolicy(above(floor, own)), name).level('cooldown')
  // The organisation lets one package off; the repository refuses it for all.
  check.equal(level(forPackage('axios', rules({ cooldown: 'off' })), rules({ cooldown: 'refuse' }), 'axios'), 'refuse')
  // The repository warns for all; the organisation refuses for one package, and for a scope.
  check.equal(level(forPackage('axios', rules({ cooldown: 'refuse' })), rules({ cooldown: 'warn' }), 'axios'), 'refuse')
  check.equal(
    level(forPackage('axios', rules({ cooldown: 'refuse' })), rules({ cooldown: 'warn' }), 'left-pad'),
    'warn',
  )
  const scope = forPackage('@acme/*', rules({ cooldown: 'refuse' }))
  check.equal(level(scope, forPackage('@acme/x', { strict: true }), '@acme/x'), 'refuse')
  const hours = completePolicy(above({ cooldownHours: 200 }, forPackage('axios', { strict: true })))
  check.match(settingsFor(hours, 'axios'), { strict: true, cooldownHours: 200 })
})

await t.test('a floor beneath a floor holds through both', async (check) => {
  const middle = applyFloor(file(rules({ cooldown: 'refuse' })).stated, file({ cooldownHours: 100 }))
  check.throws(() => applyFloor(middle, file(rules({ cooldown: 'warn' }))), { code: 'BONAFIDE_POLICY_LOOSER' })
  check.throws(() => applyFloor(middle, file({ cooldownHours: 99 })), { code: 'BONAFIDE_POLICY_LOOSER' })
})

await t.test('a default is lowered as a word is', async (check) => {
  check.match(comparePolicies(policy({}), policy(rules({ cooldown: 'off' }))), [
    { what: 'rules.cooldown', found: '"off"', wanted: '"refuse"' },
  ])
  check.match(comparePolicies(policy(rules({ 'staged-approval': 'refuse' })), policy({})), [
    { what: 'rules.staged-approval', found: '"off"', wanted: '"refuse"' },
  ])
  check.match(comparePolicies(policy({}), policy({ cooldownHours: 71 })), [{ found: '71', wanted: '72 or more' }])
  check.match(comparePolicies(policy(forPackage('axios', { strict: true })), policy({})), [
    { what: 'packages.axios.strict', found: 'false', wanted: 'true' },
  ])
  check.match(comparePolicies(policy(forPackage('@acme/*', { cooldownHours: 100 })), policy({})), [
    { what: 'packages.@acme/*.cooldownHours', found: '72', wanted: '100 or more' },
  ])
  check.match(comparePolicies(policy({}), policy({ trustedRoots: [root(DIGEST, '@acme')] })), [
    { what: 'trustedRoots.[0]' },
  ])
})

await t.test(
  'what a policy says of releases is compared with the defaults, and with any of them gone',
  async (check) => {
    const what = (base: object, head: object): readonly string[] =>
      comparePolicies(policy(releases(base)), policy(releases(head))).map((one) => one.what)
    check.strictSame(what({}, { refs: ['refs/heads/main'] }), ['publish.refs.[0]'])
    check.strictSame(what({}, { maxTokenLifetime: '2h' }), ['publish.maxTokenLifetime'])
    check.strictSame(what({ workflows: ['a.yml'] }, {}), ['publish.workflows'], 'any workflow again')
    check.strictSame(what({}, { workflows: ['a.yml'] }), [])
    // Another certificate authority is shown the job's identity: neither way is the stricter one.
    check.strictSame(what({}, { sigstore: PRIVATE }), ['publish.sigstore'])
    check.strictSame(what({ sigstore: PRIVATE }, {}), ['publish.sigstore'])
    check.match(comparePolicies(policy({}), policy(releases({ allowSelfHosted: true, maxTokenLifetime: '7d' }))), [
      { found: '"7d"', wanted: '1h or less' },
      { found: 'true', wanted: 'false' },
    ])
    // What the floor leaves open is the repository's own, and what it names goes on beneath.
    const merged = completePolicy(above(releases({ refs: ['refs/heads/main'] }), releases({ maxTokenLifetime: '7d' })))
    check.match(merged.publish, { refs: ['refs/heads/main'], maxTokenLifetime: 604_800, triggers: /push/u })
  },
)

await t.test('what is loosened for all is told once', async (check) => {
  const packages = { '@acme/*': { strict: true }, '@acme/x': { cooldownHours: 100 }, axios: {} }
  const head = { packages, ...rules({ cooldown: 'warn' }) }
  check.strictSame(
    comparePolicies(policy({ packages }), policy(head)).map(({ what }) => what),
    ['rules.cooldown'],
  )
  const scope = { packages: { ...packages, '@acme/*': { strict: true, rules: { cooldown: 'off' } } } }
  check.strictSame(
    comparePolicies(policy({ packages }), policy(scope)).map(({ what }) => what),
    ['packages.@acme/*.rules.cooldown'],
  )
})

// Policies over few names, made by a generator that is the same each time: every pair of them is merged and compared.
function policies(): readonly object[] {
  let state = 1
  const draw = (count: number): number => {
    state = (state * 48_271) % 2_147_483_647
    return state % count
  }
  const some = <T>(values: readonly T[]): T => values[draw(values.length)] as T
  const levels = (): object =>
    rules(
      Object.fromEntries(
        (['cooldown', 'withdrawn', 'staged-approval'] as const).flatMap((rule) =>
          draw(2) === 0 ? [] : [[rule, some(['off', 'warn', 'refuse'])]],
        ),
      ),
    )
  const entry = (): object => ({
    ...levels(),
    ...(draw(2) === 0 ? {} : { strict: draw(2) === 0 }),
    ...(draw(2) === 0 ? {} : { cooldownHours: draw(4) }),
  })
  return Array.from({ length: 40 }, () => ({
    ...levels(),
    ...(draw(2) === 0 ? {} : { cooldownHours: draw(4) }),
    packages: Object.fromEntries(
      ['@a/*', '@a/x', '@a/y', '@b/*', 'c'].filter(() => draw(2) === 0).map((pattern) => [pattern, entry()]),
    ),
    ...(draw(2) === 0 ? {} : { outside: ['@a/*', 'c', '@a/x'].filter(() => draw(2) === 0) }),
  }))
}

await t.test('comparing misses nothing and invents nothing, for whatever package', async (check) => {
  const all = policies().map(policy)
  const names = ['@a/x', '@a/y', '@a/other', '@b/x', 'c', 'other']
  const strictness = { off: 0, warn: 1, refuse: 2 }
  const isLooser = (base: Policy, head: Policy): boolean =>
    head.outside.some(
      (one) => !base.outside.includes(one) && !(one.startsWith('@a/') && base.outside.includes('@a/*')),
    ) ||
    names.some((name) => {
      const [had, has] = [settingsFor(base, name), settingsFor(head, name)]
      return (
        RULES.some((rule) => strictness[has.level(rule)] < strictness[had.level(rule)]) ||
        (had.strict && !has.strict) ||
        has.cooldownHours < had.cooldownHours
      )
    })
  const wrong = all.flatMap((base) =>
    all.filter((head) => isLooser(base, head) !== comparePolicies(base, head).length > 0),
  )
  check.strictSame(wrong, [])
  check.ok(
    all.some((base) => all.some((head) => base !== head && !isLooser(base, head))),
    'some pairs are not looser',
  )
})

await t.test(
  'above a floor no package gets less than the floor names, and none less than the repository says',
  async (check) => {
    const all = policies()
    const names = ['@a/x', '@a/y', '@a/other', '@b/x', 'c', 'other']
    const strictness = { off: 0, warn: 1, refuse: 2 }
    // The defaults out of the way, so that what is named is all there is.
    const lowest = Object.fromEntries(['cooldown', 'withdrawn', 'staged-approval'].map((rule) => [rule, 'off']))
    const only = (keys: object): Policy =>
      policy({ ...keys, rules: { ...lowest, ...(keys as { rules: object }).rules } })
    let merges = 0
    for (const floor of all) {
      for (const own of all) {
        let merged: Policy
        try {
          merged = completePolicy(above(floor, own))
        } catch {
          continue
        }
        merges += 1
        for (const part of [only(floor), only(own)]) {
          const lost = names.filter((name) => {
            const [had, has] = [settingsFor(part, name), settingsFor(merged, name)]
            return (
              (['cooldown', 'withdrawn', 'staged-approval'] as const).some(
                (rule) => strictness[has.level(rule)] < strictness[had.level(rule)],
              ) ||
              (had.strict && !has.strict) ||
              ('cooldownHours' in floor && 'cooldownHours' in own && has.cooldownHours < had.cooldownHours)
            )
          })
          if (lost.length > 0) check.fail(`${JSON.stringify(floor)} ${JSON.stringify(own)} ${lost.join()}`)
        }
      }
    }
    check.ok(merges > 40, `${merges} merges`)
  },
)
