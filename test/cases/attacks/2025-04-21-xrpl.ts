// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '2025-04-21',
  packages: 'xrpl 4.2.1 to 4.2.4, 2.14.2',
  had: 'the npm token of a maintainer (mukulljangid)',
  source: 'catalogue, excerpts of pages',
  why: 'no provenance before, no script, no dependency; that an old line wakes up beside the new one is no more than a warning',
  story: scenario('xrpl, April 2025')
    .package('xrpl', (p) =>
      p
        .publishedBy('mukulljangid')
        .version('2.14.1', '2024-02-01T10:00Z', { distTag: 'v2' })
        .version('4.1.0', '2024-12-23T10:00Z')
        .version('4.2.0', '2025-02-13T10:00Z')
        .byToken('4.2.1', '2025-04-21T20:53Z')
        .byToken('4.2.2', '2025-04-21T21:30Z')
        .byToken('2.14.2', '2025-04-21T21:40Z', { distTag: 'v2' })
        .byToken('4.2.3', '2025-04-21T21:50Z')
        .byToken('4.2.4', '2025-04-21T22:00Z'),
    )
    .project((shop) =>
      shop.locks(['xrpl@4.2.0'], '2025-04-01').adopts('2025-04-01').updatesTo(['xrpl@4.2.4'], '2025-04-21T22:20Z'),
    )
    .project((legacy) =>
      legacy.locks(['xrpl@2.14.1'], '2025-04-01').adopts('2025-04-01').updatesTo(['xrpl@2.14.2'], '2025-04-21T22:21Z'),
    ),
  looks: [{ 'xrpl@4.2.4': { refuse: [] } }, { 'xrpl@2.14.2': { refuse: [], warn: ['version-backfill'] } }],
}
