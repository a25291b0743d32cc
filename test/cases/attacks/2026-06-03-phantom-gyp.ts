// SPDX-License-Identifier: Apache-2.0
import { branch, scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const GYP = { 'binding.gyp': '{ "targets": [{ "target_name": "x", "actions": [] }] }\n' }

export const attack: AttackCase = {
  row: '2026-06-03',
  packages: 'Phantom Gyp: 286 versions of 57 packages (@vapi-ai/server-sdk, ai-sdk-ollama, autotel-*)',
  had: 'rights to push: a branch snapshot-… with a release.yml of its own; for others an npm token',
  source: 'arrangeactassert.com, 8 June 2026',
  story: scenario('Phantom Gyp, June 2026')
    .package('ai-sdk-ollama', (p) =>
      p
        .builtBy(workflow('jagreehal/ai-sdk-ollama', '.github/workflows/release.yml', { ref: branch('main') }))
        .version('3.8.1', '2026-03-10T10:00Z')
        .version('3.8.4', '2026-05-10T10:00Z')
        .version('3.8.5', '2026-06-03T21:05Z', { files: GYP, job: { ref: branch('snapshot-a91f') } }),
    )
    .package('@vapi-ai/server-sdk', (p) =>
      p
        .publishedBy('vapi-bot')
        .version('0.11.0', '2026-03-10T10:00Z')
        .version('0.11.1', '2026-05-10T10:00Z')
        .byToken('0.11.2', '2026-06-03T21:06Z', { files: GYP }),
    )
    .project((shop) =>
      shop
        .locks(['ai-sdk-ollama@3.8.4', '@vapi-ai/server-sdk@0.11.1'], '2026-06-01')
        .adopts('2026-06-01')
        .updatesTo(['ai-sdk-ollama@3.8.5', '@vapi-ai/server-sdk@0.11.2'], '2026-06-03T21:40Z'),
    ),
  looks: [
    {
      'ai-sdk-ollama@3.8.5': { refuse: ['install-script-added', 'ref-not-allowed'] },
      '@vapi-ai/server-sdk@0.11.2': { refuse: ['install-script-added'] },
    },
  ],
}
