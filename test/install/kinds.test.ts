// SPDX-License-Identifier: Apache-2.0
// What else a lockfile holds than plain versions: aliases, systems, workspaces, bundles, git, URLs, files, links. Beside the real npm ci.
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { publicRegistry } from '@bonafide/registry'
import { startSandbox } from '@bonafide/sandbox'
import { openScene, place } from './scene.ts'

const error = (stdout: string): string => (JSON.parse(stdout) as { error: { code: string } }).error.code

await t.test('an alias is judged by its real name, and lies under the other', async (check) => {
  const { world, npm, bonafide, tree, lock, clear, payload, isOwned } = await openScene(check, 'alias')
  await world.release('axe', '1.0.0')
  await world.release('axe', '1.0.1', { provenance: null, manifest: { scripts: { install: payload } } })
  await lock({ dependencies: { hatchet: 'npm:axe@1.0.0' } })
  check.equal((await npm('ci')).code, 0)
  const expected = await tree()
  await clear()
  check.equal((await bonafide('ci')).status, 0)
  check.strictSame(await tree(), expected)
  await lock({ dependencies: { hatchet: 'npm:axe@1.0.1' }, allowScripts: { axe: true } })
  await clear()
  check.equal((await npm('ci')).code, 0)
  check.ok(await isOwned(), 'npm')
  await clear()
  check.match((await bonafide('ci')).stdout, /refused +axe@1\.0\.1/)
  check.strictSame(await tree(), {})
  check.notOk(await isOwned())
})

await t.test('packages for other systems are judged, and neither fetched nor unpacked', async (check) => {
  const { world, bonafide, tree, lock } = await openScene(check, 'systems')
  const other = process.platform === 'linux' ? 'darwin' : 'linux'
  await world.release('native-here', '1.0.0', { manifest: { os: [process.platform] } })
  await world.release('native-other', '1.0.0', { manifest: { os: [other] } })
  await world.release('native-other', '1.0.1', { provenance: null, manifest: { os: [other] } })
  await world.release('native', '1.0.0', {
    manifest: { optionalDependencies: { 'native-here': '1.0.0', 'native-other': '^1.0.0' } },
  })
  const overrides = { 'native-other': '1.0.0' }
  await lock({ dependencies: { native: '1.0.0' }, overrides })
  const ran = await bonafide('ci')
  check.equal(ran.status, 0)
  check.match(ran.stdout, /note: the tarball of 1 version was not looked into/)
  const files = Object.keys(await tree())
  check.ok(files.includes('native-here/index.js'))
  check.notOk(files.some((path) => path.startsWith('native-other/')))
  const fetched = world.sandbox.requests.filter(({ path }) => path.endsWith('.tgz')).map(({ path }) => path)
  check.notOk(fetched.some((path) => path.includes('native-other')))
  check.equal((await bonafide('ci', `--os=${other}`)).status, 0)
  check.ok(Object.keys(await tree()).includes('native-other/index.js'), 'where another system is asked for')
  await lock({ dependencies: { native: '1.0.0' } })
  check.match((await bonafide('ci')).stdout, /refused +native-other@1\.0\.1/)
})

