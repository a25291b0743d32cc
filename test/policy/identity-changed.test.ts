// SPDX-License-Identifier: Apache-2.0
// identity-changed: a valid provenance of the wrong origin is refused.
import type { Identity } from '@bonafide/attestation'
import type { Finding } from '@bonafide/core'
import { addToPins } from '@bonafide/policy'
import type { Pins } from '@bonafide/policy'
import t from 'tap'
import { only, outcome, pinned, provenance, verified } from './facts.ts'

/** The one finding against a version that shows an identity with these fields changed. */
function shows(identity: Partial<Identity>, pins: Pins = pinned()): Partial<Finding> {
  return only({ attestations: verified(provenance({ identity })) }, pins)
}

function signerOf(repository: string): string {
  return `${repository}-tools/.github/workflows/publish.yml@refs/tags/v1.14.0`
}

await t.test('another repository', async (threat) => {
  const repository = 'https://github.com/evil/axios'
  threat.match(shows({ repository, repositoryId: '1', ownerId: '2' }), {
    code: 'identity-changed',
    level: 'refuse',
    found: `repository ${repository}, repository id 1, owner id 2`,
    wanted: 'repository https://github.com/axios/axios, repository id 23088740, owner id 32372333',
  })
  const foreign = verified(provenance({ identity: { repository, repositoryId: '1', ownerId: '2' } }))
  threat.strictSame(outcome({ attestations: foreign }, pinned()).pin, 'unrecorded')
})
await t.test('a namesake raised on a deleted account: the same URL, other ids', async (threat) => {
  threat.match(shows({ repositoryId: '99' }), { found: 'repository id 99', wanted: 'repository id 23088740' })
  threat.match(shows({ ownerId: '99' }), { found: 'owner id 99', wanted: 'owner id 32372333' })
})
await t.test('a certificate that leaves out the ids that the pin holds', async (threat) => {
  threat.match(shows({ repositoryId: null }), { found: 'no repository id', wanted: 'repository id 23088740' })
  threat.match(shows({ repositoryId: null, ownerId: null }), { found: 'no repository id, no owner id' })
})
await t.test('a pin without ids falls back on the exact URL', async (threat) => {
  const early = { repositoryId: null, ownerId: null }
  const pins = pinned({ identity: early })
  threat.equal(outcome({}, pins).pin, 'matched')
  threat.equal(outcome({ attestations: verified(provenance({ identity: early })) }, pins).pin, 'matched')
  for (const repository of ['https://github.com/axios/axios-evil', 'https://github.com/Axios/axios'])
    threat.match(shows({ repository }, pins), {
      found: `repository ${repository}`,
      wanted: 'repository https://github.com/axios/axios',
    })
})
await t.test('resurrection under an early pin: another pin of the same repository knows the id', async (threat) => {
  const early = provenance({ version: '1.0.0', identity: { repositoryId: null, ownerId: null } })
  const pins = addToPins(pinned(), 'axios', '1.0.0', early)
  threat.equal(outcome({}, pins).pin, 'matched')
  threat.match(shows({ repositoryId: '99', ownerId: '98' }, pins), {
    found: 'repository id 99, owner id 98',
    wanted: 'repository id 23088740, owner id 32372333',
  })
})
await t.test('another workflow of the same repository', async (threat) => {
  const workflow = '.github/workflows/publish.yml.evil.yml'
  threat.match(shows({ workflow }), {
    found: `workflow ${workflow}, signer https://github.com/axios/axios/${workflow}`,
    wanted:
      'workflow .github/workflows/publish.yml, signer https://github.com/axios/axios/.github/workflows/publish.yml',
  })
})
await t.test("somebody else's reusable workflow, called by the pinned one", async (threat) => {
  const signer = 'https://github.com/evil/tools/.github/workflows/publish.yml'
  threat.match(shows({ signer: `${signer}@refs/heads/main` }), {
    found: `signer ${signer}`,
    wanted: 'signer https://github.com/axios/axios/.github/workflows/publish.yml',
  })
  const named = 'https://github.com/axios/axios-evil/.github/workflows/publish.yml'
  threat.match(shows({ signer: `${named}@refs/tags/v1.14.1` }), { found: `signer ${named}` })
})
await t.test('a file name or a tag with an @ in it cannot pass for the pinned workflow', async (threat) => {
  const folder = 'https://github.com/axios/axios/.github/workflows'
  for (const file of ['publish.yml@x.yml', 'publish.yml@refs'])
    threat.equal(shows({ signer: `${folder}/${file}@refs/tags/v1.14.1` }).found, `signer ${folder}/${file}`)
  for (const tail of ['refs/tags/axios@1.14.1', 'refs/tags/x.yml@refs/heads/main', 'b'.repeat(40)])
    threat.equal(
      outcome(
        { attestations: verified(provenance({ identity: { signer: `${folder}/publish.yml@${tail}` } })) },
        pinned(),
      ).pin,
      'matched',
      tail,
    )
  for (const file of ['publish.ymlXrefs/heads/main', 'publish.yml@heads/main'])
    threat.equal(shows({ signer: `${folder}/${file}` }).found, `signer ${folder}/${file}`)
  threat.match(shows({ signer: `${folder}/publish.yml@main` }), { found: `signer ${folder}/publish.yml@main` })
})
await t.test('another issuer, another certificate authority', async (threat) => {
  threat.match(shows({ issuer: 'https://gitlab.com' }), { found: 'issuer https://gitlab.com' })
  const trustDomain = `sha256:${'f'.repeat(64)}`
  threat.match(only({ attestations: verified(provenance({ trustDomain })) }, pinned()), {
    code: 'trust-domain-changed',
    found: `trust domain ${trustDomain}`,
  })
})
await t.test('of several pinned identities the nearest is named', async (threat) => {
  const nightly = provenance({ version: '1.13.0', identity: { workflow: '.github/workflows/nightly.yml' } })
  const pins = addToPins(pinned(), 'axios', '1.13.0', nightly)
  threat.match(shows({ workflow: '.github/workflows/nightly.yml', ownerId: '9' }, pins), {
    wanted: 'owner id 32372333',
  })
})
await t.test('a rename with equal ids is told and accepted', async (threat) => {
  const moved = verified(provenance({ identity: { repository: 'https://github.com/axios/axios-js' } }))
  threat.strictSame(outcome({ attestations: moved }, pinned()), {
    kind: 'trusted',
    pin: 'matched',
    codes: ['identity-changed: warn'],
  })
  const pins = addToPins(pinned(), 'axios', '1.14.1', moved.state === 'verified' ? moved.provenance : null)
  threat.strictSame(outcome({ attestations: moved }, pins).codes, [], 'and no longer once both names are on record')
})
await t.test('a rename does not carry over to a repository that merely begins like it', async (threat) => {
  const repository = 'https://github.com/axios/axios-js'
  const pins = pinned({ identity: { signer: signerOf('https://github.com/axios/axios') } })
  threat.match(shows({ repository, signer: signerOf(repository) }, pins), { level: 'refuse', found: /^signer / })
})

await t.test('a rename hides no other workflow', async (threat) => {
  const workflow = '.github/workflows/other.yml'
  threat.match(shows({ repository: 'https://github.com/axios/axios-js', workflow }), { level: 'refuse' })
})
