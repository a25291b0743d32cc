// SPDX-License-Identifier: Apache-2.0
import { branch, scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const RELEASE = workflow('TanStack/router', '.github/workflows/release.yml', { ref: branch('main') })
const NAMES = ['@tanstack/react-router', '@tanstack/router-core', '@tanstack/history']
// An orphan commit in the network of forks.
const SETUP = { '@tanstack/setup': 'github:tanstack/router#79ac49eedf774dd4b0cfa308722bc463cfe5885c' }

export const attack: AttackCase = {
  row: '2026-05-11',
  packages: '84 versions of 42 @tanstack/*',
  had: 'the identity token of the project’s own release job, through a poisoned cache',
  source: 'TanStack, post-mortem; GHSA-g7cv-rxg3-hmpx',
  story: scenario('TanStack, May 2026')
    .burst(NAMES, { from: '2026-05-11T19:20Z', everySeconds: 5 }, (p, at) =>
      p
        .builtBy(RELEASE)
        .version('1.168.0', '2026-03-20T10:00Z')
        .version('1.169.2', '2026-05-05T10:00Z')
        .version('1.169.5', at(), { addsOptional: SETUP })
        .version('1.169.8', at(360), { addsOptional: SETUP }),
    )
    .project((shop) =>
      shop
        .locks(
          NAMES.map((name) => `${name}@1.169.2`),
          '2026-05-10',
        )
        .adopts('2026-05-10')
        .updatesTo(
          NAMES.map((name) => `${name}@1.169.8`),
          '2026-05-11T19:35Z',
        ),
    ),
  looks: [
    {
      ...Object.fromEntries(NAMES.map((name) => [`${name}@1.169.8`, { refuse: ['exotic-dependency'] as const }])),
      '@tanstack/setup@1.0.0': { refuse: ['exotic-dependency'], cooldown: false },
    },
  ],
}
