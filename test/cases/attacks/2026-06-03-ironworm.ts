// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '2026-06-03',
  packages: 'IronWorm: 37 packages (asteroiddao)',
  had: 'the account of the publisher',
  source: 'JFrog',
  story: scenario('IronWorm, June 2026')
    .package('@asteroiddao/core', (p) =>
      p
        .publishedBy('asteroiddao')
        .version('1.0.4', '2026-01-10T10:00Z')
        .version('1.0.5', '2026-04-10T10:00Z')
        .byToken('1.0.6', '2026-06-03T10:00Z', { runs: { preinstall: './bin/setup' } }),
    )
    .project((shop) =>
      shop
        .locks(['@asteroiddao/core@1.0.5'], '2026-06-01')
        .adopts('2026-06-01')
        .updatesTo(['@asteroiddao/core@1.0.6'], '2026-06-03T10:30Z'),
    ),
  looks: [{ '@asteroiddao/core@1.0.6': { refuse: ['install-script-added'] } }],
}
