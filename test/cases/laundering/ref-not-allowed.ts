// SPDX-License-Identifier: Apache-2.0
import { branch, scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const SNAPSHOT = { ref: branch('snapshot-a91f') }

export const attack: AttackCase = {
  row: 'ref-not-allowed',
  packages: 'paint 2.0.1 to 2.0.3 from a branch that never released',
  had: 'the right to push a branch, for as long as nobody looks',
  source: 'design: accepted history',
  story: scenario('laundering a branch')
    .package('paint', (p) =>
      p
        .builtBy(workflow('paint/paint'))
        .version('1.9.0', '2026-01-10T10:00Z')
        .version('2.0.0', '2026-02-10T10:00Z')
        .version('2.0.1', '2026-05-01T10:00Z', { job: SNAPSHOT })
        .version('2.0.2', '2026-05-01T11:00Z', { job: SNAPSHOT })
        .version('2.0.3', '2026-06-15T10:00Z', { job: SNAPSHOT }),
    )
    .project((shop) =>
      shop
        .locks(['paint@2.0.0'], '2026-04-20')
        .adopts('2026-04-20')
        .updatesTo(['paint@2.0.2'], '2026-05-01T11:30Z')
        .updatesTo(['paint@2.0.3'], '2026-06-15T10:30Z'),
    )
    // Nobody has recorded paint there: what counts is where the versions before were built from.
    .project((stranger) =>
      stranger
        .locks([], '2026-04-20')
        .adopts('2026-04-20')
        .updatesTo(['paint@2.0.2'], '2026-05-01T11:31Z')
        .updatesTo(['paint@2.0.3'], '2026-06-15T10:31Z'),
    ),
  looks: [
    { 'paint@2.0.2': { refuse: ['ref-not-allowed'] } },
    { 'paint@2.0.2': { refuse: ['ref-not-allowed'] } },
    { 'paint@2.0.3': { refuse: ['ref-not-allowed'] } },
    { 'paint@2.0.3': { refuse: ['ref-not-allowed'] } },
  ],
}
