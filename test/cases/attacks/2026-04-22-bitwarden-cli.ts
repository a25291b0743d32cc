// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '2026-04-22',
  packages: '@bitwarden/cli 2026.4.0',
  had: 'the way to publish, through a compromised action in the CI job',
  source: 'cantina.security; cyberunit',
  // What provenance it had, before or then, is not established: told without.
  story: scenario('bitwarden, April 2026')
    .package('@bitwarden/cli', (p) =>
      p
        .publishedBy('bitwarden-bot')
        .version('2026.2.0', '2026-02-20T10:00Z')
        .version('2026.3.0', '2026-03-20T10:00Z')
        .byToken('2026.4.0', '2026-04-22T21:57Z', { runs: { preinstall: 'node bw_setup.js' } }),
    )
    .project((shop) =>
      shop
        .locks(['@bitwarden/cli@2026.3.0'], '2026-04-01')
        .adopts('2026-04-01')
        .updatesTo(['@bitwarden/cli@2026.4.0'], '2026-04-22T22:30Z'),
    ),
  looks: [{ '@bitwarden/cli@2026.4.0': { refuse: ['install-script-added'] } }],
}
