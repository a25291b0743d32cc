// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: 'B23',
  packages: 'paint 2.0.1, with a binding.gyp that neither its package.json nor the registry mentions',
  had: 'a publish token of a package without provenance',
  source: 'catalogue',
  words: ['--tarballs'],
  story: scenario('B23, a build that nobody mentions')
    .package('paint', (p) =>
      p
        .publishedBy('olivia')
        .version('2.0.0', '2026-02-10T10:00Z')
        .version('2.0.1', '2026-05-10T10:00Z', {
          files: { 'binding.gyp': '{ "targets": [] }\n' },
          metadata: { gypfile: undefined, scripts: undefined },
        }),
    )
    .project((shop) =>
      shop.locks(['paint@2.0.0'], '2026-05-01').adopts('2026-05-01').updatesTo(['paint@2.0.1'], '2026-05-10T11:00Z'),
    ),
  looks: [{ 'paint@2.0.1': { refuse: ['install-script-added'] } }],
}
