// SPDX-License-Identifier: Apache-2.0
import { branch, scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

const RELEASE = workflow('RedHatInsights/frontend-components', '.github/workflows/release.yml', {
  ref: branch('master'),
})
const NAMES = ['@redhat-cloud-services/frontend-components', '@redhat-cloud-services/types']
const ORPHAN = { ref: branch('wip-5f1c'), commit: 'd00df00dd00df00dd00df00dd00df00dd00df00d' }

export const attack: AttackCase = {
  row: '2026-06-01',
  packages: '@redhat-cloud-services/*, 96 versions of 32 packages',
  had: 'the GitHub account of an employee: orphan commits, and a workflow that runs on any branch',
  source: 'RHSB-2026-006; RedHatInsights/frontend-components#2329',
  story: scenario('Red Hat, June 2026')
    .burst(NAMES, { from: '2026-06-01T10:53Z', everySeconds: 4 }, (p, at) =>
      p
        .builtBy(RELEASE)
        .version('6.1.0', '2026-03-01T10:00Z')
        .version('6.1.1', '2026-05-20T10:00Z')
        .version('6.1.2', at(), { job: ORPHAN, runs: { preinstall: 'node index.js' } })
        .version('6.1.3', at(60), { job: ORPHAN, runs: { preinstall: 'node index.js' } })
        .version('6.1.4', at(10_260), { job: ORPHAN, runs: { preinstall: 'node index.js' } }),
    )
    .project((shop) =>
      shop
        .locks(
          NAMES.map((name) => `${name}@6.1.1`),
          '2026-05-25',
        )
        .adopts('2026-05-25')
        .updatesTo(
          NAMES.map((name) => `${name}@6.1.3`),
          '2026-06-01T11:20Z',
        )
        .updatesTo(
          NAMES.map((name) => `${name}@6.1.4`),
          '2026-06-01T14:00Z',
        ),
    ),
  looks: ['6.1.3', '6.1.4'].map((version) =>
    Object.fromEntries(
      NAMES.map((name) => [`${name}@${version}`, { refuse: ['install-script-added', 'ref-not-allowed'] as const }]),
    ),
  ),
}
