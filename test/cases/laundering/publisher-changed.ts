// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: 'publisher-changed',
  packages: 'paint 2.0.1 by somebody new, then 2.0.2 by the same',
  had: 'the account of a maintainer who never published',
  source: 'design: accepted history',
  why: 'the rule warns; a policy may have it refuse',
  story: scenario('laundering a publisher')
    .package('paint', (p) =>
      p
        .publishedBy('olivia')
        .version('1.9.0', '2026-01-10T10:00Z')
        .version('2.0.0', '2026-02-10T10:00Z')
        .byToken('2.0.1', '2026-05-01T10:00Z', { publisher: 'mallory' })
        .byToken('2.0.2', '2026-05-20T10:00Z', { publisher: 'mallory' }),
    )
    .project((shop) =>
      shop.locks(['paint@2.0.0'], '2026-04-20').adopts('2026-04-20').updatesTo(['paint@2.0.2'], '2026-05-20T10:30Z'),
    ),
  looks: [{ 'paint@2.0.2': { refuse: [], warn: ['publisher-changed'] } }],
}
