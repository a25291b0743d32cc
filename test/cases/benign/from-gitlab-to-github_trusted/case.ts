// SPDX-License-Identifier: Apache-2.0
import { pipeline, scenario, workflow } from '@bonafide/sandbox'
import type { BenignCase } from '../../benign-case.ts'

export const benign: BenignCase = {
  story: scenario('GitLab to GitHub')
    .package('paint', (p) =>
      p
        .builtBy(pipeline('paint/paint'))
        .version('2.0.0', '2026-01-10T10:00Z')
        .builtBy(workflow('paint/paint'))
        .version('2.0.1', '2026-05-01T10:00Z')
        .version('2.0.2', '2026-06-05T10:00Z'),
    )
    .project((shop) =>
      shop
        .locks(['paint@2.0.0'], '2026-04-20')
        .adopts('2026-04-20')
        .updatesTo(['paint@2.0.1'], '2026-05-05')
        .decides(['pin', 'paint'], '2026-05-05')
        .looks('2026-05-05')
        .updatesTo(['paint@2.0.2'], '2026-06-10'),
    ),
  about: 'paint@2.0.2',
  looks: [
    { 'paint@2.0.1': { verdict: 'refused', codes: ['identity-changed', 'publisher-changed'] } },
    { 'paint@2.0.1': { verdict: 'trusted', codes: [] } },
    { 'paint@2.0.2': { verdict: 'trusted' } },
  ],
}
