// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { BenignCase } from '../../benign-case.ts'

export const benign: BenignCase = {
  story: scenario('backport')
    .package('paint', (p) =>
      p
        .publishedBy('olivia')
        .version('1.9.0', '2025-06-10T10:00Z', { distTag: 'v1' })
        .builtBy(workflow('paint/paint'))
        .version('2.0.0', '2026-01-10T10:00Z')
        .version('2.1.0', '2026-04-10T10:00Z')
        .byToken('1.9.1', '2026-05-01T10:00Z', { publisher: 'olivia', distTag: 'v1' }),
    )
    .project((shop) =>
      shop.locks(['paint@1.9.0'], '2026-04-20').adopts('2026-04-20').updatesTo(['paint@1.9.1'], '2026-05-05'),
    ),
  about: 'paint@1.9.1',
  looks: [{ 'paint@1.9.1': { verdict: 'unattested' } }],
}
