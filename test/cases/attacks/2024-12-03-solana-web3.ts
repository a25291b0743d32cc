// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '2024-12-03',
  packages: '@solana/web3.js 1.95.6, 1.95.7',
  had: 'an account with the right to publish, phished',
  source: 'lirantal/awesome-nodejs-security',
  why: 'no provenance before, no script, no dependency: the payload runs when it is used',
  story: scenario('solana web3, December 2024')
    .package('@solana/web3.js', (p) =>
      p
        .publishedBy('maintainer')
        .version('1.95.4', '2024-10-20T10:00Z')
        .version('1.95.5', '2024-11-20T10:00Z')
        .byToken('1.95.6', '2024-12-02T15:20Z')
        .byToken('1.95.7', '2024-12-02T20:00Z'),
    )
    .project((shop) =>
      shop
        .locks(['@solana/web3.js@1.95.4'], '2024-11-01')
        .adopts('2024-11-01')
        .updatesTo(['@solana/web3.js@1.95.6'], '2024-12-02T16:00Z')
        .updatesTo(['@solana/web3.js@1.95.7'], '2024-12-02T20:30Z'),
    ),
  looks: [{ '@solana/web3.js@1.95.6': { refuse: [] } }, { '@solana/web3.js@1.95.7': { refuse: [] } }],
}
