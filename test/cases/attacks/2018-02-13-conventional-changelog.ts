// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '2018-02-13',
  packages: 'conventional-changelog',
  had: 'the npm account of a maintainer',
  source: 'lirantal/awesome-nodejs-security',
  why: 'the same account as ever, nothing new in the metadata, no provenance before',
  story: scenario('conventional-changelog, February 2018')
    .package('conventional-changelog', (p) =>
      p
        .publishedBy('maintainer')
        .version('1.1.6', '2017-10-01T10:00Z')
        .version('1.1.7', '2017-12-08T10:00Z')
        .byToken('1.2.0', '2018-02-13T10:00Z'),
    )
    .project((shop) =>
      shop
        .locks(['conventional-changelog@1.1.7'], '2018-02-01')
        .adopts('2018-02-01')
        .updatesTo(['conventional-changelog@1.2.0'], '2018-02-13T10:30Z'),
    ),
  looks: [{ 'conventional-changelog@1.2.0': { refuse: [] } }],
}
