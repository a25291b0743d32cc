// SPDX-License-Identifier: Apache-2.0
// The rules about where, when and what changed: each attack refused by name, each honest neighbour let through.
import type { Identity, ProvenanceEvidence } from '@bonafide/attestation'
import { finding } from '@bonafide/core'
import { NO_HISTORY, NO_PINS, acceptedHistory, addHooksToPins, addToPins, judge } from '@bonafide/policy'
import type {
  AcceptedHistory,
  Exemption,
  Facts,
  FreshDependency,
  Judgement,
  Owner,
  Pins,
  VersionMetadata,
} from '@bonafide/policy'
import t from 'tap'
import {
  BYTES,
  NONE_CLAIMED,
  NOW,
  OTHER_BYTES,
  facts,
  metadata,
  outcome,
  pinned,
  policy,
  provenance,
  publish,
  verified,
} from './facts.ts'
import type { Outcome } from './facts.ts'

const HOUR = 60 * 60 * 1000
const hoursAgo = (hours: number): Date => new Date(NOW.getTime() - hours * HOUR)
const daysAgo = (days: number): Date => hoursAgo(days * 24)

/** The outcome of a version that shows an identity with these fields changed. */
function shows(identity: Partial<Identity>, pins: Pins, predecessors: readonly ProvenanceEvidence[] = []): Outcome {
  return outcome({ attestations: verified(provenance({ identity })), predecessors }, pins)
}

/** The outcome of metadata that was held against an accepted version before it. */
function adds(change: Partial<VersionMetadata>, accepted: Partial<AcceptedHistory> = {}, pins = pinned()): Outcome {
  const before = metadata({ version: '1.14.0', publishedAt: daysAgo(60) })
  return outcome({ metadata: metadata(change), accepted: { ...NO_HISTORY, newest: before, ...accepted } }, pins)
}

// Who owns axios, as its provenance names them.
const OWNER: Owner = {
  trustDomain: `sha256:${'1'.repeat(64)}`,
  issuer: 'https://token.actions.githubusercontent.com',
  id: '32372333',
}

const TRUSTED: Outcome = { kind: 'trusted', pin: 'matched', codes: [] }
const refused = (...codes: Outcome['codes']): Outcome => ({ kind: 'refused', pin: 'matched', codes })
const warned = (...codes: Outcome['codes']): Outcome => ({ kind: 'trusted', pin: 'matched', codes })

await t.test('a private authority writes the very identity of a public package', (rule) => {
  const trustDomain = `sha256:${'f'.repeat(64)}`
  const forged = { attestations: verified(provenance({ trustDomain })) }
  rule.strictSame(outcome(forged, pinned()).codes, ['trust-domain-changed'])
  rule.strictSame(outcome(forged, pinned(), policy({ 'identity-changed': 'off' })).kind, 'refused')
  const predecessors = [provenance({ version: '1.14.0' })]
  rule.strictSame(outcome({ ...forged, predecessors }).codes, ['trust-domain-changed'], 'without a pin, by history')
  const both = addToPins(
    pinned(),
    'axios',
    '1.13.0',
    provenance({ version: '1.13.0', trustDomain, identity: { workflow: 'w' } }),
  )
  rule.strictSame(
    outcome(forged, both).codes,
    ['identity-changed'],
    'a domain that is known for another identity lends it nothing',
  )
  rule.end()
})

await t.test('a throw-away branch carries a workflow of the right name', (rule) => {
  const snapshot = { ref: 'refs/heads/snapshot-1a2b' }
  rule.strictSame(shows(snapshot, pinned()), refused('ref-not-allowed'))
  rule.strictSame(
    shows({ ref: 'refs/tags/nightly' }, pinned()),
    refused('ref-not-allowed'),
    'some tag is not the version’s',
  )
  rule.equal(shows({ ref: 'tag' }, pinned()).kind, 'refused', 'a ref that calls itself tag')
  rule.strictSame(shows({ ref: 'refs/tags/axios@1.14.1' }, pinned()), TRUSTED)
  const main = pinned({ identity: { ref: 'refs/heads/main' } })
  rule.strictSame(shows({ ref: 'refs/heads/main' }, main), TRUSTED)
  rule.strictSame(shows({ ref: 'refs/heads/main2' }, main), refused('ref-not-allowed'))
  rule.strictSame(shows({}, main), TRUSTED, 'the tag that equals the version is good for everybody')
  const byDate = pinned({ identity: { ref: 'refs/tags/2026-01' } })
  rule.strictSame(shows({ ref: 'refs/tags/2026-02' }, byDate), TRUSTED, 'tags by date')
  rule.strictSame(shows({ ref: 'refs/heads/2026-02' }, byDate), refused('ref-not-allowed'))
  rule.strictSame(shows(snapshot, NO_PINS).codes, ['ref-not-allowed: warn'], 'nothing to hold it against')
  rule.strictSame(shows(snapshot, NO_PINS, [provenance({ version: '1.14.0' })]).codes, ['ref-not-allowed'], 'history')
  const other = { ...snapshot, repositoryId: '9' }
  rule.strictSame(shows(other, pinned()).codes, ['identity-changed'], 'a stranger’s ref is nobody’s concern')
  rule.end()
})

