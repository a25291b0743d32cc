// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: 'B13',
  packages: 'paint 2.0.1 without provenance, served with that of 2.0.0',
  had: 'a token, and a place between the project and the registry',
  source: 'pacote checks the first subject alone',
  story: scenario('B13, a replayed attestation')
    .package('paint', (p) =>
      p
        .builtBy(workflow('paint/paint'), { tokenOf: 'olivia' })
        .version('2.0.0', '2026-02-10T10:00Z')
        .byToken('2.0.1', '2026-05-01T10:00Z'),
    )
    .project((shop) =>
      shop.locks(['paint@2.0.0'], '2026-04-20').adopts('2026-04-20').updatesTo(['paint@2.0.1'], '2026-05-01T10:30Z'),
    ),
  tamper({ sandbox }, lockfile) {
    sandbox.serveAttestations('paint', '2.0.1', sandbox.published('paint', '2.0.0')?.attestations ?? null)
    return lockfile
  },
  looks: [{ 'paint@2.0.1': { refuse: ['subject-name'] } }],
}
