// SPDX-License-Identifier: Apache-2.0
import { branch, scenario, workflow } from '@bonafide/sandbox'
import type { BenignCase, Outcome } from '../../benign-case.ts'

const NAMES = Array.from({ length: 40 }, (_, index) => `@paint/part-${index + 1}`)
const TRUSTED: Outcome = { verdict: 'trusted' }

export const benign: BenignCase = {
  story: scenario('forty')
    .burst(NAMES, { from: '2026-05-01T10:00Z', everySeconds: 1.5 }, (p, at) =>
      p
        .builtBy(workflow('paint/parts', undefined, { ref: branch('main') }))
        .version('1.0.0', '2026-01-10T10:00Z')
        .version('1.1.0', at()),
    )
    .project((shop) =>
      shop
        .locks(
          NAMES.map((name) => `${name}@1.0.0`),
          '2026-04-20',
        )
        .adopts('2026-04-20')
        .updatesTo(
          NAMES.map((name) => `${name}@1.1.0`),
          '2026-05-05',
        ),
    ),
  about: '@paint/part-40@1.1.0',
  looks: [Object.fromEntries(NAMES.map((name) => [`${name}@1.1.0`, TRUSTED]))],
}
