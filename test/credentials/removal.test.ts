// SPDX-License-Identifier: Apache-2.0
// The command that a finding names first does what it says: pasted into a shell, the real npm takes that key out of that file.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Secret } from '@bonafide/core'
import { checkCredentials, judgeCredential } from '@bonafide/credentials'
import type { Credential } from '@bonafide/credentials'
import t from 'tap'
import { commandOf } from '../support/clients.ts'
import { Chance, MAKERS } from './random-tokens.ts'

const REGISTRY = 'https://registry.example/'

await t.test('the way out of a finding, run by npm', async (check) => {
  const folder = await mkdtemp(join(tmpdir(), 'bonafide-removal-'))
  check.teardown(() => rm(folder, { recursive: true, force: true }))
  const project = join(folder, 'project')
  await mkdir(project)
  await writeFile(join(project, 'package.json'), '{ "name": "x", "version": "1.0.0" }\n')
  const token = MAKERS.npm[0]?.(new Chance('removal')) ?? ''
  const keys = [
    '//registry.example/:_authToken',
    '//registry.example/@acme%2frocket:_authToken',
    '//registry.example/$(touch pwned)/:_authToken',
    "//registry.example/it's/:_authToken",
  ]
  const files = { user: join(folder, 'user-npmrc'), project: join(project, '.npmrc') } as const
  for (const layer of ['user', 'project'] as const) {
    for (const key of keys) {
      for (const file of Object.values(files)) await writeFile(file, `fund=false\n${key}=${token}\n`)
      const place = { kind: 'file', path: files[layer], line: 2 } as const
      const [first = ''] = findingOf({ layer, place, key, secret: new Secret(token) })?.fix ?? []
      await shell(first, project, files.user)
      check.equal((await readFile(files[layer], 'utf8')).includes(token), false, `${key} of ${layer}: gone`)
      const other = layer === 'user' ? files.project : files.user
      check.equal((await readFile(other, 'utf8')).includes(token), true, `${key}: the other file is as it was`)
    }
  }
  await check.rejects(readFile(join(project, 'pwned')), 'nothing of a key is run')
})

function findingOf(more: Partial<Credential>): ReturnType<typeof checkCredentials>[number] | undefined {
  const credential: Credential = {
    form: 'token',
    layer: 'user',
    place: { kind: 'file', path: '.npmrc', line: 2 },
    key: '',
    registry: '//registry.example/',
    secret: null,
    unexpanded: null,
    readers: ['npm'],
    sentBy: ['npm'],
    ...more,
  }
  const found = { package: 'x', registry: REGISTRY, credentials: [credential] }
  const judged = judgeCredential(
    credential,
    { kind: 'not-asked' },
    { found, now: new Date(), policy: { maxTokenLifetime: 3600 } },
  )
  return checkCredentials([judged], found)[0]
}

async function shell(line: string, cwd: string, userconfig: string): Promise<void> {
  const [node = '', npm = ''] = commandOf('npm')
  const script = `npm() { "$NODE" "$NPM" "$@"; }\n${line}`
  await promisify(execFile)('/bin/sh', ['-c', script], {
    cwd,
    env: {
      NODE: node,
      NPM: npm,
      HOME: dirname(userconfig),
      PATH: '/usr/bin:/bin',
      npm_config_userconfig: userconfig,
      npm_config_cache: join(dirname(userconfig), 'cache'),
    },
  })
}
