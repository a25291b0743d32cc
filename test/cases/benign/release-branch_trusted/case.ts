// SPDX-License-Identifier: Apache-2.0
import { branch, scenario, workflow } from '@bonafide/sandbox'
import type { BenignCase } from '../../benign-case.ts'

const RELEASE = { ref: branch('2.x') }

export const benign: BenignCase = {
  story: scenario('release branch')
    .package('paint', (p) =>
      p
        .builtBy(workflow('paint/paint', undefined, { ref: branch('main') }))
        .version('2.0.0', '2026-01-10T10:00Z')
        .version('3.0.0', '2026-04-25T10:00Z')
        .version('2.0.1', '2026-05-01T10:00Z', { job: RELEASE, distTag: 'v2' })
        .version('2.0.2', '2026-06-01T10:00Z', { job: RELEASE, distTag: 'v2' }),
    )
    .project((shop) =>
      shop
        .locks(['paint@2.0.0'], '2026-04-20')
        .adopts('2026-04-20')
        .updatesTo(['paint@2.0.1'], '2026-05-05')
        .decides(['pin', 'paint'], '2026-05-05')
        .looks('2026-05-05')
        .updatesTo(['paint@2.0.2'], '2026-06-05'),
    ),
  about: 'paint@2.0.2',
  looks: [
    { 'paint@2.0.1': { verdict: 'refused', codes: ['ref-not-allowed'] } },
    { 'paint@2.0.1': { verdict: 'trusted' } },
    { 'paint@2.0.2': { verdict: 'trusted' } },
  ],
}
