// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const NAMES = ['@react-native-aria/focus', '@react-native-aria/utils', '@react-native-aria/overlays']

export const attack: AttackCase = {
  row: '2025-06-06',
  packages: '@react-native-aria/*, gluestack (17 to 33 packages)',
  had: 'an npm token or account',
  source: 'gluestack/gluestack-ui#2894',
  why: 'no provenance before, no script, no dependency; a burst alone is what honest monorepos do too',
  story: scenario('react-native-aria, June 2025')
    .burst(NAMES, { from: '2025-06-06T21:33Z', everySeconds: 90 }, (p, at) =>
      p
        .publishedBy('maintainer')
        .version('0.2.8', '2024-10-01T10:00Z')
        .version('0.2.9', '2025-01-20T10:00Z')
        .byToken('0.2.10', at()),
    )
    .project((shop) =>
      shop
        .locks(
          NAMES.map((name) => `${name}@0.2.9`),
          '2025-06-01',
        )
        .adopts('2025-06-01')
        .updatesTo(
          NAMES.map((name) => `${name}@0.2.10`),
          '2025-06-06T22:10Z',
        ),
    ),
  looks: [Object.fromEntries(NAMES.map((name) => [`${name}@0.2.10`, { refuse: [] }]))],
}
