// SPDX-License-Identifier: Apache-2.0
// `bonafide exec`: a tool that nobody locked. With the real npm, beside what npx does with the same tool.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import type { Test } from 'tap'
import { findNpm } from '@bonafide/registry'
import type { Published } from '@bonafide/sandbox'
import { runMain, startWorld } from '../support/world.ts'
import type { Ran, World } from '../support/world.ts'

const GREET = `#!/usr/bin/env node
require('fs').writeFileSync('greeted', process.argv.slice(2).join(' '))
process.exit(7)
`
// What a payload does: it leaves a file where it ran.
const PAYLOAD = `require('fs').writeFileSync(require('path').join(process.env.HOME, 'owned'), '')`

interface Scene {
  readonly world: World
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly exec: (...words: readonly string[]) => Promise<Ran>
  readonly ls: (folder: string) => Promise<readonly string[]>
  readonly tool: (version: string, more?: Parameters<World['release']>[2]) => Promise<Published>
}

async function scene(check: Test): Promise<Scene> {
  const world = await startWorld('exec')
  check.teardown(() => world.close())
  const home = join(world.root, 'home')
  await writeFile(join(home, '.npmrc'), `registry=${world.sandbox.registryUrl}\nupdate-notifier=false\n`)
  const env = {
    HOME: home,
    XDG_CACHE_HOME: join(world.root, 'cache'),
    PATH: process.env['PATH'] ?? '',
    npm_config_userconfig: join(home, '.npmrc'),
    npm_config_fetch_retries: '0',
    npm_config_cache: join(world.root, 'npm-cache'),
    npm_config_yes: 'true',
  }
  const manifest = { bin: { greet: 'greet.js' }, dependencies: { words: '^1.0.0' } }
  return {
    world,
    env,
    folder: join(home, '.local', 'share', 'bonafide', 'tools', 'greet'),
    exec: (...words) => {
      const at = words.indexOf('--')
      const [own, rest] = at === -1 ? [words, []] : [words.slice(0, at), words.slice(at)]
      return runMain(['exec', ...own, ...world.trust, ...rest], world.project, env)
    },
    ls: (folder) => readdir(folder).catch(() => []),
    tool: (version, more = {}) =>
      world.release('greet', version, {
        ...more,
        manifest: { ...manifest, ...more.manifest },
        files: { 'greet.js': GREET },
      }),
  }
}

await t.test('a tool whose every part shows its origin is run, with its words and its exit code', async (check) => {
  const { world, exec, ls, tool, folder } = await scene(check)
  await world.release('words', '1.0.0')
  await tool('1.0.0')
  const { status, stdout, stderr } = await exec('greet', '--', 'hello', '--loud')
  check.equal(stderr, '')
  check.equal(stdout, '', 'stdout is the tool’s')
  check.equal(status, 7)
  check.equal(await world.read('greeted'), 'hello --loud', 'in the folder of whoever called')
  check.ok((await ls(folder)).includes('node_modules'))
  // A newer version changes nothing until somebody asks for it.
  await tool('1.1.0')
  await exec('greet')
  const locked = await readFile(join(folder, 'package-lock.json'), 'utf8')
  check.match(locked, /"version": "1\.0\.0"/u)
  check.equal((await exec('--update', 'greet')).status, 7)
  check.match(await readFile(join(folder, 'package-lock.json'), 'utf8'), /"version": "1\.1\.0"/u)
})

await t.test('a stolen token poisons a dependency: npx runs it, and this unpacks nothing of it', async (check) => {
  const { world, exec, ls, tool, folder, env } = await scene(check)
  await world.release('words', '1.0.0')
  await tool('1.0.0')
  const scripts = { postinstall: `node -e "${PAYLOAD}"` }
  await world.release('words', '1.0.1', { provenance: null, manifest: { scripts } })
  const home = env['HOME'] ?? ''
  const from = world.sandbox.requests.length
  const { status, stderr } = await exec('greet', '--', 'hello')
  check.equal(status, 1)
  check.match(stderr, /refused +words@1\.0\.1/u)
  check.match(stderr, /nothing was run; the tool's folder is /u)
  check.notOk(
    world.sandbox.requests.slice(from).some(({ path }) => path.endsWith('.tgz')),
    'not one tarball was asked for',
  )
  check.strictSame(
    (await ls(folder)).toSorted(),
    ['package-lock.json', 'package.json'],
    'the plan is there to be adopted',
  )
  check.notOk((await ls(world.project)).includes('greeted'))
  check.notOk((await ls(home)).includes('owned'))

  // The same tool by the npx beside the same npm.
  const npm = await findNpm(env['PATH'], process.platform)
  if (npm === null) return check.fail('no npm')
  const npx = [join(npm.npmPath, 'bin', 'npx-cli.js'), 'greet', 'hi']
  await promisify(execFile)(npm.execPath, npx, { cwd: world.project, env }).catch(() => null)
  check.equal(await world.read('greeted'), 'hi', 'npx ran it')
  return undefined
})

await t.test(
  'a command that the registry alone names: the tarball is looked into before it is installed',
  async (check) => {
    const { world, exec, ls, tool, folder } = await scene(check)
    await world.release('words', '1.0.0')
    await tool('1.0.0')
    world.sandbox.editManifest('words', '1.0.0', (manifest) => ({
      ...manifest,
      scripts: { start: 'x' },
      bin: { greet: 'evil.js' },
    }))
    const { status, stderr } = await exec('greet')
    check.equal(status, 1)
    check.match(stderr, /manifest-confusion/u)
    check.notOk((await ls(folder)).includes('node_modules'))
  },
)

await t.test('an update that is refused leaves the tool as it was', async (check) => {
  const { world, exec, tool, folder } = await scene(check)
  await world.release('words', '1.0.0')
  await tool('1.0.0')
  check.equal((await exec('greet')).status, 7)
  await tool('1.0.1', { provenance: null })
  const { status, stderr } = await exec('--update', 'greet')
  check.equal(status, 1)
  check.match(stderr, /regression-unpinned/u)
  check.match(await readFile(join(folder, 'package-lock.json'), 'utf8'), /"version": "1\.0\.0"/u)
  check.equal((await exec('greet', '--', 'still')).status, 7)
  check.equal(await world.read('greeted'), 'still')
})

await t.test('a tool without provenance is adopted like a project, and then runs', async (check) => {
  const { world, exec, tool, folder } = await scene(check)
  await world.release('words', '1.0.0', { provenance: null })
  await tool('1.0.0', { provenance: null })
  check.equal((await exec('greet')).status, 1)
  await world.run(['init', folder, ...world.trust])
  check.equal((await exec('greet')).status, 7)
  // What else a person keeps there judges too.
  const floor = '{"version":1,"outside":[]}'
  await writeFile(join(folder, 'floor.json'), floor)
  const sha256 = createHash('sha256').update(floor).digest('hex')
  await writeFile(
    join(folder, 'bonafide.json'),
    JSON.stringify({ version: 1, extends: { file: './floor.json', sha256 } }),
  )
  check.equal((await exec('greet')).status, 7)
})

await t.test('a tool that is no package, is not there, or is asked for without a name', async (check) => {
  const { world, exec } = await scene(check)
  await mkdir(join(world.project, 'x'))
  for (const words of [['github:evil/greet'], ['./x'], [], ['a', 'b']])
    check.equal((await exec(...words)).status, 2, words.join(' '))
  const { status, stderr } = await exec('nobody')
  check.equal(status, 2)
  check.match(stderr, /BONAFIDE_NPM_FAILED|npm install failed/u)
  check.equal((await exec('greet', '--json')).status, 2)
})
