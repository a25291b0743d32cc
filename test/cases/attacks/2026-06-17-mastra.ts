// SPDX-License-Identifier: Apache-2.0
import { branch, scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const NAMES = ['@mastra/core', '@mastra/memory', 'mastra']

export const attack: AttackCase = {
  row: '2026-06-17',
  packages: '@mastra/* (141 to 144) and mastra',
  had: 'the rights of a former contributor (ehindero), unused for 16 months',
  source: 'mastra-ai/mastra#18047',
  story: scenario('Mastra, June 2026')
    .burst(NAMES, { from: '2026-06-17T01:10Z', everySeconds: 37 }, (p, at) =>
      p
        .builtBy(workflow('mastra-ai/mastra', '.github/workflows/release.yml', { ref: branch('main') }))
        .version('1.40.0', '2026-05-01T10:00Z')
        .version('1.42.0', '2026-06-10T10:00Z')
        .byToken('1.42.1', at(), { publisher: 'ehindero', adds: { 'easy-day-js': '^1.11.21' } }),
    )
    .package('easy-day-js', (p) =>
      p
        .publishedBy('sergey2016')
        .version('1.11.21', '2026-06-16T02:00Z')
        .version('1.11.22', '2026-06-17T01:00Z', { runs: { postinstall: 'node setup.cjs' } }),
    )
    .project((shop) =>
      shop
        .locks(
          NAMES.map((name) => `${name}@1.42.0`),
          '2026-06-15',
        )
        .adopts('2026-06-15')
        .updatesTo([...NAMES.map((name) => `${name}@1.42.1`), 'easy-day-js@1.11.22'], '2026-06-17T01:40Z'),
    ),
  looks: [
    {
      ...Object.fromEntries(
        NAMES.map((name) => [
          `${name}@1.42.1`,
          {
            refuse: ['fresh-dependency', 'provenance-missing'] as const,
            warn: ['publisher-changed'] as const,
          },
        ]),
      ),
      'easy-day-js@1.11.22': { refuse: ['install-script-added', 'provenance-missing'] },
    },
  ],
}
