// SPDX-License-Identifier: Apache-2.0
// What a pull request, a registry, a cache or a second process tries against `bonafide ci` and `install`, and honest projects of every
// shape, file by file beside the real npm ci.
import { spawn } from 'node:child_process'
import { lstat, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import t from 'tap'
import { UNFINISHED } from '@bonafide/verify'
import { openScene, place } from './scene.ts'
import type { Scene } from './scene.ts'

const error = (stdout: string): string => (JSON.parse(stdout) as { error: { code: string } }).error.code

await t.test('a script in the lockfile that the package never had: npm ci runs it', async (check) => {
  const { world, npm, bonafide, tree, lock, clear, payload, isOwned } = await openScene(check, 'lock-scripts')
  await world.release('axe', '1.0.0')
  await lock({ dependencies: { axe: '1.0.0' }, allowScripts: { axe: true } })
  const scripts = JSON.stringify({ postinstall: payload })
  await world.editLock((text) => text.replace('"integrity"', `"scripts": ${scripts}, "integrity"`))
  check.equal((await npm('ci')).code, 0)
  check.ok(await isOwned(), 'npm')
  await clear()
  for (const command of ['ci', 'verify']) {
    const ran = await bonafide(command)
    check.equal(ran.status, 1)
    check.match(ran.stdout, /lock-entry-malformed\n +found +scripts/)
  }
  check.strictSame(await tree(), {})
  check.notOk(await isOwned())
})

await t.test('metadata whose first answer tells of scripts and commands that the tarball has not', async (check) => {
  const { world, npm, bonafide, tree, payload, isOwned, clear } = await openScene(check, 'second-answer')
  await world.release('axe', '1.0.0', { manifest: { bin: 'index.js' } })
  const dependencies = { axe: '1.0.0' }
  await world.write('package.json', JSON.stringify({ name: 'shop', dependencies, allowScripts: { axe: true } }))
  const lie = (isLie: () => boolean): (() => void) =>
    world.sandbox.fault(
      { path: /^\/axe$/u },
      {
        kind: 'edit',
        edit: (body) => {
          if (!isLie()) return body
          const document = JSON.parse(body.toString()) as { versions: Record<string, Record<string, unknown>> }
          for (const version of Object.values(document.versions)) {
            version['scripts'] = { postinstall: payload }
            version['bin'] = { git: 'index.js' }
          }
          return Buffer.from(JSON.stringify(document))
        },
      },
    )
  let undo = lie(() => true)
  check.equal((await npm('install')).code, 0)
  undo()
  check.ok(await isOwned(), 'npm runs it')
  check.ok((await tree())['.bin/git'], 'and links the command')
  for (const nth of [1, 2, 3]) {
    await clear()
    for (const path of [join(world.root, 'cache'), join(world.project, 'package-lock.json')])
      await rm(path, { recursive: true, force: true })
    let asked = 0
    undo = lie(() => (asked += 1) === nth)
    await bonafide('install')
    undo()
    check.notOk(await isOwned(), `answer ${nth}`)
    const names = Object.keys(await tree())
    check.notOk(names.includes('.bin/git'))
    if (names.length > 0) check.ok(names.includes('.bin/axe'), 'its own command')
  }
})

await t.test('a command in the lockfile that the package never had', async (check) => {
  const { world, npm, bonafide, tree, lock } = await openScene(check, 'lock-bin')
  await world.release('axe', '1.0.0', { manifest: { bin: 'index.js' } })
  await lock({ dependencies: { axe: '1.0.0' } })
  await world.editLock((text) => text.replace('"axe": "index.js"', '"axe": "index.js", "git": "index.js"'))
  check.equal((await npm('ci')).code, 0)
  check.ok((await tree())['.bin/git'], 'npm')
  check.equal((await bonafide('ci')).status, 0)
  check.notOk((await tree())['.bin/git'])
  check.ok((await tree())['.bin/axe'])
})

await t.test('a patch in package.json would change what was judged', async (check) => {
  const { world, bonafide, tree, lock } = await openScene(check, 'patched')
  await world.release('axe', '1.0.0')
  await lock({ dependencies: { axe: '1.0.0' } })
  await world.write('axe.patch', '--- /dev/null\n+++ b/evil.js\n@@ -0,0 +1,1 @@\n+evil()\n')
  const patchedDependencies = { 'axe@1.0.0': 'axe.patch' }
  const manifest = { name: 'shop', version: '1.0.0', dependencies: { axe: '1.0.0' }, patchedDependencies }
  await world.write('package.json', JSON.stringify(manifest))
  for (const command of ['ci', 'install']) {
    const ran = await bonafide(command, '--json')
    check.equal(ran.status, 2)
    check.equal(error(ran.stdout), 'BONAFIDE_NOT_INSTALLABLE')
    check.strictSame(await tree(), {})
  }
})

await t.test('a poisoned cache, and a package whose tarball nobody looks into', async (check) => {
  const { world, bonafide, tree, lock, clear } = await openScene(check, 'poisoned-outside')
  await world.release('axe', '1.0.0')
  const evil = await world.release('evil', '1.0.0', { files: { 'evil.js': '' } })
  await world.write('bonafide.json', JSON.stringify({ version: 1, outside: ['axe'] }))
  await lock({ dependencies: { axe: '1.0.0' } })
  check.equal((await bonafide('ci')).status, 0)
  const expected = await tree()
  await clear()
  const cache = join(world.root, 'cache')
  let poisoned = 0
  for (const name of await readdir(cache, { recursive: true })) {
    if (!/content-v2\/sha512\/..\/..\/[0-9a-f]{124}$/u.test(name)) continue
    await writeFile(join(cache, name), evil.tarball)
    poisoned += 1
  }
  check.equal(poisoned, 1)
  const ran = await bonafide('ci')
  check.equal(ran.status, 0, ran.stderr)
  check.strictSame(await tree(), expected, 'fetched anew, and not unpacked for the digest to fail afterwards')
})

await t.test('a folder of commands that is a link out of the project', async (check) => {
  const { world, npm, bonafide, tree, lock, clear } = await openScene(check, 'bin-link')
  await world.release('axe', '1.0.0', { manifest: { bin: 'index.js' } })
  await lock({ dependencies: { axe: '1.0.0' } })
  const elsewhere = join(world.root, 'elsewhere')
  await mkdir(elsewhere)
  const open = async (): Promise<void> => {
    await clear()
    await mkdir(join(world.project, 'node_modules'))
    await symlink(elsewhere, join(world.project, 'node_modules', '.bin'))
  }
  await open()
  check.equal((await bonafide('install')).status, 0)
  check.strictSame(await readdir(elsewhere), [])
  check.ok((await tree())['.bin/axe'])
  await open()
  check.equal((await npm('install')).code, 0)
  check.strictSame(await readdir(elsewhere), ['axe'], 'npm')
})

await t.test('two installations at once, and one that is long dead', async (check) => {
  const { world, bonafide, lock, tree } = await openScene(check, 'two')
  await world.release('axe', '1.0.0')
  await lock({ dependencies: { axe: '1.0.0' } })
  check.equal((await bonafide('ci')).status, 0)
  const before = await tree()
  const other = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
  const gone = new Promise<void>((resolve) => void other.on('exit', () => resolve()))
  await world.write(UNFINISHED, `${other.pid ?? 0} x ${hostname()}`)
  for (const command of ['ci', 'install']) {
    const ran = await bonafide(command, '--json')
    check.equal(error(ran.stdout), 'BONAFIDE_INSTALL_FAILED', command)
    check.match(ran.stdout, /another installation is changing node_modules/)
    check.strictSame(
      Object.keys(await tree()).filter((path) => path !== '.bonafide-unfinished'),
      Object.keys(before),
    )
    check.equal((await bonafide('verify')).status, 1)
  }
  other.stdin.end()
  await gone
  check.equal((await bonafide('ci')).status, 0, 'taken over')
  check.strictSame(await tree(), before)
  const script = `node -e "require('fs').writeFileSync('${UNFINISHED}', 'another')"`
  await lock({ dependencies: { axe: '1.0.0' }, scripts: { postinstall: script } })
  check.equal(error((await bonafide('ci', '--json')).stdout), 'BONAFIDE_INSTALL_FAILED', 'begun meanwhile')
  check.equal((await bonafide('verify')).status, 1, 'and it stays marked')
})

await t.test('--allow-older holds to what a lockfile of version 1 has', async (check) => {
  const { world, bonafide, lock } = await openScene(check, 'old-floor')
  await world.release('axe', '1.0.0')
  await world.release('axe', '1.1.0', { provenance: null })
  await lock({ dependencies: { axe: '^1.0.0' } }, ['--lockfile-version=1'])
  await world.release('axe', '1.2.0', { provenance: null })
  const before = await world.read('package-lock.json')
  check.equal((await bonafide('install', 'axe@^1.0.0', '--allow-older')).status, 1)
  check.equal(await world.read('package-lock.json'), before)
})

// Files with what they hold and their modes, and links, of all `node_modules` of a project.
async function everything({ world, tree }: Scene, shape: string): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {}
  const notes = '.package-lock.json'
  for (const [path, content] of Object.entries(await tree())) {
    const { mode } = await lstat(join(world.project, 'node_modules', path))
    // Links have no mode of their own.
    files[path] = `${content} ${content.startsWith('->') ? '' : mode.toString(8)}`
  }
  // npm's linked layout forgets the integrity, and so do its notes.
  if (shape === 'linked')
    files[notes] = (await world.read(`node_modules/${notes}`)).replaceAll(/,\s*"integrity": "[^"]*"/gu, '')
  return files
}

