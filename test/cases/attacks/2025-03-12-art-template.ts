// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '2025-03-12',
  packages: 'art-template',
  had: 'the account of the maintainer, taken over with the name of the repository',
  source: 'safedep; shai-hulud-detect',
  why: 'a new publisher is a warning while the release is young; it stayed for over a year, and after three days nothing refuses',
  story: scenario('art-template, March 2025')
    .package('art-template', (p) =>
      p
        .publishedBy('aui')
        .version('4.13.1', '2018-11-30T10:00Z')
        .version('4.13.2', '2018-12-30T10:00Z')
        .byToken('4.13.3', '2025-03-12T10:00Z', { publisher: 'new-owner' }),
    )
    .project((shop) =>
      shop
        .locks(['art-template@4.13.2'], '2025-03-01')
        .adopts('2025-03-01')
        .updatesTo(['art-template@4.13.3'], '2025-03-12T10:45Z')
        .looks('2025-04-30T10:00Z'),
    ),
  looks: [
    { 'art-template@4.13.3': { refuse: [], warn: ['publisher-changed'] } },
    { 'art-template@4.13.3': { refuse: [], cooldown: false } },
  ],
}
