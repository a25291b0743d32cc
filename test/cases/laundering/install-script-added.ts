// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const HOOK = { postinstall: 'node bundle.js' }

export const attack: AttackCase = {
  row: 'install-script-added',
  packages: 'paint 2.0.1 with a new script, then 2.0.2 and 2.0.3 with the same',
  had: 'a token, for as long as nobody looks',
  source: 'design: accepted history',
  story: scenario('laundering a script')
    .package('paint', (p) =>
      p
        .publishedBy('olivia')
        .version('1.9.0', '2026-01-10T10:00Z')
        .version('2.0.0', '2026-02-10T10:00Z')
        .byToken('2.0.1', '2026-05-01T10:00Z', { runs: HOOK })
        .byToken('2.0.2', '2026-05-01T11:00Z', { runs: HOOK })
        .byToken('2.0.3', '2026-06-15T10:00Z', { runs: HOOK }),
    )
    .project((shop) =>
      shop
        .locks(['paint@2.0.0'], '2026-04-20')
        .adopts('2026-04-20')
        .updatesTo(['paint@2.0.2'], '2026-05-01T11:30Z')
        .updatesTo(['paint@2.0.3'], '2026-06-15T10:30Z'),
    ),
  looks: [
    { 'paint@2.0.2': { refuse: ['install-script-added'] } },
    { 'paint@2.0.3': { refuse: ['install-script-added'] } },
  ],
}
