// SPDX-License-Identifier: Apache-2.0
// What a person records anew: what may be recorded, what is replaced, what is kept, and what has to be typed.
import { finding, parseIntegrity } from '@bonafide/core'
import {
  NO_PINS,
  addToPins,
  checkPinnable,
  comparePin,
  confirmationOf,
  isChanged,
  judge,
  defaultPolicy,
  pinIdentity,
  renderPins,
  repin,
  shownVersion,
} from '@bonafide/policy'
import type { Facts, Pins, ShownVersion } from '@bonafide/policy'
import t from 'tap'
import { NONE_CLAIMED, facts, listed, metadata, pinned, provenance, publish, verified } from './facts.ts'

type Change = Parameters<typeof provenance>[0]

const MOVED = {
  identity: { repository: 'https://github.com/moved/axios', repositoryId: '1', ownerId: '2' },
} as const

const shown = (version: string, change: Change | null = {}): ShownVersion => ({
  version,
  identity: change === null ? null : pinIdentity(provenance({ version, ...change })),
  hooks: [],
  exotic: [],
})

const repositories = (pins: Pins): readonly string[] => {
  const identities = pins.packages.get('axios')?.identities ?? 'none'
  return identities === 'none' ? ['none'] : identities.map(({ repository }) => repository)
}
const lines = (pins: Pins): unknown => Object.fromEntries(pins.packages.get('axios')?.lines ?? [])

const codes = (change: Partial<Facts>, pins: Pins = pinned()): readonly string[] =>
  checkPinnable(facts(change), pins).map(({ code }) => code)

await t.test('what failed a check, contradicts the lockfile or is open is never recorded', (check) => {
  check.strictSame(codes({}), [], 'as it should be')
  check.strictSame(codes({ attestations: NONE_CLAIMED }), [], 'fell to none: a person may know why')
  check.strictSame(codes({ attestations: verified(provenance(MOVED)) }), [], 'another repository: the same')
  const broken = finding('signature-invalid', { found: 'x', wanted: 'y', fix: '' })
  check.strictSame(codes({ attestations: verified(null, null, [broken]) }), ['signature-invalid'])
  const open = finding('registry-unreachable', { found: 'x', wanted: 'y', fix: '' })
  check.strictSame(codes({ attestations: { state: 'unknown', findings: [open] } }), ['registry-unreachable'])
  // Stripped by a proxy: to record that as "none" would make the attack permanent.
  check.strictSame(codes({ attestations: { state: 'withheld' } }), ['attestations-withheld'])
  check.strictSame(codes({ attestations: NONE_CLAIMED, registry: listed(undefined, true) }), ['attestations-withheld'])
  check.strictSame(codes({ attestations: verified(provenance(), null) }), ['publish-attestation-missing'])
  check.strictSame(codes({ attestations: verified(null, publish()) }), ['provenance-missing'], 'half is not none')
  check.strictSame(codes({ registry: { state: 'version-withdrawn' } }), ['version-withdrawn'])
  const other = parseIntegrity(`sha512-${Buffer.alloc(64, 7).toString('base64')}`)
  check.match(codes({ registry: listed(other) }), ['lock-integrity-mismatch'])
  check.strictSame(
    codes({ attestations: NONE_CLAIMED, signature: { state: 'missing' } }),
    ['registry-signature-missing'],
    'nobody vouches for the bytes',
  )
  // Time heals this one, and the pin is about something else.
  check.strictSame(codes({ published: { ...facts().published, publish: facts().now } }), [])
  check.end()
})

await t.test('a moved repository replaces the one on record, and is accepted afterwards', (check) => {
  const pins = repin(pinned(), 'axios', [shown('1.14.1', MOVED)], [], false)
  check.strictSame(repositories(pins), ['https://github.com/moved/axios'])
  const verdict = (change: Change): string =>
    judge(facts({ attestations: verified(provenance(change)) }), defaultPolicy(), pins).verdict.kind
  check.equal(verdict(MOVED), 'trusted')
  check.equal(verdict({}), 'refused', 'the old repository may be anybody now')
  check.strictSame(
    repositories(repin(pinned(), 'axios', [shown('1.14.1', MOVED)], [], true)),
    ['https://github.com/axios/axios', 'https://github.com/moved/axios'],
    'kept where somebody said so',
  )
  check.strictSame(
    repositories(repin(pinned(), 'axios', [shown('2.0.0', MOVED)], [shown('1.14.0')], false)),
    ['https://github.com/axios/axios', 'https://github.com/moved/axios'],
    'kept where another locked version shows it',
  )
  check.end()
})

