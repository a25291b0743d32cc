// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { BenignCase } from '../../benign-case.ts'

export const benign: BenignCase = {
  story: scenario('now and then')
    .package('paint', (p) =>
      p
        .builtBy(workflow('paint/paint'), { tokenOf: 'olivia' })
        .version('2.0.0', '2026-01-10T10:00Z')
        .byToken('2.0.1', '2026-02-10T10:00Z')
        .version('2.0.2', '2026-03-10T10:00Z')
        .byToken('2.0.3', '2026-05-01T10:00Z')
        .version('2.0.4', '2026-06-01T10:00Z')
        .byToken('2.0.5', '2026-07-01T10:00Z'),
    )
    .project((shop) =>
      shop
        .locks(['paint@2.0.2'], '2026-04-20')
        .adopts('2026-04-20')
        .updatesTo(['paint@2.0.3'], '2026-05-05')
        .decides(['pin', 'paint'], '2026-05-05')
        .looks('2026-05-05')
        // With provenance it has to be the recorded one, and that it was there once more asks for nothing new.
        .updatesTo(['paint@2.0.4'], '2026-06-05')
        .updatesTo(['paint@2.0.5'], '2026-07-05'),
    ),
  about: 'paint@2.0.5',
  looks: [
    { 'paint@2.0.3': { verdict: 'refused', codes: ['provenance-missing'] } },
    { 'paint@2.0.3': { verdict: 'unattested' } },
    { 'paint@2.0.4': { verdict: 'trusted' } },
    { 'paint@2.0.5': { verdict: 'unattested' } },
  ],
}
