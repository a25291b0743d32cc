// SPDX-License-Identifier: Apache-2.0
import { branch, scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: 'R15',
  packages: 'paint 2.0.1, published by a hijacked pipeline that stages every release, and approved by nobody',
  had: 'the project’s own pipeline, and no person in it',
  source: 'catalogue, rule R15: TanStack, keyv, AsyncAPI, had they staged',
  policy: { rules: { 'staged-approval': 'refuse' } },
  story: scenario('R15, approved by nobody')
    .package('paint', (p) =>
      p
        .builtBy(workflow('paint/paint', undefined, { ref: branch('main') }))
        .version('2.0.0', '2026-02-10T10:00Z', { approvedBy: 'olivia' })
        .version('2.0.1', '2026-05-01T10:00Z'),
    )
    .project((shop) =>
      shop.locks(['paint@2.0.0'], '2026-04-20').adopts('2026-04-20').updatesTo(['paint@2.0.1'], '2026-05-01T10:30Z'),
    ),
  looks: [{ 'paint@2.0.1': { refuse: ['staged-approval-missing'] } }],
}