await t.test('another authority, and another forge, are recorded only by a pin', (check) => {
  const trustDomain = `sha256:${'9'.repeat(64)}`
  const own = { attestations: verified(provenance({ trustDomain }), publish()) }
  check.strictSame(codes(own), [], 'a person may know of a private authority, and no policy and no exemption may')
  const gitlab = { issuer: 'https://gitlab.com', repository: 'https://gitlab.com/axios/axios', repositoryId: '7' }
  const moved = repin(pinned({ identity: gitlab }), 'axios', [shown('1.14.1', { trustDomain })], [], false)
  check.match(moved.packages.get('axios')?.identities, [
    {
      trustDomain,
      issuer: 'https://token.actions.githubusercontent.com',
      repository: 'https://github.com/axios/axios',
    },
  ])
  check.equal(repositories(moved).length, 1)
  const change = comparePin('axios', pinned({ identity: gitlab }), moved)
  check.match(change.identities, [{ effect: 'replaced' }])
  check.strictSame(confirmationOf(change), ['axios/axios'])
  check.end()
})

await t.test('a new branch is recorded beside the old, and other packages stay as they are', (check) => {
  const before = addToPins(pinned(), 'paint', '1.0.0', null)
  const pins = repin(before, 'axios', [shown('1.14.1', { identity: { ref: 'refs/heads/v1.x' } })], [], false)
  const identities = pins.packages.get('axios')?.identities
  check.match(identities, [{ refs: ['refs/heads/v1.x', 'tag'] }])
  check.equal(pins.packages.get('paint'), before.packages.get('paint'))
  const change = comparePin('axios', before, pins)
  check.strictSame(confirmationOf(change), ['axios'], 'no repository is recorded anew')
  check.match(change.identities, [{ effect: 'widened' }])
  check.end()
})

await t.test('without provenance the line is lowered, told as lowered, and the identities stay', (check) => {
  const pins = repin(pinned(), 'axios', [shown('1.14.1', null)], [], false)
  check.strictSame(lines(pins), { 1: 'none' })
  check.strictSame(repositories(pins), ['https://github.com/axios/axios'])
  const change = comparePin('axios', pinned(), pins)
  check.match(change.fields, [{ field: 'line 1', before: 'provenance', after: 'none', effect: 'lowered' }])
  check.strictSame(confirmationOf(change), ['axios'])
  // A line that nobody recorded owes what the package owes: to record it as none is a lowering too.
  const other = repin(pinned(), 'axios', [shown('0.31.2', null)], [], false)
  check.match(comparePin('axios', pinned(), other).fields, [{ field: 'line 0.31', effect: 'lowered' }, {}])
  // One of two versions of a line without: the line owes nothing, or pinning the one would refuse the other.
  check.strictSame(lines(repin(NO_PINS, 'axios', [shown('1.0.0'), shown('1.0.1', null)], [], false)), { 1: 'none' })
  check.strictSame(lines(repin(pins, 'axios', [shown('1.15.0')], [shown('1.14.1', null)], false)), { 1: 'none' })
  // And back: what shows provenance again owes it again.
  check.strictSame(lines(repin(pins, 'axios', [shown('1.15.0')], [], false)), { 1: 'provenance' })
  check.end()
})

await t.test('first provenance on one line leaves the others as they were accepted', (check) => {
  const none = addToPins(NO_PINS, 'axios', '0.31.1', null)
  const pins = repin(none, 'axios', [shown('2.0.0')], [shown('0.31.1', null), shown('1.0.0', null)], false)
  check.strictSame(lines(pins), { 0.31: 'none', 2: 'provenance', 1: 'none' })
  check.end()
})

await t.test('scripts and dependencies from beside the registries are recorded with the version', (check) => {
  const change = { hooks: new Map([['postinstall', 'node x.js']]), exotic: ['setup@github:evil/setup#1'] }
  const version = shownVersion(facts({ metadata: metadata(change) }))
  const pins = repin(pinned(), 'axios', [version], [], false)
  check.strictSame(pins.packages.get('axios')?.hooks, ['postinstall'])
  check.strictSame(pins.exotic, ['setup@github:evil/setup#1'])
  const { fields } = comparePin('axios', pinned(), pins)
  check.strictSame(
    fields.filter(({ effect }) => effect !== 'same').map(({ field, after }) => [field, after]),
    [
      ['on installation', 'postinstall'],
      ['beside registries', 'setup@github:evil/setup#1'],
    ],
  )
  check.end()
})

await t.test('to pin what is on record already changes nothing', (check) => {
  const pins = repin(pinned(), 'axios', [shown('1.14.1')], [], false)
  check.equal(renderPins(pins), renderPins(pinned()))
  check.notOk(isChanged(comparePin('axios', pinned(), pins)))
  check.end()
})

await t.test('what has to be typed is the repository that is recorded, whole', (check) => {
  const typed = (repository: string): readonly string[] => {
    const pins = repin(pinned(), 'axios', [shown('1.14.1', { identity: { repository, repositoryId: '9' } })], [], false)
    return confirmationOf(comparePin('axios', pinned(), pins))
  }
  check.strictSame(typed('https://github.com/moved/axios'), ['moved/axios'])
  check.strictSame(typed('https://gitlab.example/group/sub/axios'), ['group/sub/axios'])
  check.strictSame(typed('no url'), ['no url'])
  const two = repin(pinned(), 'axios', [shown('2.0.0', MOVED), shown('1.14.1', null)], [], false)
  check.strictSame(confirmationOf(comparePin('axios', pinned(), two)), ['moved/axios'])
  check.end()
})
