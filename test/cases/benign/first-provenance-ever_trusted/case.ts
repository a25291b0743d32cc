// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { BenignCase } from '../../benign-case.ts'

export const benign: BenignCase = {
  story: scenario('first provenance')
    .package('paint', (p) =>
      p
        .publishedBy('olivia')
        .version('2.0.0', '2026-01-10T10:00Z')
        .builtBy(workflow('paint/paint'), { tokenOf: 'olivia' })
        .version('2.0.1', '2026-05-01T10:00Z'),
    )
    .project((shop) =>
      shop.locks(['paint@2.0.0'], '2026-04-20').adopts('2026-04-20').updatesTo(['paint@2.0.1'], '2026-05-05'),
    ),
  about: 'paint@2.0.1',
  looks: [{ 'paint@2.0.1': { verdict: 'trusted' } }],
}
