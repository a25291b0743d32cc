// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '2025-07-20',
  packages: '@toptal/picasso-* (10 packages)',
  had: 'the GitHub organisation',
  source: 'chartingshow#1161',
  story: scenario('picasso, July 2025')
    .package('@toptal/picasso-forms', (p) =>
      p
        .publishedBy('toptal-bot')
        .version('73.3.0', '2025-05-01T10:00Z')
        .version('73.3.1', '2025-06-10T10:00Z')
        .byToken('73.3.2', '2025-07-20T10:00Z', { runs: { preinstall: 'node ./wipe.js' } }),
    )
    .project((shop) =>
      shop
        .locks(['@toptal/picasso-forms@73.3.1'], '2025-07-15')
        .adopts('2025-07-15')
        .updatesTo(['@toptal/picasso-forms@73.3.2'], '2025-07-20T10:20Z'),
    ),
  looks: [{ '@toptal/picasso-forms@73.3.2': { refuse: ['install-script-added'] } }],
}