await t.test('a stranger’s comment or pull request starts the release', (rule) => {
  for (const trigger of ['gollum', 'issue_comment', 'pull_request', 'pull_request_target', 'workflow_run']) {
    rule.strictSame(shows({ trigger }, pinned()), refused('trigger-not-allowed'), trigger)
    rule.strictSame(shows({ trigger }, pinned({ identity: { trigger } })), TRUSTED, `${trigger}, as recorded`)
    rule.strictSame(shows({ trigger }, NO_PINS).codes, ['trigger-not-allowed: warn'], `${trigger}, nobody recorded`)
  }
  for (const trigger of ['push', 'release', 'workflow_dispatch', 'schedule', 'create', null])
    rule.strictSame(shows({ trigger }, pinned()), TRUSTED, trigger ?? 'none')
  const stranger = { trigger: 'issue_comment', repositoryId: '9' }
  rule.strictSame(shows(stranger, pinned()).codes, ['identity-changed'])
  rule.end()
})

await t.test('a machine that registers itself as a runner builds the release', (rule) => {
  const own = { runner: 'self-hosted' }
  rule.strictSame(shows(own, pinned()), refused('runner-self-hosted'))
  rule.strictSame(shows(own, pinned({ identity: own })), TRUSTED, 'as recorded')
  rule.strictSame(shows({ runner: null }, pinned()), TRUSTED, 'a certificate of early 2023 names none')
  rule.strictSame(shows(own, NO_PINS).codes, ['runner-self-hosted'], 'at first sight')
  const before = [provenance({ version: '1.14.0', identity: own })]
  rule.strictSame(shows(own, NO_PINS, before).codes, [], 'it has always been built there')
  rule.strictSame(shows({ ...own, repositoryId: '9' }, pinned()).codes, ['identity-changed'])
  rule.end()
})

await t.test('without a pin, the versions before say who builds the package', (rule) => {
  const evil = { repository: 'https://github.com/evil/axios', repositoryId: '1', ownerId: '2' }
  const before = provenance({ version: '1.14.0' })
  rule.strictSame(shows(evil, NO_PINS).codes, [], 'a first sight')
  rule.strictSame(shows(evil, NO_PINS, [before]).codes, ['identity-changed'])
  const foreign = provenance({ version: '1.13.9', identity: evil })
  rule.strictSame(
    shows(evil, NO_PINS, [foreign, before]).codes,
    ['identity-changed'],
    'published twice: the foreign one before it launders nothing',
  )
  rule.strictSame(shows({}, NO_PINS, [foreign, before]).codes, [], 'and the honest one goes on')
  rule.strictSame(shows({ repository: 'https://github.com/axios/moved' }, NO_PINS, [before]).codes, [
    'identity-changed: warn',
  ])
  rule.end()
})

await t.test('age counts from the latest of three times', (rule) => {
  const old = { provenance: daysAgo(9), publish: daysAgo(9), claimed: daysAgo(9), claimedBy: daysAgo(9) }
  const at = (published: Partial<Facts['published']>, by = policy({})): Outcome =>
    outcome({ published: { ...old, ...published } }, pinned(), by)
  rule.strictSame(at({}), TRUSTED)
  rule.strictSame(at({ publish: hoursAgo(71) }), refused('cooldown'), 'signed long ago, published just now')
  rule.strictSame(at({ provenance: hoursAgo(71) }), refused('cooldown'))
  rule.strictSame(at({ claimed: hoursAgo(71) }), refused('cooldown'), 'the registry’s word may make it younger')
  rule.strictSame(at({ claimed: null, claimedBy: hoursAgo(1) }), refused('cooldown'), 'some version is young')
  rule.strictSame(
    at({ claimed: hoursAgo(72), publish: hoursAgo(72), provenance: hoursAgo(72) }),
    TRUSTED,
    'to the hour',
  )
  rule.strictSame(at({ claimed: new Date(Number.NaN) }).kind, 'undecided', 'a time that is none')
  rule.strictSame(at({ claimed: hoursAgo(-1) }).codes, ['clock-behind: undecided'], 'a time from the future')
  const nobody = { publish: null, claimed: null, claimedBy: null }
  rule.strictSame(at(nobody).codes, ['cooldown-time-missing: undecided'], 'a signature in advance is no age')
  rule.strictSame(at(nobody, policy({ cooldown: 'off' })).kind, 'exempt', 'whoever does not ask is not told')
  rule.strictSame(at({ publish: hoursAgo(1) }, policy({ cooldown: 'warn' })).codes, ['cooldown: warn'])
  rule.strictSame(at({ publish: hoursAgo(1) }, { ...policy({}), cooldownHours: 0 }), TRUSTED)
  rule.end()
})

