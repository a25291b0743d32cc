// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const OWN = { runner: 'self-hosted' }

export const attack: AttackCase = {
  row: 'runner-self-hosted',
  packages: 'paint 2.0.1 to 2.0.3 built on a machine that registered itself as a runner',
  had: 'the right to register runners, as Shai-Hulud 2 did',
  source: 'design: accepted history',
  story: scenario('laundering a runner')
    .package('paint', (p) =>
      p
        .builtBy(workflow('paint/paint'))
        .version('1.9.0', '2026-01-10T10:00Z')
        .version('2.0.0', '2026-02-10T10:00Z')
        .version('2.0.1', '2026-05-01T10:00Z', { job: OWN })
        .version('2.0.2', '2026-05-01T11:00Z', { job: OWN })
        .version('2.0.3', '2026-06-15T10:00Z', { job: OWN }),
    )
    .project((shop) =>
      shop
        .locks(['paint@2.0.0'], '2026-04-20')
        .adopts('2026-04-20')
        .updatesTo(['paint@2.0.2'], '2026-05-01T11:30Z')
        .updatesTo(['paint@2.0.3'], '2026-06-15T10:30Z'),
    )
    // Nobody has recorded paint there: what counts is where the versions before were built.
    .project((stranger) =>
      stranger
        .locks([], '2026-04-20')
        .adopts('2026-04-20')
        .updatesTo(['paint@2.0.2'], '2026-05-01T11:31Z')
        .updatesTo(['paint@2.0.3'], '2026-06-15T10:31Z'),
    ),
  looks: [
    { 'paint@2.0.2': { refuse: ['runner-self-hosted'] } },
    { 'paint@2.0.2': { refuse: ['runner-self-hosted'] } },
    { 'paint@2.0.3': { refuse: ['runner-self-hosted'] } },
    { 'paint@2.0.3': { refuse: ['runner-self-hosted'] } },
  ],
}
