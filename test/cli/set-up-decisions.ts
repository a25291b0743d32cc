// SPDX-License-Identifier: Apache-2.0
// What a person decides: adopting, pinning anew, exempting.
import { NOTHING } from './set-up.ts'
import type { SetUp } from './set-up.ts'

export const DECISIONS: Readonly<Record<string, SetUp>> = {
  // A bit of everything that a project of some age holds.
  async 'init-adoption'(world) {
    const fork = 'github:brushes/handle#0123abc'
    const native = { provenance: null, manifest: { scripts: { postinstall: 'node build.js' } } }
    await world.release('regressed', '1.0.0')
    await world.lock([
      await world.release('paint', '2.0.0'),
      await world.release('left-alone', '1.0.0', { provenance: null }),
      await world.release('native', '3.1.0', native),
      await world.release('brush', '1.0.0', { manifest: { dependencies: { handle: fork } } }),
      await world.release('regressed', '1.0.1', { provenance: null }),
      await world.release('young', '1.0.0', { publishedAt: new Date('2026-05-31T12:00:00Z') }),
    ])
    return NOTHING
  },
}
