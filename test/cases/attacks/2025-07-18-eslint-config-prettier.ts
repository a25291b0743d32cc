// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const HOOK = { install: 'node install.js' }

export const attack: AttackCase = {
  row: '2025-07-18',
  packages: 'eslint-config-prettier, eslint-plugin-prettier, synckit, @pkgr/core, napi-postinstall, got-fetch, is',
  had: 'the npm token of the maintainer, phished',
  source: 'chartingshow#1122',
  story: scenario('eslint-config-prettier, July 2025')
    .package('eslint-config-prettier', (p) =>
      p
        .publishedBy('jounqin')
        .version('8.10.0', '2023-08-03T10:00Z')
        .version('9.1.0', '2023-12-02T10:00Z')
        .version('10.1.5', '2025-05-09T10:00Z')
        .byToken('8.10.1', '2025-07-18T15:50Z', { runs: HOOK, distTag: null })
        .byToken('9.1.1', '2025-07-18T15:52Z', { runs: HOOK, distTag: null })
        .byToken('10.1.6', '2025-07-18T15:55Z', { runs: HOOK })
        .byToken('10.1.7', '2025-07-18T16:10Z', { runs: HOOK }),
    )
    // Some of the packages had provenance.
    .package('synckit', (p) =>
      p
        .builtBy(workflow('un-ts/synckit'))
        .version('0.11.7', '2025-05-20T10:00Z')
        .version('0.11.8', '2025-06-10T10:00Z')
        .byToken('0.11.9', '2025-07-18T16:20Z', { publisher: 'jounqin' }),
    )
    .project((shop) =>
      shop
        .locks(['eslint-config-prettier@10.1.5', 'synckit@0.11.8'], '2025-07-01')
        .adopts('2025-07-01')
        .updatesTo(['eslint-config-prettier@10.1.7', 'synckit@0.11.9'], '2025-07-18T16:40Z'),
    )
    .project((legacy) =>
      legacy
        .locks(['eslint-config-prettier@8.10.0'], '2025-07-01')
        .adopts('2025-07-01')
        .updatesTo(['eslint-config-prettier@8.10.1'], '2025-07-18T16:41Z'),
    ),
  looks: [
    {
      'eslint-config-prettier@10.1.7': { refuse: ['install-script-added'] },
      'synckit@0.11.9': { refuse: ['provenance-missing'], warn: ['publisher-changed'] },
    },
    { 'eslint-config-prettier@8.10.1': { refuse: ['install-script-added'], warn: ['version-backfill'] } },
  ],
}
