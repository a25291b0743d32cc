// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: 'R4c',
  packages: 'paint 2.0.1, built by the right workflow on a machine that registered itself',
  had: 'the right to register a runner, as Shai-Hulud 2 took it',
  source: 'catalogue, rule R4c',
  story: scenario('R4c, a runner of their own')
    .package('paint', (p) =>
      p
        .builtBy(workflow('paint/paint'))
        .version('2.0.0', '2026-02-10T10:00Z')
        .version('2.0.1', '2026-05-01T10:00Z', { job: { runner: 'self-hosted' } }),
    )
    .project((shop) =>
      shop.locks(['paint@2.0.0'], '2026-04-20').adopts('2026-04-20').updatesTo(['paint@2.0.1'], '2026-05-01T10:30Z'),
    ),
  looks: [{ 'paint@2.0.1': { refuse: ['runner-self-hosted'] } }],
}
