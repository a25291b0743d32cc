// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const STRANGER = workflow('stranger/paint')

export const attack: AttackCase = {
  row: 'identity-changed',
  packages: 'paint 2.0.1 to 2.0.3 with provenance of another repository',
  had: 'a token, for as long as nobody looks, and a repository of their own',
  source: 'design: accepted history',
  story: scenario('laundering an identity')
    .package('paint', (p) =>
      p
        .builtBy(workflow('paint/paint'), { tokenOf: 'olivia' })
        .version('1.9.0', '2026-01-10T10:00Z')
        .version('2.0.0', '2026-02-10T10:00Z')
        .builtBy(STRANGER, { tokenOf: 'olivia' })
        .version('2.0.1', '2026-05-01T10:00Z')
        .version('2.0.2', '2026-05-01T11:00Z')
        .version('2.0.3', '2026-06-15T10:00Z'),
    )
    .project((shop) =>
      shop
        .locks(['paint@2.0.0'], '2026-04-20')
        .adopts('2026-04-20')
        .updatesTo(['paint@2.0.2'], '2026-05-01T11:30Z')
        .updatesTo(['paint@2.0.3'], '2026-06-15T10:30Z'),
    )
    // Nobody has recorded paint there: what counts is who built the versions before.
    .project((stranger) =>
      stranger
        .locks([], '2026-04-20')
        .adopts('2026-04-20')
        .updatesTo(['paint@2.0.2'], '2026-05-01T11:31Z')
        .updatesTo(['paint@2.0.3'], '2026-06-15T10:31Z'),
    ),
  looks: [
    { 'paint@2.0.2': { refuse: ['identity-changed'] } },
    { 'paint@2.0.2': { refuse: ['identity-changed'] } },
    { 'paint@2.0.3': { refuse: ['identity-changed'] } },
    { 'paint@2.0.3': { refuse: ['identity-changed'] } },
  ],
}