await t.test('workspaces: linked, with their own dependencies, all or one', async (check) => {
  const { world, npm, bonafide, tree, lock, clear, env } = await openScene(check, 'workspaces')
  await world.release('axe', '1.0.0')
  await world.release('axe', '2.0.0')
  await world.release('saw', '1.0.0')
  const workspace = (name: string, dependencies: object): Promise<void> =>
    place(world, `packages/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', dependencies }))
  await workspace('one', { axe: '^1.0.0', two: '1.0.0' })
  await workspace('two', { axe: '^2.0.0', saw: '*' })
  await lock({ workspaces: ['packages/*'], dependencies: { axe: '^1.0.0' } })
  check.equal((await npm('ci')).code, 0)
  const [expected, nested] = [await tree(), await readdir(join(world.project, 'packages/two/node_modules'))]
  await clear()
  check.equal((await bonafide('ci')).status, 0)
  check.strictSame(await tree(), expected)
  check.strictSame(await readdir(join(world.project, 'packages/two/node_modules')), nested)
  await place(world, 'packages/three/package.json', JSON.stringify({ name: 'three', version: '1.0.0' }))
  await lock({ workspaces: ['packages/*'], dependencies: { axe: '^1.0.0' } })
  for (const words of [['-w', 'one'], ['--workspace=packages/three'], ['--no-workspaces']]) {
    check.equal((await npm('ci', ...words)).code, 0)
    const filtered = await tree()
    check.equal((await bonafide('ci', ...words)).status, 0)
    const ours = await tree()
    // npm's own notes there may lack an integrity that is bound here.
    for (const one of [filtered, ours]) Reflect.deleteProperty(one, '.package-lock.json')
    check.strictSame(ours, filtered, words.join(' '))
  }
  check.equal(error((await bonafide('ci', '-w', 'four', '--json')).stdout), 'BONAFIDE_USAGE')
  const { runMain } = await import('../support/world.ts')
  const inside = await runMain(['ci', ...world.trust], join(world.project, 'packages', 'two'), env)
  check.equal(inside.status, 0, inside.stderr)
  check.ok(existsSync(join(world.project, 'node_modules', 'saw')), 'from inside a workspace, as npm')
})

await t.test('a bundled dependency that is declared and missing', async (check) => {
  const { world, bonafide, tree, payload, isOwned, clear } = await openScene(check, 'bundle')
  const evil = await world.release('dep', '6.6.6', { provenance: null, manifest: { scripts: { install: payload } } })
  const depends = { dependencies: { dep: '*' }, bundleDependencies: ['dep'] }
  const host = await world.release('host', '1.0.0', { manifest: depends })
  const resolved = `${world.sandbox.registryUrl}dep/-/dep-6.6.6.tgz`
  for (const bound of [{}, { resolved }, { resolved, integrity: evil.integrity }]) {
    await world.lock([host], {
      manifest: { allowScripts: { dep: true, host: true } },
      packages: {
        'node_modules/host': { version: '1.0.0', integrity: host.integrity, ...depends },
        'node_modules/host/node_modules/dep': { version: '6.6.6', ...bound, inBundle: true, hasInstallScript: true },
      },
    })
    const ran = await bonafide('ci')
    check.equal(ran.status, 1, ran.stderr)
    check.match(ran.stdout, /refused +dep@6\.6\.6/)
    check.strictSame(await tree(), {})
    // Also where a policy only looks on nothing is fetched while the host is unpacked.
    await world.write('bonafide.json', JSON.stringify({ version: 1, mode: 'observe', observeUntil: '2099-01-31' }))
    await bonafide('ci')
    check.notOk((await tree())['host/node_modules/dep/index.js'])
    check.notOk(await isOwned())
    await rm(join(world.project, 'bonafide.json'))
    await clear()
  }
})

await t.test('a shrinkwrap inside a tarball brings nothing along', async (check) => {
  const { world, bonafide, tree, lock } = await openScene(check, 'shrinkwrap')
  const evil = await world.release('dep', '6.6.6', { provenance: null })
  await world.release('dep', '1.0.0', { tag: 'latest' })
  const inner = {
    name: 'host',
    version: '1.0.0',
    lockfileVersion: 3,
    packages: {
      '': { dependencies: { dep: '*' } },
      'node_modules/dep': { version: '6.6.6', integrity: evil.integrity },
    },
  }
  await world.release('host', '1.0.0', {
    manifest: { dependencies: { dep: '^1.0.0' } },
    files: { 'npm-shrinkwrap.json': JSON.stringify(inner) },
  })
  await lock({ dependencies: { host: '1.0.0' } })
  await bonafide('ci')
  check.notOk((await tree())['host/node_modules/dep/index.js'])
  const dep = await readFile(join(world.project, 'node_modules/dep/package.json'), 'utf8').catch(() => '')
  check.notMatch(dep, /6\.6\.6/u)
})

await t.test(
  'git and URLs: npm 12 takes neither by default, and here they are named before anything changes',
  async (check) => {
    const { world, npm, bonafide, tree } = await openScene(check, 'exotic')
    const axe = await world.release('axe', '1.0.0')
    const url = `${world.sandbox.registryUrl}elsewhere.tgz`
    const commit = 'git+ssh://git@127.0.0.1/o/r.git#0123456789012345678901234567890123456789'
    for (const [asked, entry] of [
      [commit, { version: '1.0.0', resolved: commit }],
      [url, { version: '1.0.0', resolved: url, integrity: axe.integrity }],
    ] as const) {
      await world.lock([], { dependencies: { axe: asked }, packages: { 'node_modules/axe': entry } })
      const by = await npm('ci')
      check.not(by.code, 0)
      check.match(by.stderr, /EALLOW(GIT|REMOTE)/)
      for (const words of [[], ['--allow-git=all', '--allow-remote=all']]) {
        const ran = await bonafide('ci', '--json', ...words)
        check.equal(ran.status, 2)
        check.equal(error(ran.stdout), 'BONAFIDE_NOT_INSTALLABLE', asked)
        check.match(ran.stdout, /bonafide run -- npm ci --allow-(git|remote)=root/)
        check.strictSame(await tree(), {})
      }
    }
  },
)

await t.test('tarballs and folders of the project itself', async (check) => {
  const { world, npm, bonafide, tree, lock, clear } = await openScene(check, 'files')
  const vendored = await world.release('vendored', '1.0.0')
  const other = await world.release('vendored', '6.6.6')
  await mkdir(join(world.project, 'vendor'))
  const file = join(world.project, 'vendor', 'vendored-1.0.0.tgz')
  await writeFile(file, vendored.tarball)
  await place(world, 'local/package.json', JSON.stringify({ name: 'local', version: '1.0.0' }))
  await lock({ dependencies: { vendored: 'file:vendor/vendored-1.0.0.tgz', local: 'file:local' } })
  check.equal((await npm('ci')).code, 0)
  const expected = await tree()
  await clear()
  const ran = await bonafide('ci')
  check.equal(ran.status, 0, ran.stderr)
  check.strictSame(await tree(), expected)
  await lock({ dependencies: { vendored: 'file:vendor/vendored-1.0.0.tgz', local: 'file:local' } }, ['--install-links'])
  check.equal((await bonafide('ci', '--install-links')).status, 0)
  check.ok((await tree())['local/package.json'], 'a copy in place of a link')
  await writeFile(file, other.tarball)
  const swapped = await bonafide('ci', '--install-links', '--json')
  check.equal(error(swapped.stdout), 'BONAFIDE_INSTALL_FAILED')
})

await t.test('a package folder that is a link to somewhere else', async (check) => {
  const { world, bonafide, tree, lock, clear } = await openScene(check, 'links')
  await world.release('axe', '1.0.0')
  await lock({ dependencies: { axe: '1.0.0' } })
  const elsewhere = join(world.root, 'elsewhere')
  for (const command of ['ci', 'install']) {
    await mkdir(elsewhere)
    await writeFile(join(elsewhere, 'package.json'), '{"name":"axe","version":"1.0.0"}')
    await clear()
    await mkdir(join(world.project, 'node_modules'))
    await symlink(elsewhere, join(world.project, 'node_modules', 'axe'))
    const ran = await bonafide(command)
    check.equal(ran.status, 0, ran.stderr)
    check.strictSame(await readdir(elsewhere), ['package.json'], `${command} leaves it`)
    check.ok((await tree())['axe/index.js'], 'and unpacks the package itself')
    await rm(elsewhere, { recursive: true })
  }
})

await t.test(
  'a workspace that is a link out of the project: npm ci empties the node_modules behind it',
  async (check) => {
    const { world, npm, bonafide, lock } = await openScene(check, 'workspace-link')
    await world.release('axe', '1.0.0')
    const elsewhere = join(world.root, 'elsewhere')
    const precious = join(elsewhere, 'node_modules', 'precious')
    await mkdir(join(elsewhere, 'node_modules'), { recursive: true })
    await writeFile(join(elsewhere, 'package.json'), JSON.stringify({ name: 'other', version: '1.0.0' }))
    await writeFile(precious, '')
    await mkdir(join(world.project, 'packages'))
    await symlink(elsewhere, join(world.project, 'packages', 'other'))
    await lock({ workspaces: ['packages/*'], dependencies: { axe: '1.0.0' } })
    await bonafide('ci')
    check.ok(existsSync(precious))
    await npm('ci')
    check.notOk(existsSync(precious), 'npm')
  },
)

await t.test(
  'packages that the policy leaves out come from their own registry, and their names go nowhere else',
  async (check) => {
    const { world, bonafide, tree, env } = await openScene(check, 'private')
    const corp = await startSandbox({ seed: 'corp' })
    check.teardown(() => corp.close())
    const inner = await corp.publish({ name: '@corp/inner', version: '1.0.0' })
    const axe = await world.release('axe', '1.0.0')
    await world.write('bonafide.json', JSON.stringify({ version: 1, outside: ['@corp/*'] }))
    await writeFile(join(world.root, 'home', '.npmrc'), `@corp:registry=${corp.registryUrl}\n`)
    const resolved = `${corp.registryUrl}@corp/inner/-/inner-1.0.0.tgz`
    await world.lock([axe], {
      dependencies: { '@corp/inner': '1.0.0' },
      packages: { 'node_modules/@corp/inner': { version: '1.0.0', resolved, integrity: inner.integrity } },
    })
    const ran = await bonafide('ci')
    check.equal(ran.status, 0, ran.stderr)
    check.match(ran.stdout, /1 outside/)
    check.ok((await tree())['@corp/inner/index.js'])
    check.notOk(world.sandbox.requests.some(({ path }) => path.includes('corp')))
    corp.serveTarball('@corp/inner', '1.0.0', axe.tarball)
    const cold = { ...env, XDG_CACHE_HOME: join(world.root, 'cold') }
    const swapped = await world.run(['ci', '--json', ...world.trust], cold)
    check.not(swapped.status, 0)
  },
)

await t.test('a lockfile whose URLs name the public registry, and one of version 1', async (check) => {
  const { world, bonafide, tree, clear } = await openScene(check, 'hosts')
  const leaf = await world.release('leaf', '1.0.0')
  const axe = await world.release('axe', '1.0.0', { manifest: { bin: 'index.js', dependencies: { leaf: '^1.0.0' } } })
  const entry = ({ name, version, integrity }: typeof axe): object => ({
    version,
    resolved: `${publicRegistry()}${name}/-/${name}-${version}.tgz`,
    integrity,
  })
  await world.lock([axe], {
    packages: {
      'node_modules/axe': { ...entry(axe), bin: { axe: 'index.js' }, dependencies: { leaf: '^1.0.0' } },
      'node_modules/leaf': { ...entry(leaf) },
    },
  })
  check.equal((await bonafide('ci')).status, 0, 'from the registry that is in use')
  const { ['.package-lock.json']: _, ...expected } = await tree()
  check.ok(expected['.bin/axe'])
  await clear()
  const dependencies = { axe: { ...entry(axe), requires: { leaf: '^1.0.0' } }, leaf: entry(leaf) }
  const old = { name: 'shop', version: '1.0.0', lockfileVersion: 1, requires: true, dependencies }
  await world.write('package-lock.json', JSON.stringify(old))
  const before = await world.read('package-lock.json')
  const ran = await bonafide('ci')
  check.equal(ran.status, 0, ran.stderr + ran.stdout)
  const { ['.package-lock.json']: __, ...found } = await tree()
  check.strictSame(found, expected, 'what version 1 does not say comes from the metadata')
  check.equal(await world.read('package-lock.json'), before)
})

await t.test('an .npmrc that comes with the project decides nothing that is checked', async (check) => {
  const { world, bonafide, lock, payload, isOwned } = await openScene(check, 'npmrc')
  await world.release('axe', '1.0.0', { manifest: { scripts: { postinstall: payload } } })
  const shell = join(world.root, 'shell')
  await lock({ dependencies: { axe: '1.0.0' }, allowScripts: { axe: true } })
  await world.write(
    '.npmrc',
    [
      'ignore-scripts=false',
      `script-shell=${shell}`,
      'node-options=--require=./evil.cjs',
      'offline=false',
      'cache=./c',
      'force=true',
      'global=true',
      'audit=true',
    ].join('\n'),
  )
  await writeFile(join(world.root, 'home', '.npmrc'), `registry=${world.sandbox.registryUrl}\nignore-scripts=true\n`)
  const ran = await bonafide('ci')
  check.equal(ran.status, 0, ran.stderr)
  check.notOk(await isOwned(), 'the user said that none is run')
  check.match(ran.stderr, /script-shell in the project's \.npmrc is not obeyed/)
  check.notOk(existsSync(join(world.project, 'c')))
  check.equal((await bonafide('ci', '--no-ignore-scripts')).status, 0)
  check.ok(await isOwned(), 'typed by whoever installs, with the usual shell')
})
