// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

// The predicate is written inside the job, by whatever runs there.
const claimMain = (predicate: object): object =>
  JSON.parse(JSON.stringify(predicate).replaceAll('refs/tags/v2.0.1', 'refs/heads/main')) as object

export const attack: AttackCase = {
  row: 'B1',
  packages: 'paint 2.0.1, whose predicate tells another story than its certificate',
  had: 'code in the job that writes the predicate',
  source: 'npm/cli, libnpmpublish: the fields come from environment variables',
  story: scenario('B1, a forged predicate')
    .package('paint', (p) =>
      p
        .builtBy(workflow('paint/paint'))
        .version('2.0.0', '2026-02-10T10:00Z')
        .version('2.0.1', '2026-05-01T10:00Z', { job: { editPredicate: claimMain } }),
    )
    .project((shop) =>
      shop.locks(['paint@2.0.0'], '2026-04-20').adopts('2026-04-20').updatesTo(['paint@2.0.1'], '2026-05-01T10:30Z'),
    ),
  looks: [{ 'paint@2.0.1': { refuse: ['predicate-mismatch'] } }],
}
