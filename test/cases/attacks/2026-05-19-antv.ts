// SPDX-License-Identifier: Apache-2.0
import { branch, scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const NAMES = ['@antv/g2', '@antv/g6', '@antv/x6']
const HOOK = { preinstall: 'bun run index.js' }
const SETUP = { '@antv/setup': 'github:antvis/G2#1916faa365f2788b6e193514872d51a242876569' }
// Whose identity signed is not established; told as the worst that it can have been, a stranger's.
const STRANGER = workflow('stranger/g2', '.github/workflows/release.yml', { ref: branch('main') })

export const attack: AttackCase = {
  row: '2026-05-19',
  packages: '@antv/* and others, 639 versions of 323 packages',
  had: 'an npm account (atool)',
  source: 'type0.ai; thecybersignal; shai-hulud-detect',
  story: scenario('AntV, May 2026')
    .burst(NAMES, { from: '2026-05-19T01:44Z', everySeconds: 5 }, (p, at) =>
      p
        .publishedBy('atool')
        .version('5.2.0', '2025-10-01T10:00Z')
        .version('5.3.0', '2026-03-01T10:00Z')
        .builtBy(STRANGER, { tokenOf: 'atool' })
        .version('5.4.0', at(), { runs: HOOK, addsOptional: SETUP }),
    )
    .project((shop) =>
      shop
        .locks(
          NAMES.map((name) => `${name}@5.3.0`),
          '2026-05-10',
        )
        .adopts('2026-05-10')
        .updatesTo(
          NAMES.map((name) => `${name}@5.4.0`),
          '2026-05-19T02:10Z',
        ),
    ),
  looks: [
    {
      ...Object.fromEntries(
        NAMES.map((name) => [
          `${name}@5.4.0`,
          { refuse: ['exotic-dependency', 'install-script-added'] as const, warn: ['ref-not-allowed'] as const },
        ]),
      ),
      '@antv/setup@1.0.0': { refuse: ['exotic-dependency'], cooldown: false },
    },
  ],
}
