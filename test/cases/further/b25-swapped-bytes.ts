// SPDX-License-Identifier: Apache-2.0
import { scenario } from '@bonafide/sandbox'
import type { AttackCase } from '../attack-case.ts'

export const attack: AttackCase = {
  row: 'B25',
  packages: 'left-alone 1.0.0, never attested, served and locked with the bytes of another',
  had: 'the registry, or a mirror of it, and nobody’s key',
  source: 'catalogue',
  story: scenario('B25, swapped bytes')
    .package('left-alone', (p) => p.publishedBy('olivia').version('1.0.0', '2025-02-10T10:00Z'))
    .package('evil', (p) => p.publishedBy('mallory').version('1.0.0', '2026-03-10T10:00Z'))
    .project((shop) => shop.locks(['left-alone@1.0.0'], '2026-04-20').adopts('2026-04-20').looks('2026-05-01')),
  tamper({ sandbox }, lockfile) {
    const integrity = sandbox.published('evil', '1.0.0')?.integrity ?? ''
    sandbox.editManifest('left-alone', '1.0.0', (manifest) => ({ ...manifest, dist: { ...manifest.dist, integrity } }))
    return lockfile.replace(/sha512-[^"]+/u, integrity)
  },
  looks: [{ 'left-alone@1.0.0': { refuse: ['registry-signature-invalid'], cooldown: false } }],
}
