// SPDX-License-Identifier: Apache-2.0
// What newcomers do wrong: the wrong folder, the wrong word, a file that cannot be used.
import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { World } from '../support/world.ts'
import { NOTHING } from './set-up.ts'
import type { Events, SetUp } from './set-up.ts'

async function honest(world: World): Promise<void> {
  await world.lock([await world.release('paint', '2.0.0')])
}

/** A project that is well but for one file; each event writes that file anew. */
function file(name: string, contents: Readonly<Record<string, string>>): SetUp {
  return async (world) => {
    await honest(world)
    return Object.fromEntries(
      Object.entries(contents).map(([event, text]) => [event, () => world.write(name, text)]),
    ) as Events
  }
}

/** One exemption, with the rest of its fields as they are given. */
function exemption(rest: string): string {
  const integrity = `sha512-${Buffer.alloc(64).toString('base64')}`
  return `{\n  "version": 1,\n  "exemptions": [\n    { "name": "paint", "version": "2.0.0", "integrity": "${integrity}",\n      ${rest} }\n  ]\n}\n`
}

const MANIFEST = '{ "name": "shop", "version": "1.0.0", "dependencies": { "paint": "2.0.0" } }\n'

export const MISTAKES: Readonly<Record<string, SetUp>> = {
  async 'empty-project'(world) {
    await world.write('package.json', '{ "name": "shop", "version": "1.0.0" }\n')
    return {
      'npm writes a lockfile': () => world.lock([]),
    }
  },

  async 'no-lockfile'(world) {
    await world.write('package.json', MANIFEST)
    return NOTHING
  },

  async 'wrong-folder'(world) {
    await honest(world)
    await mkdir(join(world.project, 'src'))
    return NOTHING
  },

  async 'other-managers'(world) {
    const { integrity } = await world.release('paint', '2.0.0')
    const only = (name: string, text: string) => async (): Promise<void> => {
      for (const other of ['pnpm-lock.yaml', 'yarn.lock', 'bun.lock', 'bun.lockb'])
        await rm(join(world.project, other), { force: true })
      await world.write('package.json', MANIFEST)
      await world.write(name, text)
    }
    const pnpm = pnpmLock(integrity)
    return {
      'the project uses pnpm': only('pnpm-lock.yaml', pnpm),
      'another package stands in the place of paint': only(
        'pnpm-lock.yaml',
        pnpm.replaceAll('paint@2.0.0', 'evil@2.0.0').replace('version: 2.0.0', 'version: evil@2.0.0'),
      ),
      'the lockfile was edited by hand': only('pnpm-lock.yaml', pnpm.replace('packages:', 'packages: &all')),
      'the project uses Yarn': only('yarn.lock', yarnLock(integrity, world.sandbox.registryUrl)),
      'the project uses Bun': only('bun.lock', bunLock(integrity)),
      'Bun’s lockfile is in its old binary form': only('bun.lockb', '#!/usr/bin/env bun\nbun-lockfile-format-v0\n'),
    }
  },

  async usage(world) {
    await honest(world)
    return NOTHING
  },

  async help() {
    return NOTHING
  },

  policy: file('bonafide.json', {
    'bonafide.json ends too early': '{\n  "version": 1,\n  "rules": {\n',
    'bonafide.json misspells a key': '{\n  "version": 1,\n  "rulez": {}\n}\n',
    'bonafide.json misspells a rule': '{\n  "version": 1,\n  "rules": { "provenence-required": "warn" }\n}\n',
    'bonafide.json misspells a level': '{\n  "version": 1,\n  "rules": { "provenance-required": "wran" }\n}\n',
    'bonafide.json switches off what no policy may': '{\n  "version": 1,\n  "rules": { "lock-mismatch": "off" }\n}\n',
    'bonafide.json lowers a rule for a pattern of names':
      '{\n  "version": 1,\n  "packages": {\n    "pain*": { "rules": { "cooldown": "off" } }\n  }\n}\n',
    'bonafide.json observes for ever': '{\n  "version": 1,\n  "mode": "observe"\n}\n',
    'bonafide.json observes until a day that is none':
      '{\n  "version": 1,\n  "mode": "observe",\n  "observeUntil": "2027-02-30"\n}\n',
    'bonafide.json trusts two roots for one scope': `{\n  "version": 1,\n  "trustedRoots": [\n    { "file": "a.json", "sha256": "${'a'.repeat(64)}", "scopes": ["@acme"] },\n    { "file": "b.json", "sha256": "${'b'.repeat(64)}", "scopes": ["@acme"] }\n  ]\n}\n`,
    'bonafide.json leaves out everything': '{\n  "version": 1,\n  "outside": ["*"]\n}\n',
    'bonafide.json holds a key twice': '{\n  "version": 1,\n  "version": 1\n}\n',
  }),

  async floor(world) {
    await honest(world)
    const floor = '{\n  "version": 1,\n  "rules": { "cooldown": "refuse" },\n  "cooldownHours": 168\n}\n'
    const own = (keys: string): string =>
      `{\n  "version": 1,\n  "extends": {\n    "file": "./org/bonafide.json",\n    "sha256": "${createHash('sha256').update(floor).digest('hex')}"\n  },\n${keys}}\n`
    await mkdir(join(world.project, 'org'))
    await world.write('org/bonafide.json', floor)
    return {
      'the project waits a day where its organisation waits a week': () =>
        world.write('bonafide.json', own('  "cooldownHours": 24\n')),
      'the project is not held to that rule for one of its packages': () =>
        world.write('bonafide.json', own('  "packages": {\n    "paint": { "rules": { "cooldown": "warn" } }\n  }\n')),
      'the project leaves a package out': () => world.write('bonafide.json', own('  "outside": ["paint"]\n')),
      "the organisation's file changes": () => world.write('org/bonafide.json', floor.replace('168', '336')),
    }
  },

  exemptions: file('bonafide.exemptions.json', {
    'bonafide.exemptions.json waives failed cryptography': exemption(
      '"rules": ["attestation-invalid"], "reason": "urgent"',
    ),
    'bonafide.exemptions.json misspells a rule': exemption('"rules": ["provenence-required"], "reason": "urgent"'),
    'bonafide.exemptions.json gives no reason': exemption('"rules": ["cooldown"], "reason": ""'),
    'bonafide.exemptions.json exempts every version': exemption('"rules": ["cooldown"], "reason": "urgent"').replace(
      '2.0.0',
      '*',
    ),
  }),

  pins: file('bonafide.lock', {
    'bonafide.lock has a merge conflict': '{\n  "version": 1,\n<<<<<<< HEAD\n  "packages": {}\n',
    'bonafide.lock pins a package to nobody':
      '{\n  "version": 1,\n  "packages": {\n    "paint": { "identities": [], "lines": { "2": "provenance" } }\n  }\n}\n',
  }),

  lockfile: file('package-lock.json', {
    'package-lock.json has a merge conflict': '{\n<<<<<<< HEAD\n  "name": "shop",\n=======\n',
    'package-lock.json is of a version to come': '{\n  "lockfileVersion": 5,\n  "packages": {}\n}\n',
    'package-lock.json is empty': '',
  }),

  async trust(world) {
    await honest(world)
    await world.write('root.json', '{ "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1" }\n')
    await world.write('keys.json', '<!doctype html>\n')
    return NOTHING
  },
}

function yarnLock(integrity: string, registryUrl: string): string {
  return `# yarn lockfile v1


paint@2.0.0:
  version "2.0.0"
  resolved "${registryUrl}paint/-/paint-2.0.0.tgz"
  integrity ${integrity}
`
}

function bunLock(integrity: string): string {
  return `{
  "lockfileVersion": 2,
  "workspaces": {
    "": {
      "name": "shop",
      "dependencies": {
        "paint": "2.0.0",
      },
    },
  },
  "packages": {
    "paint": ["paint@2.0.0", "", {}, "${integrity}"],
  }
}
`
}

function pnpmLock(integrity: string): string {
  return `lockfileVersion: '9.0'

settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false

importers:

  .:
    dependencies:
      paint:
        specifier: 2.0.0
        version: 2.0.0

packages:

  paint@2.0.0:
    resolution: {integrity: ${integrity}}

snapshots:

  paint@2.0.0: {}
`
}
