// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const SETUP = { setup: 'github:paint/paint#79ac49eedf774dd4b0cfa308722bc463cfe5885c' }

export const attack: AttackCase = {
  row: 'exotic-dependency',
  packages: 'paint 2.0.1 with a dependency in git, then 2.0.2 and 2.0.3 with the same',
  had: 'the project’s own pipeline, for as long as nobody looks',
  source: 'design: accepted history',
  story: scenario('laundering a dependency in git')
    .package('paint', (p) =>
      p
        .builtBy(workflow('paint/paint'))
        .version('1.9.0', '2026-01-10T10:00Z')
        .version('2.0.0', '2026-02-10T10:00Z')
        .version('2.0.1', '2026-05-01T10:00Z', { addsOptional: SETUP })
        .version('2.0.2', '2026-05-01T11:00Z', { addsOptional: SETUP })
        .version('2.0.3', '2026-06-15T10:00Z', { addsOptional: SETUP }),
    )
    .project((shop) =>
      shop
        .locks(['paint@2.0.0'], '2026-04-20')
        .adopts('2026-04-20')
        .updatesTo(['paint@2.0.2'], '2026-05-01T11:30Z')
        .updatesTo(['paint@2.0.3'], '2026-06-15T10:30Z'),
    ),
  looks: [
    {
      'paint@2.0.2': { refuse: ['exotic-dependency'] },
      'setup@1.0.0': { refuse: ['exotic-dependency'], cooldown: false },
    },
    {
      'paint@2.0.3': { refuse: ['exotic-dependency'] },
      'setup@1.0.0': { refuse: ['exotic-dependency'], cooldown: false },
    },
  ],
}
