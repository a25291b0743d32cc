// SPDX-License-Identifier: Apache-2.0
import { branch, scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const MAIN = { ref: branch('main'), trigger: 'workflow_dispatch' }

export const attack: AttackCase = {
  row: 'R4b',
  packages: 'paint 2.0.1, built by the right workflow from the right branch, because a stranger commented',
  had: 'the right to comment',
  source: 'catalogue, rule R4b: 7nohe, had it released from its branch',
  story: scenario('R4b, a comment')
    .package('paint', (p) =>
      p
        .builtBy(workflow('paint/paint', undefined, MAIN))
        .version('2.0.0', '2026-02-10T10:00Z')
        .version('2.0.1', '2026-05-01T10:00Z', { job: { trigger: 'issue_comment' } }),
    )
    .project((shop) =>
      shop.locks(['paint@2.0.0'], '2026-04-20').adopts('2026-04-20').updatesTo(['paint@2.0.1'], '2026-05-01T10:30Z'),
    ),
  looks: [{ 'paint@2.0.1': { refuse: ['trigger-not-allowed'] } }],
}
