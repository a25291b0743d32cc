// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '2021-11-04',
  packages: 'coa 2.0.3+, rc',
  had: 'the npm account of a maintainer, asleep for years',
  source: 'veged/coa#99; facebook/docusaurus#5872',
  story: scenario('coa, November 2021')
    .package('coa', (p) =>
      p
        .publishedBy('maintainer')
        .version('2.0.1', '2018-07-02T10:00Z')
        .version('2.0.2', '2018-12-14T10:00Z')
        .byToken('2.0.3', '2021-11-04T12:58Z', { runs: { preinstall: 'start /B node compile.js & node compile.js' } }),
    )
    .package('rc', (p) =>
      p
        .publishedBy('maintainer')
        .version('1.2.8', '2018-05-22T10:00Z')
        .byToken('1.2.9', '2021-11-04T13:30Z', { runs: { preinstall: 'start /B node compile.js & node compile.js' } }),
    )
    .project((shop) =>
      shop
        .locks(['coa@2.0.2', 'rc@1.2.8'], '2021-10-01')
        .adopts('2021-10-01')
        .updatesTo(['coa@2.0.3', 'rc@1.2.9'], '2021-11-04T13:50Z'),
    ),
  looks: [{ 'coa@2.0.3': { refuse: ['install-script-added'] }, 'rc@1.2.9': { refuse: ['install-script-added'] } }],
}
