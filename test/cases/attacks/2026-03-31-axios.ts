// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const PUBLISH = workflow('axios/axios', '.github/workflows/publish.yml')
const THIEF = { name: 'jasonsaayman', email: 'ifstap@proton.test' }
const DROPPER = { 'plain-crypto-js': '^4.2.1' }

export const attack: AttackCase = {
  row: '2026-03-31',
  packages: 'axios 1.14.1, 0.30.4 (and plain-crypto-js 4.2.1)',
  had: 'the session of the lead maintainer, from his own machine',
  source: 'axios/axios#10636, #10604, #10639',
  story: scenario('axios, March 2026')
    .package('axios', (p) =>
      p
        .publishedBy('jasonsaayman')
        .version('0.30.2', '2025-09-28T10:00Z', { distTag: 'legacy' })
        .version('0.30.3', '2026-02-18T10:00Z', { distTag: 'legacy' })
        .builtBy(PUBLISH)
        .version('1.13.4', '2026-01-27T10:00Z')
        .version('1.13.5', '2026-02-08T16:28Z')
        .version('1.13.6', '2026-02-27T18:10Z')
        .version('1.14.0', '2026-03-27T19:01Z')
        .byToken('1.14.1', '2026-03-31T00:21Z', { publisher: THIEF, adds: DROPPER })
        .publishedBy(THIEF)
        .byToken('0.30.4', '2026-03-31T01:00Z', { adds: DROPPER, distTag: 'legacy' }),
    )
    .package('plain-crypto-js', (p) =>
      p
        .publishedBy('nrwise')
        .version('4.2.0', '2026-03-30T05:57Z')
        .version('4.2.1', '2026-03-30T23:59Z', { runs: { postinstall: 'node setup.js' } }),
    )
    .project((shop) =>
      shop
        .locks(['axios@1.14.0'], '2026-03-30T20:00Z')
        .adopts('2026-03-30T20:00Z')
        .updatesTo(['axios@1.14.1', 'plain-crypto-js@4.2.1'], '2026-03-31T00:40Z'),
    )
    .project((legacy) =>
      legacy
        .locks(['axios@0.30.3'], '2026-03-30T20:00Z')
        .adopts('2026-03-30T20:00Z')
        .updatesTo(['axios@0.30.4', 'plain-crypto-js@4.2.1'], '2026-03-31T01:20Z'),
    ),
  looks: [
    {
      'axios@1.14.1': { refuse: ['fresh-dependency', 'provenance-missing'] },
      'plain-crypto-js@4.2.1': { refuse: ['install-script-added', 'provenance-missing'] },
    },
    {
      'axios@0.30.4': { refuse: ['fresh-dependency'], warn: ['version-backfill'] },
      'plain-crypto-js@4.2.1': { refuse: ['install-script-added', 'provenance-missing'] },
    },
  ],
}
