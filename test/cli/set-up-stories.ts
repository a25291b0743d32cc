// SPDX-License-Identifier: Apache-2.0
// Releases, honest and not, and what a project makes of them.
import { toSha512 } from '@bonafide/core'
import type { Sha512 } from '@bonafide/core'
import { renderExemptions } from '@bonafide/policy'
import { deepStrictEqual } from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { forge } from '@bonafide/sandbox'
import { builtBy } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { NOTHING } from './set-up.ts'
import type { SetUp } from './set-up.ts'

const AXIOS = {
  repository: 'axios/axios',
  repositoryId: '23088740',
  ownerId: '32372333',
  workflow: '.github/workflows/publish.yml',
} as const

/** Sets up a project that depends on one honest release. */
async function honest(world: World): Promise<void> {
  await world.lock([await world.release('paint', '2.0.0')])
}

/** Another release of `paint`, built by somebody else's job. */
function rebuilt(change: Readonly<Record<string, string>>): SetUp {
  return async (world) => {
    const job = { ...builtBy('paint/paint'), repositoryId: '111', ownerId: '222' }
    await world.lock([await world.release('paint', '2.0.0', { provenance: job })])
    return {
      'paint 2.0.1 is published from there': async () => {
        await world.lock([await world.release('paint', '2.0.1', { provenance: { ...job, ...change } })])
      },
    }
  }
}

