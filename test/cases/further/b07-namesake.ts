// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: 'B7',
  packages: 'paint 2.0.1 of a repository with the same name and another number',
  had: 'the name of an account that was deleted',
  source: 'allxsmith/bestax#528',
  story: scenario('B7, a namesake')
    .package('paint', (p) =>
      p
        .builtBy(workflow('paint/paint', undefined, { repositoryId: '111', ownerId: '222' }), { tokenOf: 'olivia' })
        .version('2.0.0', '2026-02-10T10:00Z')
        .version('2.0.1', '2026-05-01T10:00Z', { job: { repositoryId: '999', ownerId: '888' } }),
    )
    .project((shop) =>
      shop.locks(['paint@2.0.0'], '2026-04-20').adopts('2026-04-20').updatesTo(['paint@2.0.1'], '2026-05-01T10:30Z'),
    ),
  looks: [{ 'paint@2.0.1': { refuse: ['identity-changed'] } }],
}