await t.test('a version begins to run something on installation', (rule) => {
  const hooks = new Map([['postinstall', 'node setup.js']])
  rule.strictSame(adds({ hooks }), refused('install-script-added'))
  rule.strictSame(adds({ hooks }, {}, addHooksToPins(pinned(), 'axios', ['postinstall'])), TRUSTED, 'as recorded')
  rule.strictSame(
    adds({ hooks }, {}, addHooksToPins(pinned(), 'axios', ['preinstall'])),
    refused('install-script-added'),
  )
  rule.strictSame(adds({ hooks }, { newest: metadata({ hooks }) }), TRUSTED, 'as the version before')
  const other = metadata({ hooks: new Map([['postinstall', 'node build.js']]) })
  rule.strictSame(adds({ hooks }, { newest: other }), warned('install-script-changed: warn'))
  rule.strictSame(adds({ hooks }, { isHeld: true }), TRUSTED, 'it has been decided about')
  rule.strictSame(
    adds({ hooks, publishedAt: daysAgo(1) }, { newest: null }),
    refused('install-script-added'),
    'a new package',
  )
  rule.strictSame(
    adds({ hooks, publishedAt: null }, { newest: null }),
    refused('install-script-added'),
    'of unknown age',
  )
  rule.strictSame(adds({ hooks, publishedAt: daysAgo(31) }, { newest: null }), TRUSTED, 'the first version, long ago')
  rule.end()
})

await t.test('a version begins to ask for something that no registry ever saw', (rule) => {
  const exotic = ['setup@github:evil/setup#79ac49ee']
  rule.strictSame(adds({ exotic }), refused('exotic-dependency'))
  rule.strictSame(adds({ exotic }, { newest: metadata({ exotic }) }), TRUSTED, 'as the version before')
  rule.strictSame(adds({ exotic }, {}, { ...pinned(), exotic }), TRUSTED, 'as recorded')
  rule.strictSame(
    adds({ exotic }, {}, { ...pinned(), exotic: ['setup@github:evil/setup'] }),
    refused('exotic-dependency'),
  )
  rule.end()
})

await t.test('a dependency is made for the purpose', (rule) => {
  const edge: FreshDependency = {
    name: 'plain-crypto-js',
    spec: '^4.2.1',
    firstPublished: daysAgo(1),
    owner: null,
  }
  const at = (change: Partial<FreshDependency>): Outcome =>
    outcome({ freshDependencies: [{ ...edge, ...change }] }, pinned())
  rule.strictSame(at({}), refused('fresh-dependency'))
  rule.strictSame(at({ owner: { ...OWNER, id: '9' } }), refused('fresh-dependency'), 'of another owner')
  rule.strictSame(at({ owner: OWNER }), warned('fresh-dependency: warn'), 'split off by the same owner')
  for (const foreign of [{ issuer: 'https://gitlab.com' }, { trustDomain: `sha256:${'f'.repeat(64)}` }])
    rule.strictSame(at({ owner: { ...OWNER, ...foreign } }), refused('fresh-dependency'), 'the same number elsewhere')
  rule.strictSame(at({ firstPublished: null }), refused('fresh-dependency'), 'of unknown age')
  rule.strictSame(at({ firstPublished: daysAgo(14) }), TRUSTED)
  const unattested = { attestations: NONE_CLAIMED, freshDependencies: [edge] }
  rule.strictSame(
    outcome(unattested, addToPins(NO_PINS, 'axios', '1.14.0', null)).codes,
    ['fresh-dependency'],
    'no owner is not the same owner',
  )
  rule.end()
})

