// SPDX-License-Identifier: Apache-2.0
import { branch, scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const HOOK = { preinstall: 'node setup.mjs' }

export const attack: AttackCase = {
  row: '2026-08-04',
  packages: 'keyv 6.0.0, cacheable, flat-cache, file-entry-cache, cache-manager … (11 or 12)',
  had: 'the GitHub account of the maintainer: commits on main, the project’s own release.yml',
  source: 'jaredwray/cacheable#1691, #1692; keyv#2051',
  story: scenario('keyv, August 2026')
    .package('keyv', (p) =>
      p
        .builtBy(workflow('jaredwray/keyv', '.github/workflows/release.yml', { ref: branch('main') }))
        .version('5.6.0', '2026-01-10T10:00Z')
        .version('5.7.0', '2026-06-10T10:00Z')
        .version('6.0.0', '2026-08-04T09:35Z', { runs: HOOK }),
    )
    .package('flat-cache', (p) =>
      p
        .builtBy(workflow('jaredwray/cacheable', '.github/workflows/release.yml', { ref: branch('main') }))
        .version('6.1.19', '2026-01-10T10:00Z')
        .version('6.1.20', '2026-06-10T10:00Z')
        .version('6.1.21', '2026-08-04T09:40Z', { runs: HOOK }),
    )
    .project((shop) =>
      shop
        .locks(['keyv@5.7.0', 'flat-cache@6.1.20'], '2026-08-01')
        .adopts('2026-08-01')
        .updatesTo(['keyv@6.0.0', 'flat-cache@6.1.21'], '2026-08-04T10:00Z'),
    ),
  looks: [
    {
      'keyv@6.0.0': { refuse: ['install-script-added'] },
      'flat-cache@6.1.21': { refuse: ['install-script-added'] },
    },
  ],
}
