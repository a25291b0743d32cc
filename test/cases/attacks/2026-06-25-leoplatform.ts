// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '2026-06-25',
  packages: 'LeoPlatform, RStreams (23 packages)',
  had: 'npm tokens, by a worm',
  source: 'Socket',
  story: scenario('LeoPlatform, June 2026')
    .package('leo-sdk', (p) =>
      p
        .publishedBy('leo-bot')
        .version('6.0.14', '2025-10-10T10:00Z')
        .version('6.0.15', '2026-02-10T10:00Z')
        .byToken('6.0.16', '2026-06-25T10:00Z', { files: { 'binding.gyp': '{ "targets": [] }\n' } }),
    )
    .project((shop) =>
      shop
        .locks(['leo-sdk@6.0.15'], '2026-06-20')
        .adopts('2026-06-20')
        .updatesTo(['leo-sdk@6.0.16'], '2026-06-25T10:30Z'),
    ),
  looks: [{ 'leo-sdk@6.0.16': { refuse: ['install-script-added'] } }],
}
