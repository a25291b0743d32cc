// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const HOOK = { preinstall: 'node setup.mjs' }

export const attack: AttackCase = {
  row: '2026-08-04',
  packages: 'ChainDrop: 2,234 versions of 444 packages (@servicetitan, @onereach, @or-sdk, @ornikar, @qlik …)',
  had: 'npm tokens of the victims before, one for each organisation',
  source: 'ossf/malicious-packages#1426',
  story: scenario('ChainDrop, August 2026')
    .burst(['@or-sdk/base', '@or-sdk/flows'], { from: '2026-08-04T10:43Z', everySeconds: 1 }, (p, at) =>
      p
        .publishedBy('onereach-bot')
        .version('0.28.3', '2025-10-10T10:00Z', { distTag: 'v0' })
        .version('1.4.0', '2026-05-10T10:00Z')
        .byToken('1.4.1', at(), { runs: HOOK })
        .byToken('0.28.4', at(2), { runs: HOOK, distTag: 'v0' }),
    )
    .package('@qlik/api', (p) =>
      p
        .builtBy(workflow('qlik-oss/qlik-api-ts'), { tokenOf: 'qlik-bot' })
        .version('2.5.0', '2026-05-10T10:00Z')
        .version('2.6.0', '2026-07-10T10:00Z')
        .byToken('2.6.1', '2026-08-04T10:50Z', { runs: HOOK }),
    )
    .project((shop) =>
      shop
        .locks(['@or-sdk/base@1.4.0', '@or-sdk/flows@1.4.0', '@qlik/api@2.6.0'], '2026-08-01')
        .adopts('2026-08-01')
        .updatesTo(['@or-sdk/base@1.4.1', '@or-sdk/flows@1.4.1', '@qlik/api@2.6.1'], '2026-08-04T11:00Z'),
    )
    .project((legacy) =>
      legacy
        .locks(['@or-sdk/base@0.28.3'], '2026-08-01')
        .adopts('2026-08-01')
        .updatesTo(['@or-sdk/base@0.28.4'], '2026-08-04T11:01Z'),
    ),
  looks: [
    {
      '@or-sdk/base@1.4.1': { refuse: ['install-script-added'] },
      '@or-sdk/flows@1.4.1': { refuse: ['install-script-added'] },
      '@qlik/api@2.6.1': { refuse: ['install-script-added', 'provenance-missing'] },
    },
    { '@or-sdk/base@0.28.4': { refuse: ['install-script-added'], warn: ['version-backfill'] } },
  ],
}
