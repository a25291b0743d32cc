// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '2026-02-17',
  packages: 'cline 2.3.0',
  had: 'the token of the nightly release, through a triage bot and a poisoned cache',
  source: 'superagent.sh; linear-gg; appsecuritystandards',
  // Whether earlier versions had provenance is not established: told without.
  story: scenario('cline, February 2026')
    .package('cline', (p) =>
      p
        .publishedBy('cline-bot')
        .version('2.1.0', '2026-01-10T10:00Z')
        .version('2.2.3', '2026-02-10T10:00Z')
        .byToken('2.3.0', '2026-02-17T03:26Z', { runs: { postinstall: 'npm install -g openclaw@latest' } }),
    )
    .project((shop) =>
      shop.locks(['cline@2.2.3'], '2026-02-15').adopts('2026-02-15').updatesTo(['cline@2.3.0'], '2026-02-17T03:50Z'),
    ),
  looks: [{ 'cline@2.3.0': { refuse: ['install-script-added'] } }],
}
