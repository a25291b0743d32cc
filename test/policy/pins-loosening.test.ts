// SPDX-License-Identifier: Apache-2.0
// What a change to bonafide.lock allows that its base did not.
import { NO_PINS, addToPins, compareNewPins, comparePins, pinsForChange } from '@bonafide/policy'
import type { Pin, PinnedIdentity, Pins } from '@bonafide/policy'
import t from 'tap'
import { provenance } from './facts.ts'

const AXIOS = pinOf(addToPins(NO_PINS, 'axios', '1.14.1', provenance()))
const NONE: Pin = { identities: 'none', lines: new Map([['1', 'none']]), hooks: [] }

function pinOf(pins: Pins): Pin {
  const pin = pins.packages.get('axios')
  if (pin === undefined) throw new Error('no pin')
  return pin
}

function pinsOf(pins: Readonly<Record<string, Pin>>, exotic: readonly string[] = []): Pins {
  return { packages: new Map(Object.entries(pins)), exotic }
}

function first({ identities }: Pin): PinnedIdentity {
  if (identities === 'none') throw new Error('no identity')
  return identities[0]
}

/** A pin whose one identity differs in some fields. */
function changed(change: Partial<PinnedIdentity>): Pin {
  return { ...AXIOS, identities: [{ ...first(AXIOS), ...change }] }
}

function lines(pin: Pin, more: Readonly<Record<string, 'provenance' | 'none'>>): Pin {
  return { ...pin, lines: new Map(Object.entries(more)) }
}

/** The keys that are loosened where `head` takes the place of `base`. */
function loosened(base: Pin, head: Pin | null): readonly string[] {
  return comparePins(pinsOf({ axios: base }), pinsOf(head === null ? {} : { axios: head })).loosened.map(
    ({ what }) => what,
  )
}

const STRANGER = { repository: 'https://github.com/evil/axios', repositoryId: '666', ownerId: '667' } as const
const AT = 'packages.axios'

await t.test('pins that are the same, or tighter, loosen nothing', async (check) => {
  const tighter: readonly (readonly [Pin, Pin])[] = [
    [AXIOS, AXIOS],
    [NONE, AXIOS],
    [NONE, { ...AXIOS, hooks: [] }],
    [changed({ refs: ['tag', 'refs/heads/main'] }), changed({ refs: ['tag'] })],
    [changed({ refs: ['tags'] }), changed({ refs: ['tag', 'refs/tags/2026-01-15'] })],
    [changed({ triggers: ['push', 'schedule'] }), changed({ triggers: [] })],
    [{ ...AXIOS, hooks: ['postinstall'] }, AXIOS],
    [AXIOS, lines(AXIOS, { '1': 'provenance', '2': 'provenance' })],
    [lines(AXIOS, { '0.1': 'none', '1': 'provenance' }), lines(AXIOS, { '1': 'provenance' })],
    [{ ...AXIOS, identities: [first(AXIOS), first(changed(STRANGER))] }, AXIOS],
  ]
  for (const [index, [base, head]] of tighter.entries()) check.strictSame(loosened(base, head), [], String(index))
})

