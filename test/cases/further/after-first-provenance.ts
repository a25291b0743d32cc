// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '–',
  packages: 'paint 2.0.2 without provenance, after 2.0.1 was the first that had it, and was recorded',
  had: 'a token',
  source: 'design: none to identity is tightened by itself',
  story: scenario('after the first provenance')
    .package('paint', (p) =>
      p
        .publishedBy('olivia')
        .version('2.0.0', '2026-01-10T10:00Z')
        .builtBy(workflow('paint/paint'), { tokenOf: 'olivia' })
        .version('2.0.1', '2026-03-01T10:00Z')
        .byToken('2.0.2', '2026-05-01T10:00Z'),
    )
    .project((shop) =>
      shop
        .locks(['paint@2.0.0'], '2026-02-20')
        .adopts('2026-02-20')
        .locks(['paint@2.0.1'], '2026-03-10')
        .adopts('2026-03-10')
        .updatesTo(['paint@2.0.2'], '2026-05-01T10:31Z'),
    ),
  looks: [{ 'paint@2.0.2': { refuse: ['provenance-missing'] } }],
}
