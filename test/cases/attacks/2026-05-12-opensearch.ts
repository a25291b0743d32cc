// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const RELEASE = workflow('opensearch-project/opensearch-js', '.github/workflows/release.yml')
// An orphan commit.
const SETUP = {
  '@opensearch/setup': 'github:opensearch-project/opensearch-js#0c5b1f6d1ec8d2b4bb64cb2e2ffbeed37b5ae8a7',
}

export const attack: AttackCase = {
  row: '2026-05-12',
  packages: '@opensearch-project 3.5.3, 3.7.0, 3.8.0; @mistralai, @uipath, guardrails … (over 170)',
  had: 'harvested tokens and job identities, by a worm',
  source: 'opensearch-js#1116',
  story: scenario('OpenSearch and others, May 2026')
    .package('@opensearch-project/opensearch', (p) =>
      p
        .builtBy(RELEASE)
        .version('3.5.1', '2025-10-15T10:00Z')
        .version('3.5.2', '2026-01-15T10:00Z')
        .version('3.6.0', '2026-04-20T10:00Z')
        .version('3.7.0', '2026-05-12T00:30Z', { addsOptional: SETUP })
        .version('3.5.3', '2026-05-12T00:36Z', { addsOptional: SETUP, distTag: null })
        .version('3.8.0', '2026-05-12T00:42Z', { addsOptional: SETUP }),
    )
    // A harvested token on a package that had no provenance.
    .package('@uipath/cli', (p) =>
      p
        .publishedBy('uipath-bot')
        .version('1.0.1', '2026-02-15T10:00Z')
        .byToken('1.0.2', '2026-05-12T00:50Z', { addsOptional: SETUP }),
    )
    .project((shop) =>
      shop
        .locks(['@opensearch-project/opensearch@3.6.0', '@uipath/cli@1.0.1'], '2026-05-10')
        .adopts('2026-05-10')
        .updatesTo(['@opensearch-project/opensearch@3.8.0', '@uipath/cli@1.0.2'], '2026-05-12T01:00Z')
        .locks(['@opensearch-project/opensearch@3.5.3'], '2026-05-12T01:01Z')
        .looks('2026-05-12T01:01Z'),
    ),
  looks: [
    {
      '@opensearch-project/opensearch@3.8.0': { refuse: ['exotic-dependency'] },
      '@uipath/cli@1.0.2': { refuse: ['exotic-dependency'] },
      '@opensearch/setup@1.0.0': { refuse: ['exotic-dependency'], cooldown: false },
    },
    {
      '@opensearch-project/opensearch@3.5.3': { refuse: ['exotic-dependency'] },
      '@opensearch/setup@1.0.0': { refuse: ['exotic-dependency'], cooldown: false },
    },
  ],
}
