// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { BenignCase } from '../../benign-case.ts'

export const benign: BenignCase = {
  story: scenario('split off')
    .package('@paint/linux-riscv64', (p) => p.builtBy(workflow('paint/paint')).version('2.1.0', '2026-05-01T10:00Z'))
    .package('paint', (p) =>
      p
        .builtBy(workflow('paint/paint'))
        .version('2.0.0', '2026-01-10T10:00Z')
        .version('2.1.0', '2026-05-01T10:01Z', { addsOptional: { '@paint/linux-riscv64': '2.1.0' } }),
    )
    .project((shop) =>
      shop
        .locks(['paint@2.0.0'], '2026-04-20')
        .adopts('2026-04-20')
        .updatesTo(['paint@2.1.0', '@paint/linux-riscv64@2.1.0'], '2026-05-05'),
    ),
  about: 'paint@2.1.0',
  looks: [
    {
      'paint@2.1.0': { verdict: 'trusted', codes: ['fresh-dependency'] },
      '@paint/linux-riscv64@2.1.0': { verdict: 'trusted' },
    },
  ],
}
