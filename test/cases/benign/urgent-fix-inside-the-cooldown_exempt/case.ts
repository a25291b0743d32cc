// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { BenignCase } from '../../benign-case.ts'

export const benign: BenignCase = {
  story: scenario('urgent fix')
    .package('paint', (p) =>
      p.builtBy(workflow('paint/paint')).version('2.0.0', '2026-01-10T10:00Z').version('2.0.1', '2026-05-01T10:00Z'),
    )
    .project((shop) =>
      shop
        .locks(['paint@2.0.0'], '2026-04-20')
        .adopts('2026-04-20')
        .updatesTo(['paint@2.0.1'], '2026-05-01T12:00Z')
        .decides(
          ['exempt', 'paint@2.0.1', '--rule', 'cooldown', '--reason', 'CVE-2026-0001, used in the wild'],
          '2026-05-01T12:10Z',
        )
        .looks('2026-05-01T12:10Z'),
    ),
  about: 'paint@2.0.1',
  looks: [
    { 'paint@2.0.1': { verdict: 'refused', codes: ['cooldown'] } },
    { 'paint@2.0.1': { verdict: 'exempt', codes: ['cooldown'] } },
  ],
}
