// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const HOOK = { postinstall: 'node bundle.js' }

export const attack: AttackCase = {
  row: '2025-09-14',
  packages: 'Shai-Hulud 1: @ctrl/tinycolor, ngx-bootstrap 18.1.4, 19.0.3, 20.0.4 to 20.0.6 … (over 500)',
  had: 'npm tokens, by a worm',
  source: 'valor-software/ngx-bootstrap#6776',
  story: scenario('Shai-Hulud, September 2025')
    .package('@ctrl/tinycolor', (p) =>
      p
        .publishedBy('scttcper')
        .version('4.0.4', '2024-08-20T10:00Z')
        .version('4.1.0', '2024-09-17T10:00Z')
        .byToken('4.1.1', '2025-09-14T17:58Z', { runs: HOOK }),
    )
    .package('ngx-bootstrap', (p) =>
      p
        .publishedBy('valorkin')
        .version('18.1.3', '2024-10-10T10:00Z')
        .version('19.0.2', '2025-02-10T10:00Z')
        .version('20.0.3', '2025-07-10T10:00Z')
        .byToken('20.0.4', '2025-09-16T01:30Z', { runs: HOOK })
        .byToken('19.0.3', '2025-09-16T01:32Z', { runs: HOOK, distTag: null })
        .byToken('18.1.4', '2025-09-16T01:34Z', { runs: HOOK, distTag: null })
        .byToken('20.0.5', '2025-09-16T02:10Z', { runs: HOOK })
        .byToken('20.0.6', '2025-09-16T02:40Z', { runs: HOOK }),
    )
    .project((shop) =>
      shop
        .locks(['@ctrl/tinycolor@4.1.0', 'ngx-bootstrap@20.0.3'], '2025-09-01')
        .adopts('2025-09-01')
        .updatesTo(['@ctrl/tinycolor@4.1.1'], '2025-09-14T18:30Z')
        .locks(['ngx-bootstrap@20.0.6'], '2025-09-16T03:00Z')
        .looks('2025-09-16T03:00Z'),
    )
    .project((legacy) =>
      legacy
        .locks(['ngx-bootstrap@18.1.3'], '2025-09-01')
        .adopts('2025-09-01')
        .updatesTo(['ngx-bootstrap@18.1.4'], '2025-09-16T03:01Z'),
    ),
  looks: [
    { '@ctrl/tinycolor@4.1.1': { refuse: ['install-script-added'] } },
    { 'ngx-bootstrap@20.0.6': { refuse: ['install-script-added'] } },
    { 'ngx-bootstrap@18.1.4': { refuse: ['install-script-added'], warn: ['version-backfill'] } },
  ],
}
