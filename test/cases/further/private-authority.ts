// SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { scenario, startSandbox, workflow } from '@bonafide/sandbox'
import type { World } from '../../support/world.ts'
import type { AttackCase } from '../attack-case.ts'

const PAINT = workflow('paint/paint')

// A Sigstore that the project trusts for something else certifies whatever its operator likes: here, the public project's own identity.
async function vouch({ sandbox, root }: World): Promise<void> {
  const published = sandbox.published('paint', '2.0.1')
  const other = await startSandbox({ seed: 'a Sigstore of their own', now: new Date('2026-05-01T10:00:00Z') })
  const forged = await other.publish({ name: 'paint', version: '2.0.1', provenance: PAINT })
  await other.close()
  if (published?.integrity !== forged.integrity) throw new Error('not the same bytes')
  const [accepted] = published.attestations?.attestations ?? []
  const [, provenance] = forged.attestations?.attestations ?? []
  if (accepted === undefined || provenance === undefined) throw new Error('nothing to put together')
  sandbox.serveAttestations('paint', '2.0.1', { attestations: [accepted, provenance] })

  const file = join(root, 'trust', 'trusted_root.json')
  const both = [await readFile(file, 'utf8'), other.trustedRoot()].map(
    (text) => JSON.parse(text) as Record<string, unknown>,
  )
  const lists = ['tlogs', 'certificateAuthorities', 'ctlogs', 'timestampAuthorities'].map(
    (list) => [list, both.flatMap((one) => (one[list] as unknown[] | undefined) ?? [])] as const,
  )
  await writeFile(file, JSON.stringify({ ...both[0], ...Object.fromEntries(lists) }))
}

export const attack: AttackCase = {
  row: '–',
  packages: 'paint 2.0.1, for which another authority in the trusted root vouches, with all the right names',
  had: 'a Sigstore of their own that the project trusts, and a token',
  source: 'design: trust domains',
  story: scenario('a private authority')
    .package('paint', (p) =>
      p
        .builtBy(PAINT, { tokenOf: 'olivia' })
        .version('2.0.0', '2026-02-10T10:00Z')
        .version('2.0.1', '2026-05-01T10:00Z'),
    )
    .project((shop) =>
      shop.locks(['paint@2.0.0'], '2026-04-20').adopts('2026-04-20').updatesTo(['paint@2.0.1'], '2026-05-01T10:30Z'),
    ),
  async tamper(world, lockfile) {
    await vouch(world)
    return lockfile
  },
  looks: [{ 'paint@2.0.1': { refuse: ['trust-domain-changed'] } }],
}
