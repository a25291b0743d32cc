// SPDX-License-Identifier: Apache-2.0
import { branch, scenario, workflow } from '@bonafide/sandbox'
import type { BenignCase } from '../../benign-case.ts'

export const benign: BenignCase = {
  story: scenario('pull_request_target')
    .package('nuxt', (p) =>
      p
        .builtBy(workflow('nuxt/nuxt', undefined, { trigger: 'pull_request_target', ref: branch('main') }))
        .version('4.1.1', '2026-01-10T10:00Z')
        .version('4.1.2', '2026-05-01T10:00Z'),
    )
    .project((shop) =>
      shop.locks(['nuxt@4.1.1'], '2026-04-20').adopts('2026-04-20').updatesTo(['nuxt@4.1.2'], '2026-05-05'),
    ),
  about: 'nuxt@4.1.2',
  looks: [{ 'nuxt@4.1.2': { verdict: 'trusted' } }],
}