await t.test('each way to let a pin allow more is seen, at its key', async (check) => {
  check.strictSame(loosened(AXIOS, null), [AT], 'a removed pin')
  check.strictSame(loosened(AXIOS, NONE), [`${AT}.identities`], 'from an identity to none')
  check.strictSame(
    loosened(AXIOS, { ...AXIOS, identities: [first(AXIOS), first(changed(STRANGER))] }),
    [`${AT}.identities.[1]`],
    'an attacker beside the owner',
  )
  // Each field of an identity by itself: one that is not compared is the one that gets changed.
  for (const change of [
    { trustDomain: 'sha256:0' },
    { issuer: 'https://ci.example' },
    { repository: STRANGER.repository },
    { repositoryId: '666' },
    { repositoryId: null },
    { ownerId: '667' },
    { ownerId: null },
    { workflow: '.github/workflows/other.yml' },
    { signer: 'https://github.com/evil/reusable/.github/workflows/x.yml' },
  ])
    check.strictSame(loosened(AXIOS, changed(change)), [`${AT}.identities.[0]`], JSON.stringify(change))
  check.strictSame(loosened(AXIOS, changed({ refs: ['tag', 'refs/heads/main'] })), [`${AT}.identities.[0].refs`])
  check.strictSame(loosened(AXIOS, changed({ refs: ['tags'] })), [`${AT}.identities.[0].refs`])
  check.strictSame(loosened(AXIOS, changed({ triggers: ['push', 'workflow_run'] })), [`${AT}.identities.[0].triggers`])
  check.strictSame(loosened(AXIOS, changed({ runners: ['github-hosted', 'self-hosted'] })), [
    `${AT}.identities.[0].runners`,
  ])
  check.strictSame(loosened(AXIOS, { ...AXIOS, hooks: ['postinstall'] }), [`${AT}.hooks`])
  check.strictSame(loosened(AXIOS, lines(AXIOS, { '1': 'none' })), [`${AT}.lines.1`])
  // A line that nobody recorded owes what the package owes: to write `none` for it lowers that.
  check.strictSame(loosened(AXIOS, lines(AXIOS, { '1': 'provenance', '2': 'none' })), [`${AT}.lines.2`])
  const fallen = lines({ ...AXIOS, identities: 'none' }, { '1': 'provenance' })
  check.strictSame(loosened(fallen, lines(fallen, { '2': 'none' })), [`${AT}.lines.1`, `${AT}.lines.2`])
  check.match(comparePins(pinsOf({}), pinsOf({}, ['fork@git+https://evil.example/x.git'])).loosened, [
    { what: 'exotic.[0]', path: ['exotic', 0], found: 'fork@git+https://evil.example/x.git' },
  ])
})

await t.test('a pin for a package that had none is new, and no loosening by itself', async (check) => {
  const change = comparePins(pinsOf({ axios: AXIOS }), pinsOf({ axios: AXIOS, plain: NONE }))
  check.strictSame(change.loosened, [])
  check.strictSame([...change.added.keys()], ['plain'])
})

await t.test('a new pin records what the locked versions show, and nothing that waits to be shown', async (check) => {
  const shown = pinsOf({ axios: AXIOS, plain: NONE })
  const found = (name: string, pin: Pin, open: readonly string[] = []): readonly string[] =>
    compareNewPins(new Map([[name, pin]]), shown, (one) => open.includes(one)).map(({ what }) => what)
  check.strictSame(found('axios', AXIOS), [])
  check.strictSame(found('plain', NONE), [])
  check.strictSame(found('axios', changed(STRANGER)), [`${AT}.identities.[0]`], 'a builder whom no version shows')
  check.strictSame(found('axios', NONE), [`${AT}.identities`], 'none, for a package that shows provenance')
  check.strictSame(found('axios', changed({ refs: ['tag', 'refs/heads/evil'] })), [`${AT}.identities.[0].refs`])
  check.strictSame(found('not-locked', NONE), ['packages.not-locked'], 'a package that nobody uses yet')
  check.strictSame(
    found('axios', changed(STRANGER), ['axios']),
    [],
    'where nobody could tell, the version is undecided anyway',
  )
})

await t.test(
  'a change is judged by the pins of its base, and by new ones only where the base knows nothing',
  async (check) => {
    const base = pinsOf({ axios: AXIOS }, ['standing@git://example.com/x'])
    const head = pinsOf({ axios: changed(STRANGER), fresh: NONE, known: NONE }, ['evil@git://example.com/y'])
    const pins = pinsForChange(base, head, (name) => name !== 'known')
    check.equal(pins.packages.get('axios'), AXIOS, 'a pin for a known package comes from the base')
    check.equal(pins.packages.get('fresh'), NONE)
    check.equal(pins.packages.has('known'), false)
    check.strictSame(pins.exotic, base.exotic)
    check.equal(pinsForChange(base, pinsOf({}), () => true).packages.get('axios'), AXIOS, 'a removed pin stays')
  },
)