await t.test('what only tells: old lines filled at once, a publisher nobody knows', (rule) => {
  rule.strictSame(adds({}, { releasedBeside: '2.0.1' }), warned('version-backfill: warn'))
  const publishers = new Set(['jason'])
  rule.strictSame(adds({ publisher: 'ehindero' }, { publishers }), TRUSTED, 'whose build is proven needs no name')
  const none = addToPins(NO_PINS, 'axios', '1.13.0', null)
  const byHand = (publisher: string): readonly string[] =>
    outcome(
      {
        attestations: NONE_CLAIMED,
        metadata: metadata({ publisher }),
        accepted: { ...NO_HISTORY, newest: metadata({ version: '1.14.0' }), publishers },
      },
      none,
    ).codes
  rule.strictSame(byHand('ehindero'), ['publisher-changed: warn'])
  rule.strictSame(byHand('jason'), [])
  rule.strictSame(adds({ publisher: 'ehindero' }), TRUSTED, 'nobody to compare with')
  rule.end()
})

await t.test('what a policy may ask for, of one package', (rule) => {
  const scoped = { pattern: '@acme/*', rules: new Map(), strict: true, cooldownHours: null }
  const own = { ...scoped, pattern: 'axios', rules: new Map([['staged-approval', 'refuse'] as const]), strict: null }
  const by = { ...policy({}), packages: [scoped, own] }
  rule.strictSame(outcome({}, pinned(), by).codes, ['staged-approval-missing'])
  rule.strictSame(outcome({ metadata: metadata({ isApproved: true }) }, pinned(), by), TRUSTED)
  rule.strictSame(outcome({ metadata: null }, pinned(), by).codes, ['staged-approval-missing'], 'nothing known')
  const none = addToPins(addToPins(NO_PINS, 'axios', '1.14.0', null), '@acme/x', '1.0.0', null)
  rule.strictSame(outcome({ attestations: NONE_CLAIMED }, none, policy({})).kind, 'unattested')
  const acme = { name: '@acme/x', version: '1.0.1', attestations: NONE_CLAIMED }
  rule.strictSame(outcome(acme, none, by).codes, ['provenance-missing'], 'strict: a record of none is not enough')
  rule.end()
})

/** A version of a package, published so many days ago. */
const listed = (version: string, days: number, change: Partial<VersionMetadata> = {}): VersionMetadata =>
  metadata({ version, publishedAt: daysAgo(days), claimsAttestations: false, ...change })
/** The accepted history of a version among all that are listed. */
const history = (version: string, all: readonly VersionMetadata[], base: readonly string[] = []): AcceptedHistory =>
  acceptedHistory(version, all, NOW, new Set(base))

await t.test('a token release after the first provenance, and nobody recorded that yet', (rule) => {
  const none = addToPins(NO_PINS, 'axios', '1.13.0', null)
  const at = (accepted: Partial<AcceptedHistory>, pins = none): Outcome =>
    outcome({ attestations: NONE_CLAIMED, accepted: { ...NO_HISTORY, ...accepted } }, pins)
  rule.strictSame(at({}).kind, 'unattested')
  rule.strictSame(at({ heldAttested: '1.14.0' }).codes, ['regression-unpinned'], 'the base holds an attested version')
  rule.strictSame(at({ heldAttested: '1.14.0', isHeld: true }).kind, 'unattested', 'it has been decided about')
  rule.end()
})

