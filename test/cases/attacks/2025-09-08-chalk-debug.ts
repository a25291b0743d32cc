// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '2025-09-08',
  packages: 'chalk 5.6.1, debug 4.4.2, ansi-styles … (18 to 20 packages)',
  had: 'the npm account of the maintainer, his second factor relayed live',
  source: 'debug-js/debug#1005',
  why: 'no provenance before, no script, no dependency, the same account: the payload runs in browsers',
  story: scenario('chalk and debug, September 2025')
    .package('chalk', (p) =>
      p
        .publishedBy('qix')
        .version('5.5.0', '2025-08-04T10:00Z')
        .version('5.6.0', '2025-08-17T10:00Z')
        .byToken('5.6.1', '2025-09-08T13:16Z'),
    )
    .package('debug', (p) =>
      p
        .publishedBy('qix')
        .version('4.4.0', '2024-12-06T10:00Z')
        .version('4.4.1', '2025-05-13T10:00Z')
        .byToken('4.4.2', '2025-09-08T13:20Z'),
    )
    .project((shop) =>
      shop
        .locks(['chalk@5.6.0', 'debug@4.4.1'], '2025-09-01')
        .adopts('2025-09-01')
        .updatesTo(['chalk@5.6.1', 'debug@4.4.2'], '2025-09-08T13:45Z'),
    ),
  looks: [{ 'chalk@5.6.1': { refuse: [] }, 'debug@4.4.2': { refuse: [] } }],
}
