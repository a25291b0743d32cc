// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '2018-11',
  packages: 'event-stream 3.3.6 → flatmap-stream',
  had: 'the rights of a maintainer, handed to a volunteer who asked',
  source: 'dominictarr/event-stream#116',
  story: scenario('event-stream, autumn 2018')
    .package('event-stream', (p) =>
      p
        .publishedBy('dominictarr')
        .dependsOn({ through: '~2.3.1' })
        .version('3.3.4', '2016-07-13T10:00Z')
        .version('3.3.5', '2018-04-20T10:00Z')
        .publishedBy('right9ctrl')
        .byToken('3.3.6', '2018-09-09T05:00Z', { adds: { 'flatmap-stream': '^0.1.0' } }),
    )
    .package('through', (p) => p.publishedBy('dominictarr').version('2.3.8', '2015-07-02'))
    .package('flatmap-stream', (p) =>
      p.publishedBy('hugeglass').version('0.1.0', '2018-09-05T05:00Z').version('0.1.1', '2018-10-05T05:00Z'),
    )
    .project((shop) =>
      shop
        .locks(['event-stream@3.3.5', 'through@2.3.8'], '2018-09-01')
        .adopts('2018-09-01')
        .updatesTo(['event-stream@3.3.6', 'flatmap-stream@0.1.0'], '2018-09-09T06:00Z'),
    ),
  looks: [
    {
      'event-stream@3.3.6': { refuse: ['fresh-dependency'], warn: ['publisher-changed'] },
      // A name that was never seen, without provenance.
      'flatmap-stream@0.1.0': { refuse: ['provenance-missing'], cooldown: false },
    },
  ],
}
