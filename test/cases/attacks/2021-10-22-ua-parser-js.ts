// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const HOOK = { preinstall: 'start /B node preinstall.js & node preinstall.js' }

export const attack: AttackCase = {
  row: '2021-10-22',
  packages: 'ua-parser-js 0.7.29, 0.8.0, 1.0.0',
  had: 'the npm account of the maintainer',
  source: 'faisalman/ua-parser-js#536',
  story: scenario('ua-parser-js, October 2021')
    .package('ua-parser-js', (p) =>
      p
        .publishedBy('faisalman')
        .version('0.7.27', '2021-04-01T10:00Z')
        .version('0.7.28', '2021-05-10T10:00Z')
        .byToken('0.7.29', '2021-10-22T12:15Z', { runs: HOOK })
        .byToken('0.8.0', '2021-10-22T12:16Z', { runs: HOOK })
        .byToken('1.0.0', '2021-10-22T12:26Z', { runs: HOOK }),
    )
    .project((shop) =>
      shop
        .locks(['ua-parser-js@0.7.28'], '2021-10-01')
        .adopts('2021-10-01')
        .updatesTo(['ua-parser-js@0.7.29'], '2021-10-22T12:45Z')
        .updatesTo(['ua-parser-js@0.8.0'], '2021-10-22T12:46Z')
        .updatesTo(['ua-parser-js@1.0.0'], '2021-10-22T12:47Z'),
    ),
  looks: [
    { 'ua-parser-js@0.7.29': { refuse: ['install-script-added'], warn: ['version-backfill'] } },
    { 'ua-parser-js@0.8.0': { refuse: ['install-script-added'], warn: ['version-backfill'] } },
    { 'ua-parser-js@1.0.0': { refuse: ['install-script-added'] } },
  ],
}
