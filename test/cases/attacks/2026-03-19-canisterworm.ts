// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const HOOK = { postinstall: 'node index.js' }

export const attack: AttackCase = {
  row: '2026-03-19',
  packages: 'CanisterWorm: @opengov/* (16 and more), 47 to 66 packages',
  had: 'npm tokens from the CI jobs that ran a poisoned action',
  source: 'stepsecurity.io, canisterworm',
  story: scenario('CanisterWorm, March 2026')
    .package('@opengov/form-renderer', (p) =>
      p
        .publishedBy('opengov-bot')
        .version('0.2.19', '2025-12-01T10:00Z')
        .byToken('0.2.20', '2026-03-20T20:45Z', { runs: HOOK }),
    )
    // Mixed: some had provenance before.
    .package('@opengov/form-builder', (p) =>
      p
        .builtBy(workflow('opengov/forms'), { tokenOf: 'opengov-bot' })
        .version('0.12.2', '2026-01-20T10:00Z')
        .byToken('0.12.3', '2026-03-20T20:46Z', { runs: HOOK }),
    )
    .project((shop) =>
      shop
        .locks(['@opengov/form-renderer@0.2.19', '@opengov/form-builder@0.12.2'], '2026-03-01')
        .adopts('2026-03-01')
        .updatesTo(['@opengov/form-renderer@0.2.20', '@opengov/form-builder@0.12.3'], '2026-03-20T21:30Z'),
    ),
  looks: [
    {
      '@opengov/form-renderer@0.2.20': { refuse: ['install-script-added'] },
      '@opengov/form-builder@0.12.3': { refuse: ['install-script-added', 'provenance-missing'] },
    },
  ],
}
