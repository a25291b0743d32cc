// SPDX-License-Identifier: Apache-2.0
import { scenario, workflow } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: 'B16',
  packages: 'paint 2.0.0, whose lockfile entry leads to the tarball of another package',
  had: 'a pull request that touches nothing but the lockfile',
  source: 'lockfile-lint; pnpm, TARBALL_URL_MISMATCH',
  story: scenario('B16, an injected tarball')
    .package('paint', (p) => p.builtBy(workflow('paint/paint')).version('2.0.0', '2026-02-10T10:00Z'))
    .package('evil', (p) => p.publishedBy('mallory').version('1.0.0', '2026-03-10T10:00Z'))
    .project((shop) => shop.locks(['paint@2.0.0'], '2026-04-20').adopts('2026-04-20').looks('2026-05-01')),
  tamper: (_, lockfile) => lockfile.replace('paint/-/paint-2.0.0.tgz', 'evil/-/evil-1.0.0.tgz'),
  looks: [{ 'paint@2.0.0': { refuse: ['lock-resolved-mismatch'], cooldown: false } }],
}
