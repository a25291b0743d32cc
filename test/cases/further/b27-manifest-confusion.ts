// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: 'B27',
  packages: 'paint 2.0.1, whose tarball names a dependency that the registry was never told of',
  had: 'a publish token of a package without provenance',
  source: 'catalogue',
  words: ['--tarballs'],
  story: scenario('B27, manifest confusion')
    .package('paint', (p) =>
      p
        .publishedBy('olivia')
        .version('2.0.0', '2026-02-10T10:00Z')
        .version('2.0.1', '2026-05-10T10:00Z', {
          adds: { 'payload-js': '^1.0.0' },
          metadata: { dependencies: undefined },
        }),
    )
    .project((shop) =>
      shop.locks(['paint@2.0.0'], '2026-05-01').adopts('2026-05-01').updatesTo(['paint@2.0.1'], '2026-05-10T11:00Z'),
    ),
  looks: [{ 'paint@2.0.1': { refuse: ['manifest-confusion'] } }],
}
