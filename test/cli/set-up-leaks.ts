// SPDX-License-Identifier: Apache-2.0
// Tokens that were left behind. The sandbox makes them, so that no file of this project holds one.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { create } from 'tar'
import { commitAll, makeRepository, writeFiles } from '../support/git.ts'
import type { SetUp } from './set-up.ts'

export const LEAKS: Readonly<Record<string, SetUp>> = {
  async leaks(world) {
    const { project, sandbox } = world
    const [local, packed, old] = Array.from({ length: 3 }, () => sandbox.accounts.createToken().token)
    const opaque = ['Zk3v9', 'QpL27', 'xwTn8', 'RbY41', 'mC6e'].join('')
    makeRepository(project)
    await writeFiles(project, { 'package.json': '{}\n', '.gitignore': '.env\n' })
    commitAll(project)
    return {
      'a token is put into .env, which git ignores': () => world.write('.env', `PORT=80\nNPM_TOKEN=${local}\n`),
      'the token is taken out again, and a tarball is packed with an .npmrc': async () => {
        await rm(join(project, '.env'))
        await writeFiles(project, { 'package/.npmrc': `//registry.example/:_authToken=${packed}\n` })
        await create({ gzip: true, file: join(project, 'shop-1.0.0.tgz'), cwd: project }, ['package'])
        await rm(join(project, 'package'), { recursive: true })
      },
      'the tarball is removed; a token is committed, and taken out by the next commit': async () => {
        await rm(join(project, 'shop-1.0.0.tgz'))
        await world.write('ci.yml', `env:\n  NODE_AUTH_TOKEN: ${old}\n`)
        commitAll(project)
        await world.write('ci.yml', 'env:\n  NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}\n')
        commitAll(project)
      },
      'somebody writes the token of a private registry into .npmrc': () =>
        world.write('.npmrc', `//registry.example/:_authToken=${opaque}\n`),
    }
  },
}
