// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: 'version-backfill',
  packages: 'paint 1.9.1 minutes after 2.0.1, then 1.9.2 minutes after 2.0.2',
  had: 'a token, for as long as nobody looks',
  source: 'design: accepted history',
  why: 'the rule warns; a policy may have it refuse',
  story: scenario('laundering a backfill')
    .package('paint', (p) =>
      p
        .publishedBy('olivia')
        .version('1.9.0', '2026-01-10T10:00Z', { distTag: 'v1' })
        .version('2.0.0', '2026-02-10T10:00Z')
        .byToken('2.0.1', '2026-05-01T10:00Z')
        .byToken('1.9.1', '2026-05-01T10:05Z', { distTag: 'v1' })
        .byToken('2.0.2', '2026-05-02T10:00Z')
        .byToken('1.9.2', '2026-05-02T10:05Z', { distTag: 'v1' }),
    )
    .project((shop) =>
      shop.locks(['paint@1.9.0'], '2026-04-20').adopts('2026-04-20').updatesTo(['paint@1.9.2'], '2026-05-02T10:30Z'),
    ),
  looks: [{ 'paint@1.9.2': { refuse: [], warn: ['version-backfill'] } }],
}
