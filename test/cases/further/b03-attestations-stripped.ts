// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: 'B3',
  packages: 'paint 2.0.1, whose attestations the registry says it has and does not serve',
  had: 'a place between the project and the registry',
  source: 'pacote 22.0.0: no attestations, no check',
  story: scenario('B3, stripped attestations')
    .package('paint', (p) =>
      p.builtBy(workflow('paint/paint')).version('2.0.0', '2026-02-10T10:00Z').version('2.0.1', '2026-05-01T10:00Z'),
    )
    .project((shop) =>
      shop.locks(['paint@2.0.0'], '2026-04-20').adopts('2026-04-20').updatesTo(['paint@2.0.1'], '2026-05-01T10:30Z'),
    ),
  tamper({ sandbox }, lockfile) {
    sandbox.serveAttestations('paint', '2.0.1', null)
    return lockfile
  },
  looks: [{ 'paint@2.0.1': { refuse: ['attestations-withheld'] } }],
}