const SHAPES: readonly (readonly [string, object, readonly string[], readonly string[]])[] = [
  ['plain', { dependencies: { top: '1.0.0' } }, [], []],
  ['lockfile version 1', { dependencies: { top: '1.0.0' } }, ['--lockfile-version=1'], []],
  ['lockfile version 2', { dependencies: { top: '1.0.0' } }, ['--lockfile-version=2'], []],
  ['peers', { dependencies: { plugin: '1.0.0', leaf: '2.0.0' } }, [], []],
  ['overrides', { dependencies: { top: '1.0.0' }, overrides: { leaf: '2.0.0' } }, [], []],
  ['alias', { dependencies: { two: 'npm:leaf@2.0.0', leaf: '1.0.0' } }, [], []],
  // npm 12 takes the tarball of a bundle for one of a URL.
  ['bundled', { dependencies: { carrier: '1.0.0' } }, ['--allow-remote=all'], ['--allow-remote=all']],
  ['optional', { dependencies: { native: '1.0.0' } }, [], []],
  ['workspaces', { workspaces: ['packages/*'], dependencies: { top: '1.0.0' } }, [], []],
  ['copies of folders', { dependencies: { local: 'file:local' } }, ['--install-links'], ['--install-links']],
  ['linked', { dependencies: { top: '1.0.0', leaf: '2.0.0' } }, [], ['--install-strategy=linked']],
  ['nested', { dependencies: { top: '1.0.0', leaf: '1.0.0' } }, [], ['--install-strategy=nested']],
  ['without links to commands', { dependencies: { top: '1.0.0' } }, [], ['--no-bin-links']],
]

