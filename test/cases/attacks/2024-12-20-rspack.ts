// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const HOOK = { postinstall: 'node ./dist/util/support.js' }

export const attack: AttackCase = {
  row: '2024-12-20',
  packages: '@rspack/core, @rspack/cli 1.1.7 (and vant)',
  had: 'an npm token',
  source: 'rspack, release notes of 1.1.8',
  story: scenario('rspack, December 2024')
    .package('@rspack/core', (p) =>
      p
        .publishedBy('rspack-bot')
        .version('1.1.5', '2024-11-10T10:00Z')
        .version('1.1.6', '2024-12-10T10:00Z')
        .byToken('1.1.7', '2024-12-19T02:00Z', { runs: HOOK }),
    )
    .package('@rspack/cli', (p) =>
      p
        .publishedBy('rspack-bot')
        .version('1.1.5', '2024-11-10T10:00Z')
        .version('1.1.6', '2024-12-10T10:00Z')
        .byToken('1.1.7', '2024-12-19T02:01Z', { runs: HOOK }),
    )
    .project((shop) =>
      shop
        .locks(['@rspack/core@1.1.6', '@rspack/cli@1.1.6'], '2024-12-15')
        .adopts('2024-12-15')
        .updatesTo(['@rspack/core@1.1.7', '@rspack/cli@1.1.7'], '2024-12-19T02:30Z'),
    ),
  looks: [
    {
      '@rspack/core@1.1.7': { refuse: ['install-script-added'] },
      '@rspack/cli@1.1.7': { refuse: ['install-script-added'] },
    },
  ],
}
