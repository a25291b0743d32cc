// SPDX-License-Identifier: Apache-2.0
// What a person decides: adopting, pinning anew, exempting.
import { deepStrictEqual } from 'node:assert/strict'
import { builtBy } from '../support/world.ts'
import type { Published } from '@bonafide/sandbox'
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

  // The repository of paint moves to other owners, honestly.
  async 'pin-moved'(world) {
    const job = { ...builtBy('paint/paint'), repositoryId: '111', ownerId: '222' }
    await world.lock([
      await world.release('paint', '2.0.0', { provenance: job }),
      await world.release('brush', '1.0.0', { provenance: null }),
    ])
    let before = ''
    return {
      'paint moves to the painters, and an update locks their 2.1.0': async () => {
        const moved = { ...builtBy('painters/paint'), repositoryId: '333', ownerId: '444' }
        await world.lock([
          await world.release('paint', '2.1.0', { provenance: moved }),
          await world.release('brush', '1.0.1', { provenance: null }),
        ])
        before = await world.read('bonafide.lock')
      },
      'bonafide.lock is as it was': async () => deepStrictEqual(await world.read('bonafide.lock'), before),
    }
  },

  // Attested now and then: nothing is wrong with it, and nobody can tell that from a stolen token.
  async 'pin-none'(world) {
    await world.lock([await world.release('paint', '2.0.0'), await world.release('brush', '1.0.0')])
    return {
      'paint 2.0.1 is published by hand, with a script': async () => {
        const manifest = { scripts: { postinstall: 'node build.js' } }
        await world.lock([
          await world.release('paint', '2.0.1', { provenance: null, manifest }),
          await world.release('brush', '1.0.1'),
        ])
      },
    }
  },

  async 'pin-mistakes'(world) {
    const good = await world.release('paint', '2.0.0')
    const forged = await world.release('forged', '1.0.0')
    world.sandbox.serveAttestations('forged', '1.0.0', good.attestations)
    const closed = await world.release('closed', '1.0.0')
    await world.lock([good, forged, closed, await world.release('@acme/secret', '1.0.0')])
    await world.write('bonafide.json', '{ "version": 1, "outside": ["@acme/*"] }\n')
    return {
      'the registry wants a login for the attestations of closed': async () => {
        world.sandbox.fault({ path: /attestations\/closed/u }, { kind: 'login' })
      },
    }
  },

  // An urgent fix that is an hour old; then the next update, after which nothing is left to exempt.
  async exempt(world) {
    const job = { ...builtBy('paint/paint'), repositoryId: '111', ownerId: '222' }
    const release = (version: string, at: string): Promise<Published> =>
      world.release('paint', version, { provenance: job, publishedAt: new Date(at) })
    await world.lock([await release('2.0.0', '2026-01-01T00:00:00Z')])
    return {
      'paint 2.0.1 closes a hole, an hour ago': async () =>
        world.lock([await release('2.0.1', '2026-05-31T23:00:00Z')]),
      'paint 2.0.2 closes another one, an hour ago': async () =>
        world.lock([await release('2.0.2', '2026-06-09T23:00:00Z')]),
      'paint 2.0.3 is locked': async () => world.lock([await release('2.0.3', '2026-06-20T00:00:00Z')]),
    }
  },

  async 'exempt-mistakes'(world) {
    const good = await world.release('paint', '2.0.0')
    const forged = await world.release('forged', '1.0.0')
    world.sandbox.serveAttestations('forged', '1.0.0', good.attestations)
    await world.lock([good, forged, await world.release('bare', '1.0.0', { provenance: null })])
    return NOTHING
  },

  // New names, each with something to say: a line for each kind of thing.
  async 'new-packages'(world) {
    const old = await world.release('paint', '2.0.0')
    await world.lock([old])
    return {
      'five new packages are locked, each built from a branch': async () => {
        const names = ['anise', 'basil', 'caraway', 'dill', 'elder']
        const fresh = names.map((name) =>
          world.release(name, '1.0.0', { provenance: { ...builtBy(`${name}/${name}`), ref: `refs/heads/${name}` } }),
        )
        await world.lock([old, ...(await Promise.all(fresh))])
      },
      'forty more are locked, too many for a line each': async () => {
        const names = Array.from({ length: 40 }, (_, index) => `zinc-${index + 10}`)
        await world.lock([old, ...(await Promise.all(names.map((name) => world.release(name, '1.0.0'))))])
      },
    }
  },
}
