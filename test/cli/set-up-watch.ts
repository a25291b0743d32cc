// SPDX-License-Identifier: Apache-2.0
// Repositories that release packages, and what somebody else does to these.
import { maintain } from '../publish/maintainer.ts'
import type { SetUp } from './set-up.ts'

export const WATCHES: Readonly<Record<string, SetUp>> = {
  async watch(world) {
    const { release, steal } = await maintain(world)
    await release('1.0.0')
    await release('1.1.0')
    return {
      'rocket 1.1.1 is published with a stolen token': async () => {
        await steal('1.1.1')
      },
    }
  },

  async 'watch-record'(world) {
    const { release } = await maintain(world)
    await release('1.0.0')
    await release('1.1.0')
    world.sandbox.editManifest('rocket', '1.0.0', (manifest) => ({ ...manifest, deprecated: 'use 1.1.0' }))
    return {
      'somebody deprecates rocket 1.1.0 too': async () => {
        world.sandbox.editManifest('rocket', '1.1.0', (manifest) => ({ ...manifest, deprecated: 'use rockett' }))
        return Promise.resolve()
      },
    }
  },
}
