// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: 'provenance-required',
  packages: 'paint 2.0.1 without provenance, then 2.0.2 and 2.0.3',
  had: 'a token, for as long as nobody looks',
  source: 'design: accepted history',
  story: scenario('laundering the loss of provenance')
    .package('paint', (p) =>
      p
        .builtBy(workflow('paint/paint'), { tokenOf: 'olivia' })
        .version('1.9.0', '2026-01-10T10:00Z')
        .version('2.0.0', '2026-02-10T10:00Z')
        .byToken('2.0.1', '2026-05-01T10:00Z')
        .byToken('2.0.2', '2026-05-01T11:00Z')
        .byToken('2.0.3', '2026-06-15T10:00Z'),
    )
    .project((shop) =>
      shop
        .locks(['paint@2.0.0'], '2026-04-20')
        .adopts('2026-04-20')
        .updatesTo(['paint@2.0.2'], '2026-05-01T11:30Z')
        .updatesTo(['paint@2.0.3'], '2026-06-15T10:30Z'),
    )
    // Nobody has recorded paint there.
    .project((stranger) =>
      stranger.locks([], '2026-06-15').adopts('2026-06-15').updatesTo(['paint@2.0.3'], '2026-06-15T10:31Z'),
    ),
  looks: [
    { 'paint@2.0.2': { refuse: ['provenance-missing'] } },
    { 'paint@2.0.3': { refuse: ['provenance-missing'] } },
    { 'paint@2.0.3': { refuse: ['regression-unpinned'] } },
  ],
}
