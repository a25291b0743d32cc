// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '2026-04-07',
  packages: '@velora-dex/sdk 9.4.1',
  had: 'the npm account',
  source: 'VeloraDEX/sdk#233',
  why: 'no provenance before, no script, no dependency: three lines before the code, seen only beside the sources',
  story: scenario('velora, April 2026')
    .package('@velora-dex/sdk', (p) =>
      p
        .publishedBy('maintainer')
        .version('9.3.4', '2026-01-15T10:00Z')
        .version('9.4.0', '2026-02-25T10:00Z')
        .byToken('9.4.1', '2026-04-07T10:00Z'),
    )
    .project((shop) =>
      shop
        .locks(['@velora-dex/sdk@9.4.0'], '2026-04-01')
        .adopts('2026-04-01')
        .updatesTo(['@velora-dex/sdk@9.4.1'], '2026-04-07T10:40Z'),
    ),
  looks: [{ '@velora-dex/sdk@9.4.1': { refuse: [] } }],
}
