// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: 'B5',
  packages: 'paint 2.0.1 from a mirror that serves attestations to nobody',
  had: 'the mirror',
  source: 'corporate mirrors; pnpm, ignoreMissingTimeField',
  story: scenario('B5, a plain mirror')
    .package('paint', (p) =>
      p
        .builtBy(workflow('paint/paint'), { tokenOf: 'olivia' })
        .version('2.0.0', '2026-02-10T10:00Z')
        .byToken('2.0.1', '2026-05-01T10:00Z'),
    )
    .project((shop) =>
      shop.locks(['paint@2.0.0'], '2026-04-20').adopts('2026-04-20').updatesTo(['paint@2.0.1'], '2026-05-01T10:30Z'),
    ),
  tamper({ sandbox }, lockfile) {
    sandbox.actAsPlainMirror()
    return lockfile
  },
  looks: [{ 'paint@2.0.1': { refuse: [], undecided: ['registry-serves-no-attestations'] } }],
}
