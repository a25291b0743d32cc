// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: '2024-10-31',
  packages: '@lottiefiles/lottie-player 2.0.5, 2.0.6, 2.0.7',
  had: 'the token of a developer',
  source: 'lirantal/awesome-nodejs-security',
  why: 'no provenance before, no script, no dependency: only the missing tag tells, and that takes the source host',
  story: scenario('lottie-player, October 2024')
    .package('@lottiefiles/lottie-player', (p) =>
      p
        .publishedBy('maintainer')
        .version('2.0.3', '2024-01-10T10:00Z')
        .version('2.0.4', '2024-03-05T10:00Z')
        .byToken('2.0.5', '2024-10-30T20:12Z')
        .byToken('2.0.6', '2024-10-30T21:00Z')
        .byToken('2.0.7', '2024-10-30T22:00Z'),
    )
    .project((shop) =>
      shop
        .locks(['@lottiefiles/lottie-player@2.0.4'], '2024-10-01')
        .adopts('2024-10-01')
        .updatesTo(['@lottiefiles/lottie-player@2.0.7'], '2024-10-30T22:30Z'),
    ),
  looks: [{ '@lottiefiles/lottie-player@2.0.7': { refuse: [] } }],
}