await t.test('the accepted history of a version', (rule) => {
  const hooks = new Map([['postinstall', 'node setup.js']])
  const versions = [
    listed('1.0.0', 90),
    listed('1.0.1', 60, { hooks }),
    listed('1.0.2', 40, { hooks }),
    listed('1.0.3', 1, { hooks }),
  ]
  rule.equal(history('1.0.3', versions).newest?.version, '1.0.0', 'what added the script is nobody’s predecessor')
  rule.equal(history('1.0.3', versions, ['1.0.2']).newest?.version, '1.0.2', 'unless the base holds it')
  rule.equal(history('1.0.2', versions, ['1.0.2']).isHeld, true)
  const young = [listed('1.0.0', 90), listed('1.0.1', 29), listed('1.0.2', 1)]
  rule.equal(history('1.0.2', young).newest?.version, '1.0.0', 'a month is not over')
  rule.equal(history('1.0.0', young).newest, null, 'nothing was before it')
  const lines = [listed('1.0.0', 90), listed('2.0.0', 80), listed('1.0.1', 1), listed('3.0.0', 1), listed('1.0.2', 0)]
  rule.equal(history('1.0.1', lines).newest?.version, '1.0.0', 'of its own line')
  rule.equal(history('3.0.0', lines).newest?.version, '2.0.0', 'a new line: of the package')
  rule.equal(history('1.0.1', lines).releasedBeside, '3.0.0')
  rule.equal(history('3.0.0', lines).releasedBeside, null, 'the newest line fills nothing')
  const preview = [listed('1.0.1', 1), listed('2.0.0-rc.1', 1)]
  rule.equal(history('1.0.1', preview).releasedBeside, null, 'a preview of the next line is no line')
  const attested = { claimsAttestations: true }
  const lost = [
    listed('1.0.0', 90, attested),
    listed('1.0.1', 60),
    listed('1.0.2', 50, attested),
    listed('1.0.3', 40, attested),
    listed('1.0.4', 1),
  ]
  rule.strictSame(history('1.0.4', lost).attested, ['1.0.3', '1.0.2', '1.0.0'])
  const scripted = lost.map((one) => ({ ...one, ...(one.version === '1.0.0' ? {} : { hooks }) }))
  rule.strictSame(
    history('1.0.4', scripted).attested,
    ['1.0.3', '1.0.2', '1.0.0'],
    'a script that came in once breaks no chain of identities',
  )
  rule.notOk(history('1.0.4', lost).publishers.size)
  rule.equal(history('1.0.2', lost).newest?.version, '1.0.0', 'what lost its provenance is nobody’s predecessor')
  const exotic = ['setup@github:evil/setup']
  const asks = [listed('1.0.0', 90), listed('1.0.1', 60, { exotic, publisher: 'x' }), listed('1.0.2', 2, { exotic })]
  rule.equal(history('1.0.2', asks).newest?.version, '1.0.0')
  rule.equal(history('1.0.4', lost, ['1.0.0', '1.0.1']).heldAttested, '1.0.0')
  rule.equal(history('1.0.4', lost, ['1.0.1']).heldAttested, null)
  rule.strictSame([...history('1.0.2', asks).standing.exotic], exotic, 'it has stood for a month all the same')
  rule.strictSame([...history('1.0.2', asks).publishers], [], 'whom a refused version names is nobody')
  const timeless = versions.map((one) => ({ ...one, publishedAt: null }))
  rule.equal(history('1.0.3', timeless).newest, null, 'without times nothing is old')
  rule.equal(history('9.9.9', versions).newest?.version, '1.0.0', 'a version that is not listed')
  rule.strictSame(history('1.0.0', []), NO_HISTORY)
  rule.end()
})

await t.test('an exemption is for exactly these bytes and rules, and shows nothing green', (rule) => {
  const published = { provenance: null, publish: hoursAgo(1), claimed: hoursAgo(1), claimedBy: null }
  const exemption: Exemption = {
    name: 'axios',
    version: '1.14.1',
    integrity: BYTES,
    rules: ['cooldown'],
    reason: 'an urgent fix',
  }
  const by = (change: Partial<Facts>, one: Partial<Exemption> = {}): Judgement =>
    judge(facts({ published, ...change }), policy({}), pinned(), [{ ...exemption, ...one }])
  const kind = (...words: Parameters<typeof by>): string => by(...words).verdict.kind
  rule.equal(kind({}), 'exempt')
  rule.match(by({}), { exemption, waived: [{ code: 'cooldown' }], findings: [{ code: 'cooldown', level: 'warn' }] })
  rule.equal(kind({}, { version: '1.14.0' }), 'refused', 'another version')
  rule.equal(kind({}, { name: 'axois' }), 'refused', 'another package')
  rule.equal(kind({}, { integrity: OTHER_BYTES }), 'refused', 'other bytes under the same version')
  rule.equal(kind({}, { rules: ['provenance-required'] }), 'refused', 'another rule')
  rule.equal(kind({ attestations: NONE_CLAIMED }), 'refused', 'and nothing but that rule')
  const both: Partial<Exemption> = { rules: ['cooldown', 'provenance-required'] }
  rule.equal(kind({ attestations: NONE_CLAIMED }, both), 'exempt', 'not shown as unattested: a person named it')
  const unsigned: Partial<Facts> = { attestations: NONE_CLAIMED, signature: { state: 'missing' } }
  rule.equal(kind(unsigned, both), 'refused', 'bytes that nobody vouches for')
  const broken = verified(provenance(), publish(), [
    finding('signature-invalid', { found: 'a', wanted: 'b', fix: 'c' }),
  ])
  const cryptography: Partial<Exemption> = { rules: ['cooldown', 'attestation-invalid', 'trust-domain-changed'] }
  rule.equal(kind({ attestations: broken }, cryptography), 'refused', 'failed cryptography, whatever it names')
  const trustDomain = `sha256:${'f'.repeat(64)}`
  rule.equal(kind({ attestations: verified(provenance({ trustDomain })) }, cryptography), 'refused')
  rule.equal(
    by({ published: { ...published, publish: daysAgo(9), claimed: daysAgo(9) } }).exemption,
    null,
    'not needed',
  )
  rule.end()
})
