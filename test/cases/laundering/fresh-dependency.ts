// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const DROPPER = { dropper: '^1.0.0' }

export const attack: AttackCase = {
  row: 'fresh-dependency',
  packages: 'paint 2.0.1 with a dependency of yesterday, then 2.0.2 with the same',
  had: 'a token, for as long as nobody looks',
  source: 'design: accepted history',
  story: scenario('laundering a new dependency')
    .package('paint', (p) =>
      p
        .publishedBy('olivia')
        .version('1.9.0', '2026-01-10T10:00Z')
        .version('2.0.0', '2026-02-10T10:00Z')
        .byToken('2.0.1', '2026-05-01T10:00Z', { adds: DROPPER })
        .byToken('2.0.2', '2026-05-08T10:00Z', { adds: DROPPER }),
    )
    .package('dropper', (p) => p.publishedBy('mallory').version('1.0.0', '2026-04-30T10:00Z'))
    .project((shop) =>
      shop
        .locks(['paint@2.0.0'], '2026-04-20')
        .adopts('2026-04-20')
        .updatesTo(['paint@2.0.2', 'dropper@1.0.0'], '2026-05-08T10:30Z'),
    ),
  looks: [
    {
      'paint@2.0.2': { refuse: ['fresh-dependency'] },
      'dropper@1.0.0': { refuse: ['provenance-missing'], cooldown: false },
    },
  ],
}
