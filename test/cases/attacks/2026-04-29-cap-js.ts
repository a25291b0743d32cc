// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const HOOK = { preinstall: 'node setup.mjs' }
const RELEASE = workflow('cap-js/cds-dbs', '.github/workflows/release.yml', { ref: 'refs/heads/main' })

export const attack: AttackCase = {
  row: '2026-04-29',
  packages: '@cap-js/sqlite 2.2.2, postgres 2.2.2, db-service 2.10.1; mbt 1.2.48',
  had: 'the identity token of a CI job, printed by an edited workflow and used elsewhere; for mbt a static token',
  source: 'blog.sayaka-ono.com; cap-js/cds-dbs#1588',
  story: scenario('cap-js, April 2026')
    .burst(['@cap-js/sqlite', '@cap-js/postgres'], { from: '2026-04-29T09:55Z', everySeconds: 240 }, (p, at) =>
      p
        .builtBy(RELEASE)
        .version('2.2.0', '2026-02-20T10:00Z')
        .version('2.2.1', '2026-03-20T10:00Z')
        .byToken('2.2.2', at(), { exchanged: true, runs: HOOK }),
    )
    .package('mbt', (p) =>
      p
        .publishedBy('mbt-bot')
        .version('1.2.46', '2026-01-20T10:00Z')
        .version('1.2.47', '2026-03-20T10:00Z')
        .byToken('1.2.48', '2026-04-29T09:55Z', { runs: HOOK }),
    )
    .project((shop) =>
      shop
        .locks(['@cap-js/sqlite@2.2.1', '@cap-js/postgres@2.2.1', 'mbt@1.2.47'], '2026-04-15')
        .adopts('2026-04-15')
        .updatesTo(['@cap-js/sqlite@2.2.2', '@cap-js/postgres@2.2.2', 'mbt@1.2.48'], '2026-04-29T10:30Z'),
    ),
  looks: [
    {
      '@cap-js/sqlite@2.2.2': { refuse: ['install-script-added', 'provenance-missing'] },
      '@cap-js/postgres@2.2.2': { refuse: ['install-script-added', 'provenance-missing'] },
      'mbt@1.2.48': { refuse: ['install-script-added'] },
    },
  ],
}
