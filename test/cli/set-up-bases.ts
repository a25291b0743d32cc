// SPDX-License-Identifier: Apache-2.0
// Pull requests: what lies in the repository, and what a change brings along.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { commitAll, git, makeRepository } from '../support/git.ts'
import { builtBy } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { NOTHING } from './set-up.ts'
import type { SetUp } from './set-up.ts'

type Block = Readonly<Record<string, unknown>>

/** Commits the project as `main`, and checks out a branch for the change. */
function startChange(world: World): void {
  makeRepository(world.project)
  commitAll(world.project, 'base')
  git(world.project, 'checkout', '--quiet', '-b', 'change')
}

async function editPins(world: World, edit: (packages: Record<string, Block>) => void): Promise<void> {
  const file = JSON.parse(await world.read('bonafide.lock')) as { packages: Record<string, Block> }
  edit(file.packages)
  await world.write('bonafide.lock', `${JSON.stringify(file, null, 2)}\n`)
}

export const BASES: Readonly<Record<string, SetUp>> = {
  async base(world) {
    const paint = await world.release('paint', '2.0.0')
    await world.lock([paint])
    await world.run(['init', ...world.trust])
    startChange(world)
    return {
      'a pull request updates paint to a release of a stolen token, and has the files say that this is fine':
        async () => {
          const stolen = await world.release('paint', '2.0.1', { provenance: null })
          await world.lock([stolen])
          await editPins(world, (packages) => (packages['paint'] = { identities: 'none', lines: { '2': 'none' } }))
          const exemption = { name: 'paint', version: '2.0.1', integrity: stolen.integrity, reason: 'needed today' }
          const exemptions = [{ ...exemption, rules: ['provenance-required'] }]
          await world.write('bonafide.exemptions.json', `${JSON.stringify({ version: 1, exemptions }, null, 2)}\n`)
          await world.write('bonafide.json', '{ "version": 1, "cooldownHours": 0 }\n')
        },
      'another one adds a package without provenance, and records it': async () => {
        git(world.project, 'checkout', '--quiet', '--force', 'main')
        await rm(join(world.project, 'bonafide.exemptions.json'))
        await world.lock([paint, await world.release('plain', '1.0.0', { provenance: null })])
        await world.run(['init', ...world.trust])
      },
      'a third one brings a hook of pnpm, a registry and a script along': async () => {
        git(world.project, 'checkout', '--quiet', '--force', 'main')
        await world.write('.pnpmfile.mjs', 'export const hooks = {}\n')
        await world.write('.npmrc', 'fund=false\n@acme:registry=https://evil.example.com/\u001b[2J\n')
        await world.lock([paint], { manifest: { scripts: { prepare: 'node build.js' } } })
      },
    }
  },

  // A ref is the builder's to name, and a folder's name the author's.
  async formats(world) {
    const paint = await world.release('paint', '2.0.0')
    await world.lock([paint])
    await world.run(['init', ...world.trust])
    startChange(world)
    const ref = 'refs/heads/x|`y`<b>%0A::error::](z)@octocat##[error]'
    const hostile = await world.release('paint', '2.0.1', { provenance: { ...builtBy('paint/paint'), ref } })
    const plain = await world.release('plain', '1.0.0', { provenance: null })
    await world.lock([hostile, plain])
    await world.run(['init', ...world.trust])
    return NOTHING
  },

  async diff(world) {
    const ann = { name: 'ann', email: 'ann@example.com' }
    const mallory = { name: 'mallory', email: 'mallory@example.com' }
    const old = [
      await world.release('axios', '1.14.0', {
        publisher: ann,
        manifest: { dependencies: { 'follow-redirects': '^1.15.0' } },
      }),
      await world.release('paint', '2.0.0', { publisher: ann }),
      await world.release('left-alone', '1.0.0', { provenance: null }),
    ]
    await world.lock(old)
    await world.run(['init', ...world.trust])
    startChange(world)
    return {
      'an update takes an honest release and a stolen one, adds a package, and drops another': async () => {
        const paint = await world.release('paint', '2.1.0', {
          publisher: ann,
          provenance: { ...builtBy('paint/paint'), workflow: '.github/workflows/publish.yml' },
        })
        const axios = await world.release('axios', '1.14.1', {
          provenance: null,
          publisher: mallory,
          manifest: { dependencies: { 'plain-crypto-js': '^4.2.1' }, scripts: { postinstall: 'node setup.js' } },
        })
        const dropper = await world.release('plain-crypto-js', '4.2.1', { provenance: null, publisher: mallory })
        await world.lock([axios, paint, dropper, await world.release('@colors/blue', '1.0.0', { publisher: ann })])
      },
    }
  },
}