export const STORIES: Readonly<Record<string, SetUp>> = {
  async axios(world) {
    await world.lock([await world.release('axios', '1.14.0', { provenance: AXIOS })])
    return {
      'axios 1.14.1 is published with a stolen token, and an update locks it': async () => {
        const dropper = await world.release('plain-crypto-js', '4.2.1', {
          provenance: null,
          manifest: { scripts: { postinstall: 'node setup.js' } },
        })
        const stolen = await world.release('axios', '1.14.1', {
          provenance: null,
          manifest: { dependencies: { 'plain-crypto-js': '^4.2.1' } },
        })
        await world.lock([stolen, dropper])
      },
    }
  },

  async honest(world) {
    await world.lock([await world.release('paint', '2.0.0'), await world.release('@colors/blue', '1.0.0')])
    return NOTHING
  },

  async 'rekor-v2'(world) {
    const form = { version: '0.3', log: 'dsse-v2' } as const
    const forms = { bundle: form, publishBundle: form }
    await world.lock([await world.release('paint', '2.0.0', forms)])
    return {
      'somebody takes the timestamp away from the provenance of paint 2.0.1': async () => {
        const release = await world.release('paint', '2.0.1', forms)
        const { document } = forge(world.sandbox, release, 'timestamp-none', builtBy('paint/paint'))
        world.sandbox.serveAttestations('paint', '2.0.1', document)
        await world.lock([release])
      },
    }
  },

  async init(world) {
    await world.lock([
      await world.release('paint', '2.0.0'),
      await world.release('left-alone', '1.0.0', { provenance: null }),
    ])
    let before: readonly string[] = []
    return {
      'somebody looks at the files': async () => void (before = await world.snapshot()),
      'the files are the same, byte for byte': async () => deepStrictEqual(await world.snapshot(), before),
    }
  },

  // What only the tarball tells: a dependency and a build that the registry was never told of.
  async tarballs(world) {
    await world.lock([await world.release('paint', '2.0.0')])
    const silent = { dependencies: undefined, scripts: undefined, gypfile: undefined }
    return {
      'paint 2.0.1 is published, and the registry is told half of it': async () => {
        world.sandbox.clock.advance(60 * 24 * 60 * 60 * 1000)
        const paint = await world.release('paint', '2.0.1', {
          manifest: { dependencies: { 'payload-js': '^1.0.0' } },
          files: { 'binding.gyp': '{ "targets": [] }' },
        })
        world.sandbox.editManifest('paint', '2.0.1', (manifest) => ({ ...manifest, ...silent }))
        await world.lock([paint])
      },
      'the registry serves another tarball': async () => {
        const evil = await world.release('evil', '1.0.0')
        world.sandbox.serveTarball('paint', '2.0.1', evil.tarball)
        // What an earlier run kept would do.
        await rm(join(world.root, 'cache'), { recursive: true })
      },
    }
  },

  // The registry's word about earlier versions is enough to refuse, and never enough to pin.
  async 'init-regression'(world) {
    await world.release('paint', '2.0.0')
    await world.lock([await world.release('paint', '2.0.1', { provenance: null })])
    return NOTHING
  },

  'identity-repository': rebuilt({ repository: 'palnt/paint', repositoryId: '999', ownerId: '888' }),
  'identity-workflow': rebuilt({ workflow: '.github/workflows/ci.yml' }),
  'identity-renamed': rebuilt({ repository: 'painters/paint' }),
  'identity-namesake': rebuilt({ repositoryId: '999', ownerId: '888' }),

  async explain(world) {
    await honest(world)
    await world.release('paint', '2.1.0', { provenance: null })
    const { integrity } = await world.release('paint', '2.2.0')
    world.sandbox.unpublish('paint', '2.2.0')
    return {
      'a pull request swaps the integrity of paint 2.0.0': async () =>
        world.editLock((text) => text.replace(/sha512-[^"]+/u, integrity)),
    }
  },

  async now(world) {
    await honest(world)
    return NOTHING
  },

  async outside(world) {
    await world.lock([await world.release('paint', '2.0.0'), await world.release('@acme/secret', '1.0.0')])
    await world.write('bonafide.json', '{ "version": 1, "outside": ["@acme/*"] }\n')
    return {
      'nobody was asked about @acme/secret': async () => {
        const asked = world.sandbox.requests.filter(({ path }) => path.includes('acme'))
        deepStrictEqual(asked, [])
        // The others were, so the list of requests is not simply empty.
        deepStrictEqual(world.sandbox.requests.length > 0, true)
      },
    }
  },

  async exempted(world) {
    const alone = await world.release('left-alone', '1.0.0', { provenance: null })
    await world.lock([alone])
    const exempt = (integrity: Sha512, reason: string) => (): Promise<void> =>
      world.write(
        'bonafide.exemptions.json',
        renderExemptions([{ name: 'left-alone', version: '1.0.0', integrity, rules: ['provenance-required'], reason }]),
      )
    return {
      'somebody reads left-alone and lets it through': exempt(alone.integrity, 'read line by line; 40 lines'),
      'the exemption is for other bytes': exempt(toSha512(Buffer.alloc(64)), 'read line by line; 40 lines'),
      'the reason holds what a terminal would obey': exempt(alone.integrity, '\u202eeman rehtona::error::'),
    }
  },

  async observe(world) {
    await world.write('bonafide.json', '{\n  "version": 1,\n  "mode": "observe",\n  "observeUntil": "2026-03-31"\n}\n')
    await world.lock([
      await world.release('paint', '2.0.0'),
      await world.release('left-alone', '1.0.0', { provenance: null }),
    ])
    return {
      'the registry is down': async () =>
        void world.sandbox.fault({ service: 'registry', path: /./u }, { kind: 'status', status: 503 }),
    }
  },

  async 'rule-lowered'(world) {
    const job = { ...builtBy('paint/paint'), repositoryId: '111', ownerId: '222' }
    await world.lock([
      await world.release('paint', '2.0.0', { provenance: job }),
      await world.release('left-alone', '1.0.0', { provenance: null }),
    ])
    const lower = (level: string) => (): Promise<void> =>
      world.write(
        'bonafide.json',
        `{ "version": 1, "rules": { "provenance-required": "${level}", "identity-changed": "${level}" } }\n`,
      )
    return {
      'paint moves to another owner': async () => {
        const moved = { ...job, repository: 'painters/paint', ownerId: '333' }
        const fields = await world.release('paint', '2.0.1', { provenance: moved })
        await world.lock([fields, await world.release('left-alone', '1.0.1', { provenance: null })])
      },
      'the policy lowers two rules to warnings': lower('warn'),
      'the policy switches them off': lower('off'),
    }
  },

  async grouped(world) {
    const names = ['anise', 'basil', 'caraway', 'dill', 'elder']
    await world.lock(await Promise.all(names.map((name) => world.release(name, '1.0.0', { provenance: null }))))
    return NOTHING
  },

  async undecided(world) {
    await world.lock([await world.release('paint', '2.0.0'), await world.release('brush', '1.0.0')])
    const undo: (() => void)[] = []
    return {
      'the registry wants a login for the attestations of paint': async () => {
        undo.push(world.sandbox.fault({ path: /attestations\/paint/u }, { kind: 'login' }))
      },
      'the registry is a mirror that serves no attestations to anybody': async () => {
        for (const each of undo) each()
        world.sandbox.actAsPlainMirror()
      },
    }
  },

  // A ref and a file's name that repaint the verdict, and a direction of writing that hides it.
  async escapes(world) {
    const ref = 'refs/tags/v2.0.0\u001b[2K\u001b[1A\u001b[32mtrusted\u001b[0m\u202e'
    const fine = await world.release('paint', '2.0.0', { provenance: { ...builtBy('paint/paint'), ref } })
    await world.lock([fine], {
      packages: { 'node_modules/\u001b[2Jpaint': { version: '1.0.0\n\nsatisfied', resolved: 'git+ssh://\u0007' } },
    })
    return NOTHING
  },

  // The project's own .npmrc comes with every pull request.
  async npmrc(world) {
    await honest(world)
    await world.write(
      '.npmrc',
      // oxlint-disable-next-line no-template-curly-in-string -- npm's way of writing variables
      ['strict-ssl=false', 'proxy=http://127.0.0.1:9/', '//registry.evil.test/:_authToken=${NPM_TOKEN}', ''].join('\n'),
    )
    return NOTHING
  },
}
