// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '2026-05-14',
  packages: 'node-ipc 9.1.6, 9.2.3, 12.0.1',
  had: 'the account of a maintainer asleep for years, by registering the domain of his address anew',
  source: 'shai-hulud-detect; appsecuritystandards',
  why: 'no provenance before, no script, no dependency; another publisher and lines that wake up together are no more than warnings',
  story: scenario('node-ipc, May 2026')
    .package('node-ipc', (p) =>
      p
        .publishedBy('riaevangelist')
        .version('9.1.5', '2021-02-01T10:00Z', { distTag: 'v9' })
        .version('9.2.2', '2022-03-10T10:00Z', { distTag: 'v9' })
        .version('12.0.0', '2024-08-10T10:00Z')
        .publishedBy('atiertant')
        .byToken('9.1.6', '2026-05-14T10:00Z', { distTag: null })
        .byToken('9.2.3', '2026-05-14T10:03Z', { distTag: 'v9' })
        .byToken('12.0.1', '2026-05-14T10:06Z'),
    )
    .project((shop) =>
      shop
        .locks(['node-ipc@12.0.0'], '2026-05-01')
        .adopts('2026-05-01')
        .updatesTo(['node-ipc@12.0.1'], '2026-05-14T10:30Z'),
    )
    .project((legacy) =>
      legacy
        .locks(['node-ipc@9.2.2'], '2026-05-01')
        .adopts('2026-05-01')
        .updatesTo(['node-ipc@9.2.3'], '2026-05-14T10:31Z'),
    ),
  looks: [
    { 'node-ipc@12.0.1': { refuse: [], warn: ['publisher-changed'] } },
    { 'node-ipc@9.2.3': { refuse: [], warn: ['publisher-changed', 'version-backfill'] } },
  ],
}
