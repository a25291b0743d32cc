// SPDX-License-Identifier: Apache-2.0
// What newcomers do wrong: the wrong folder, the wrong word, a file that cannot be used.
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
    const only = (name: string) => async (): Promise<void> => {
      for (const other of ['pnpm-lock.yaml', 'yarn.lock', 'bun.lock'])
        await rm(join(world.project, other), { force: true })
      await world.write('package.json', MANIFEST)
      await world.write(name, '')
    }
    return {
      'the project uses pnpm': only('pnpm-lock.yaml'),
      'the project uses Yarn': only('yarn.lock'),
      'the project uses Bun': only('bun.lock'),
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
    'bonafide.json leaves out everything': '{\n  "version": 1,\n  "outside": ["*"]\n}\n',
    'bonafide.json holds a key twice': '{\n  "version": 1,\n  "version": 1\n}\n',
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