await t.test('honest projects of every shape: the files, links and modes that npm ci makes', async (check) => {
  const scene = await openScene(check, 'shapes')
  const { world, npm, bonafide, lock, clear } = scene
  const other = process.platform === 'linux' ? 'darwin' : 'linux'
  await world.release('leaf', '1.0.0', { manifest: { bin: { leaf: './index.js' } } })
  await world.release('leaf', '2.0.0', { manifest: { bin: { leaf: './index.js' } } })
  await world.release('top', '1.0.0', { manifest: { dependencies: { leaf: '^1.0.0' }, bin: 'index.js' } })
  await world.release('plugin', '1.0.0', { manifest: { peerDependencies: { leaf: '>=1' } } })
  await world.release('carrier', '1.0.0', {
    manifest: { dependencies: { inner: '1.0.0' }, bundleDependencies: ['inner'] },
    files: {
      'node_modules/inner/package.json': '{"name":"inner","version":"1.0.0","bin":"a.js"}',
      'node_modules/inner/a.js': '',
    },
  })
  await world.release('inner', '1.0.0', { manifest: { bin: 'index.js' } })
  await world.release('here', '1.0.0', { manifest: { os: [process.platform] } })
  await world.release('there', '1.0.0', { manifest: { os: [other] } })
  const optionalDependencies = { here: '1.0.0', there: '1.0.0' }
  await world.release('native', '1.0.0', { manifest: { optionalDependencies } })
  await world.write('bonafide.json', JSON.stringify({ version: 1, outside: ['carrier', 'inner'] }))
  for (const path of ['packages/one', 'local']) {
    const manifest = { name: basename(path), version: '1.0.0', bin: 'run.js', dependencies: { leaf: '2.0.0' } }
    await place(world, `${path}/package.json`, JSON.stringify(manifest))
    await place(world, `${path}/run.js`, '')
  }
  for (const [name, manifest, locking, installing] of SHAPES) {
    await lock(manifest, locking)
    const by = await npm('ci', ...installing)
    check.equal(by.code, 0, `${name}: ${by.stderr}`)
    const expected = await everything(scene, name)
    check.not(Object.keys(expected).length, 0)
    await clear()
    const ran = await bonafide('ci', ...installing)
    check.equal(ran.status, 0, `${name}: ${ran.stdout}${ran.stderr}`)
    check.strictSame(await everything(scene, name), expected, name)
    await clear()
  }
})
