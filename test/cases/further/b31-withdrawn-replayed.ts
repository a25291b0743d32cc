// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: 'B31',
  packages: 'paint 2.0.1, taken down, from a lockfile and a cache that still hold it',
  had: 'a pipeline once; now only copies of what it made',
  source: 'cap-js/cds-dbs#1588',
  story: scenario('B31, withdrawn and replayed')
    .package('paint', (p) =>
      p
        .builtBy(workflow('paint/paint'))
        .version('2.0.0', '2026-02-10T10:00Z')
        .version('2.0.1', '2026-05-01T10:00Z')
        .unpublished('2.0.1', '2026-05-01T14:00Z'),
    )
    .project((shop) =>
      shop
        .locks(['paint@2.0.0'], '2026-04-20')
        .adopts('2026-04-20')
        // Nothing tells yet; it is cached from here on.
        .updatesTo(['paint@2.0.1'], '2026-05-01T10:30Z')
        .looks('2026-06-01'),
    ),
  looks: [{ 'paint@2.0.1': { refuse: [] } }, { 'paint@2.0.1': { refuse: ['version-withdrawn'], cooldown: false } }],
}
