// SPDX-License-Identifier: Apache-2.0
// Repositories of the doctor's transcripts: a bad one, and one that is in order.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commitAll, git, makeRepository, writeFiles } from '../support/git.ts'
import type { World } from '../support/world.ts'
import { HONEST, MANIFEST, RELEASE } from '../publish/doctor/repository.ts'
import { NOTHING } from './set-up.ts'
import type { SetUp } from './set-up.ts'

const BAD = `name: Release
on:
  push:
    branches: [main]
  issue_comment:
jobs:
  release:
    runs-on: ubuntu-latest
    permissions:
      contents: read
      id-token: write
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-node@v6
        with:
          node-version: 24
          cache: npm
      - run: npm ci
      - run: npm test
      - run: npm publish
        env:
          NODE_AUTH_TOKEN: \${{ secrets.NPM_TOKEN }}
`

async function repository(world: World, files: Readonly<Record<string, string>>): Promise<void> {
  await writeFiles(world.project, files)
  makeRepository(world.project)
  git(world.project, 'remote', 'add', 'origin', 'https://github.com/paint/paint.git')
  commitAll(world.project)
  await writeFile(join(world.root, 'home', '.npmrc'), `registry=${world.sandbox.registryUrl}\n`)
}

export const DOCTOR: Readonly<Record<string, SetUp>> = {
  async doctor(world) {
    await repository(world, { [RELEASE]: BAD, 'package.json': '{\n  "name": "paint",\n  "version": "1.0.0"\n}\n' })
    return NOTHING
  },

  async 'doctor-fix'(world) {
    await repository(world, {
      'package.json': MANIFEST.replace(',\n  "scripts": { "prepublishOnly": "bonafide guard" }', ''),
      'package-lock.json': '{}\n',
    })
    return NOTHING
  },

  async 'doctor-clean'(world) {
    await repository(world, { [RELEASE]: HONEST, 'package.json': MANIFEST })
    return NOTHING
  },
}
