// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const HOOK = { preinstall: 'node setup_bun.js' }

export const attack: AttackCase = {
  row: '2025-11-24',
  packages: 'Shai-Hulud 2: PostHog, Zapier, Postman, ENS, AsyncAPI (about 800)',
  had: 'npm tokens: one that a workflow leaked, one that was three years old',
  source: 'posthog.com, post-mortem; asyncapi, shai-hulud-postmortem',
  story: scenario('Shai-Hulud 2, November 2025')
    .package('posthog-node', (p) =>
      p
        .builtBy(workflow('PostHog/posthog-js'), { tokenOf: 'posthog-bot' })
        .version('5.11.1', '2025-10-10T10:00Z')
        .version('5.11.2', '2025-11-10T10:00Z')
        .byToken('5.11.3', '2025-11-24T04:11Z', { runs: HOOK }),
    )
    .package('@asyncapi/specs', (p) =>
      p
        .publishedBy('asyncapi-bot')
        .version('6.8.0', '2025-01-10T10:00Z')
        .version('6.8.1', '2025-03-10T10:00Z')
        .byToken('6.8.2', '2025-11-24T04:40Z', { runs: HOOK }),
    )
    .project((shop) =>
      shop
        .locks(['posthog-node@5.11.2', '@asyncapi/specs@6.8.1'], '2025-11-15')
        .adopts('2025-11-15')
        .updatesTo(['posthog-node@5.11.3', '@asyncapi/specs@6.8.2'], '2025-11-24T05:00Z'),
    ),
  looks: [
    {
      'posthog-node@5.11.3': { refuse: ['install-script-added', 'provenance-missing'] },
      '@asyncapi/specs@6.8.2': { refuse: ['install-script-added'] },
    },
  ],
}
