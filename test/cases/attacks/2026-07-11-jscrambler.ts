// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const HOOK = { preinstall: 'node dist/setup.js' }

export const attack: AttackCase = {
  row: '2026-07-11',
  packages: 'jscrambler 8.14.0, 8.16.0, 8.17.0, 8.18.0, 8.20.0',
  had: 'the right to publish, how is not confirmed',
  source: 'jscrambler#322, #323, #327; ossf/malicious-packages#1367',
  why: 'from 8.18.0 on without a script: the payload runs on import',
  story: scenario('jscrambler, July 2026')
    .package('jscrambler', (p) =>
      p
        .publishedBy('jscrambler-bot')
        .version('8.12.0', '2026-04-10T10:00Z')
        .version('8.13.0', '2026-06-01T10:00Z')
        .byToken('8.14.0', '2026-07-11T08:00Z', { runs: HOOK })
        .byToken('8.16.0', '2026-07-11T09:00Z', { runs: HOOK })
        .byToken('8.17.0', '2026-07-11T10:00Z', { runs: HOOK })
        .byToken('8.18.0', '2026-07-11T11:00Z')
        .byToken('8.20.0', '2026-07-11T12:00Z'),
    )
    .project((shop) =>
      shop
        .locks(['jscrambler@8.13.0'], '2026-07-01')
        .adopts('2026-07-01')
        .updatesTo(['jscrambler@8.14.0'], '2026-07-11T08:20Z')
        .updatesTo(['jscrambler@8.17.0'], '2026-07-11T10:20Z')
        .updatesTo(['jscrambler@8.18.0'], '2026-07-11T11:20Z')
        .updatesTo(['jscrambler@8.20.0'], '2026-07-11T12:20Z'),
    ),
  looks: [
    { 'jscrambler@8.14.0': { refuse: ['install-script-added'] } },
    { 'jscrambler@8.17.0': { refuse: ['install-script-added'] } },
    { 'jscrambler@8.18.0': { refuse: [] } },
    { 'jscrambler@8.20.0': { refuse: [] } },
  ],
}
