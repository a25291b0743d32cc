// SPDX-License-Identifier: Apache-2.0
// Lockfiles that somebody tampered with, and entries that come from elsewhere than a registry.
import { tarballUrl } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { NOTHING } from './set-up.ts'
import type { Events, SetUp } from './set-up.ts'

const OTHER = `sha512-${Buffer.alloc(64, 1).toString('base64')}`
const INTEGRITY = /"integrity": "sha512-[^"]+"/u
const RESOLVED = /"resolved": "[^"]+"/u
const EVIL = '"resolved": "https://packages.evil.test/paint-2.0.0.tgz"'

/** Each event edits the honest lockfile, not the one before. */
function attacks(edits: Readonly<Record<string, (text: string) => string>>): SetUp {
  return async (world) => {
    const fine = await world.release('paint', '2.0.0')
    await world.lock([fine])
    const events = Object.entries(edits).map(([text, edit]) => [
      text,
      async () => {
        await world.lock([fine])
        await world.editLock(edit)
      },
    ])
    return Object.fromEntries(events) as Events
  }
}

export const LOCKFILES: Readonly<Record<string, SetUp>> = {
  'lock-integrity': attacks({
    'the integrity is swapped': (text) => text.replace(INTEGRITY, `"integrity": "${OTHER}"`),
    'the integrity is a sha1': (text) =>
      text.replace(INTEGRITY, `"integrity": "sha1-${Buffer.alloc(20, 1).toString('base64')}"`),
    'there is no integrity': (text) => text.replace(/,\s*"integrity": "[^"]+"/u, ''),
    'there are two hashes': (text) => text.replace(INTEGRITY, (field) => `${field.slice(0, -1)} ${OTHER}"`),
    'the integrity is cut short': (text) => text.replace(INTEGRITY, '"integrity": "sha512-AAAA"'),
  }),
  'lock-resolved': attacks({
    'the tarball is fetched from another host': (text) => text.replace(RESOLVED, EVIL),
    'the tarball is fetched from another host, under its own hash': (text) =>
      text.replace(RESOLVED, EVIL).replace(INTEGRITY, `"integrity": "${OTHER}"`),
    'another version of the registry is fetched': (text) => text.replace('paint-2.0.0.tgz', 'paint-1.0.0.tgz'),
  }),
  'lock-duplicate': attacks({
    'the entry stands there twice': (text) =>
      text.replace(
        '"node_modules/paint": {',
        `"node_modules/paint": { "version": "2.0.0", "integrity": "${OTHER}" },\n    "node_modules/paint": {`,
      ),
    'a package is added that nobody asks for': (text) =>
      text.replace(
        '"node_modules/paint": {',
        `"node_modules/stowaway": { "version": "git+https://evil.test/x.git#${'a'.repeat(40)}", "resolved": "git+https://evil.test/x.git#${'a'.repeat(40)}" },\n    "node_modules/paint": {`,
      ),
  }),

  async 'lock-other-kinds'(world) {
    const fine = await world.release('paint', '2.0.0')
    const carried = await world.release('host', '1.0.0', { manifest: { bundleDependencies: ['carried'] } })
    const commit = 'b'.repeat(40)
    await world.lock([fine, carried], {
      dependencies: {
        'from-git': 'git+https://git.acme.test/from-git.git',
        'from-url': 'https://files.acme.test/from-url.tgz',
        linked: 'file:../linked',
        brush: 'npm:paint@2.0.0',
      },
      manifest: { workspaces: ['packages/*'] },
      packages: {
        'node_modules/host': {
          version: '1.0.0',
          resolved: tarballUrl(world.sandbox.registryUrl, 'host', '1.0.0'),
          integrity: carried.integrity,
          bundleDependencies: ['carried'],
          dependencies: { carried: '1.0.0' },
        },
        'node_modules/host/node_modules/carried': { version: '1.0.0', inBundle: true },
        'node_modules/from-git': {
          version: '1.0.0',
          resolved: `git+https://git.acme.test/from-git.git#${commit}`,
        },
        'node_modules/from-url': {
          version: '1.0.0',
          resolved: 'https://files.acme.test/from-url.tgz',
          integrity: OTHER,
        },
        'node_modules/linked': { resolved: '../linked', link: true },
        '../linked': { name: 'linked', version: '1.0.0' },
        'node_modules/own': { resolved: 'packages/own', link: true },
        'packages/own': { name: 'own', version: '1.0.0' },
        'node_modules/brush': {
          name: 'paint',
          version: '2.0.0',
          resolved: tarballUrl(world.sandbox.registryUrl, 'paint', '2.0.0'),
          integrity: fine.integrity,
        },
      },
    })
    return NOTHING
  },

  // What TanStack's payload came in by: a package of the registry asks for a commit on a forge.
  async 'exotic-dependency'(world) {
    await exotic(world)
    return NOTHING
  },
}

async function exotic(world: World): Promise<void> {
  const spec = 'github:evil/setup#79ac49ee'
  const fine = await world.release('paint', '2.0.0', { manifest: { optionalDependencies: { setup: spec } } })
  await world.lock([fine], {
    packages: {
      'node_modules/paint': {
        version: '2.0.0',
        resolved: tarballUrl(world.sandbox.registryUrl, 'paint', '2.0.0'),
        integrity: fine.integrity,
        optionalDependencies: { setup: spec },
      },
      'node_modules/setup': {
        version: '1.0.0',
        resolved: `git+ssh://git@github.com/evil/setup.git#79ac49eedf774dd4b0cfa308722bc463cfe5885c`,
        optional: true,
      },
    },
  })
}
