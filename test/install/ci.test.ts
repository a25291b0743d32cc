// SPDX-License-Identifier: Apache-2.0
// `bonafide ci` beside the real `npm ci`: each attack gets through there first.
import { existsSync, writeFileSync } from 'node:fs'
import { mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { commitAll, git, gitProgram, makeRepository } from '../support/git.ts'
import { openScene } from './scene.ts'

const error = (stdout: string): string => (JSON.parse(stdout) as { error: { code: string } }).error.code

await t.test('an honest project: the same tree as npm ci makes, with the scripts that npm 12 runs', async (check) => {
  const { world, npm, bonafide, tree, lock, clear, payload, isOwned } = await openScene(check, 'honest')
  await world.release('leaf', '1.0.0')
  await world.release('@acme/branch', '2.0.0', {
    manifest: { dependencies: { leaf: '^1.0.0' }, bin: { branch: 'index.js' } },
  })
  await world.release('built', '1.0.0', { manifest: { scripts: { postinstall: payload } } })
  const manifest = {
    dependencies: { '@acme/branch': '^2.0.0' },
    devDependencies: { built: '1.0.0' },
    scripts: { preinstall: 'echo before', prepare: "node -e \"require('fs').writeFileSync('prepared','')\"" },
  }
  await lock(manifest)
  const before = await world.read('package-lock.json')
  check.match(await npm('ci'), { code: 0 })
  const expected = await tree()
  check.notOk(await isOwned(), 'npm 12 runs no install script that nobody allowed')
  const ran = await bonafide('ci')
  check.equal(ran.status, 0, ran.stderr)
  check.strictSame(await tree(), expected)
  check.equal(await world.read('package-lock.json'), before)
  check.notOk(await isOwned())
  check.match(ran.stderr, /install scripts were not run, since nobody allowed them: built@1\.0\.0/)
  check.match(ran.stdout, /added 3 packages in \d+s\n$/)
  check.ok(existsSync(join(world.project, 'prepared')), "the project's own prepare runs")
  check.strictSame(await readdir(join(world.root, 'cache', 'bonafide', 'stores')), [], 'the private store is gone')

  await clear()
  const production = await bonafide('ci', '--omit=dev', '--json', '--no-audit', '--no-fund')
  check.match(JSON.parse(production.stdout), { verdict: 'satisfied', installed: { added: 2, removed: 0 } })
  check.notOk(Object.keys(await tree()).some((path) => path.startsWith('built/')))

  await lock({ ...manifest, allowScripts: { built: true } })
  check.equal((await bonafide('ci', '--ignore-scripts')).status, 0)
  check.notOk(await isOwned(), '--ignore-scripts')
  check.equal((await bonafide('ci')).status, 0)
  check.ok(await isOwned(), 'allowed by package.json')
  await clear()
  check.match((await bonafide('ci', '--dry-run')).stdout, /nothing was installed, as asked: 3 packages/)
  check.strictSame(await tree(), {})
})

await t.test('a version from a stolen token: npm ci runs its script, nothing of it is unpacked here', async (check) => {
  const { world, npm, bonafide, tree, lock, clear, payload, isOwned } = await openScene(check, 'stolen')
  await world.release('leaf', '1.0.0')
  await world.release('axe', '1.0.0', { manifest: { dependencies: { leaf: '^1.0.0' } } })
  const manifest = { dependencies: { axe: '^1.0.0' }, allowScripts: { axe: true } }
  await lock(manifest)
  check.equal((await bonafide('ci')).status, 0)
  const old = await tree()
  const scripts = { postinstall: payload }
  await world.release('axe', '1.0.1', { provenance: null, manifest: { dependencies: { leaf: '^1.0.0' }, scripts } })
  await lock(manifest)
  const locked = await world.read('package-lock.json')

  const refused = await bonafide('ci')
  check.equal(refused.status, 1)
  check.match(refused.stdout, /refused +axe@1\.0\.1/)
  check.match(refused.stdout, /\nnothing was installed\n$/)
  check.strictSame(await tree(), old, 'node_modules as it was')
  check.equal(await world.read('package-lock.json'), locked)
  check.notOk(await isOwned())
  check.equal(JSON.parse((await bonafide('ci', '--json')).stdout).installed, null)

  await clear()
  check.equal((await npm('ci')).code, 0)
  check.ok(await isOwned(), 'npm ci installs and runs it')
  await clear()
  check.equal((await bonafide('ci')).status, 1)
  check.strictSame(await tree(), {}, 'not one file')

  await world.write('bonafide.json', JSON.stringify({ version: 1, mode: 'observe', observeUntil: '2099-01-31' }))
  const observed = await bonafide('ci')
  check.equal(observed.status, 0)
  check.match(observed.stdout, /refused +axe@1\.0\.1/, 'a policy that looks on tells, and stops nothing')
  check.ok(await isOwned())
})

await t.test('bytes that are changed between the verdict and the unpacking', async (check) => {
  const { world, bonafide, tree, lock, clear } = await openScene(check, 'poisoned')
  await world.release('axe', '1.0.0')
  await world.release('wood', '1.0.0')
  // Runs after the verdict and before anything is unpacked: overwrites every tarball that lies about.
  const poison = `const fs = require('fs'), path = require('path')
for (const file of fs.readdirSync(process.env.XDG_CACHE_HOME, { recursive: true }).map((name) => path.join(process.env.XDG_CACHE_HOME, name)))
  if (file.includes('content-v2') && (file.includes('stores') || process.env.POISON === 'cache') && fs.statSync(file).isFile()) fs.writeFileSync(file, 'other bytes')
`
  await world.write('poison.cjs', poison)
  for (const field of ['dependencies', 'optionalDependencies']) {
    const depends = { [field]: { axe: '1.0.0', wood: '1.0.0' } }
    await lock({ ...depends, scripts: { preinstall: 'node poison.cjs' } })
    const failed = await bonafide('ci', '--json')
    check.equal(failed.status, 2, failed.stderr)
    check.equal(error(failed.stdout), 'BONAFIDE_INSTALL_FAILED', field)
    check.strictSame(Object.keys(await tree()), ['.bonafide-unfinished'], 'nothing stays but the marker')
    const judged = await bonafide('verify', '--json')
    check.equal(judged.status, 1)
    check.match(judged.stdout, /"install-unfinished"/)

    await lock(depends)
    const healed = await bonafide('ci')
    check.equal(healed.status, 0, healed.stderr)
    check.ok((await tree())['axe/index.js'])
    check.equal((await bonafide('verify')).status, 0)
    await clear()
  }
})

await t.test('a lockfile without an integrity: npm ci unpacks whatever comes', async (check) => {
  const { world, workbench, npm, bonafide, tree, lock, clear } = await openScene(check, 'unbound')
  await world.release('axe', '1.0.0')
  const other = await world.release('other', '1.0.0', { files: { 'evil.js': '' } })
  await lock({ dependencies: { axe: '1.0.0' } })
  await world.editLock((text) => text.replace(/,\s*"integrity": "[^"]*"/u, ''))
  const honest = await bonafide('ci')
  check.equal(honest.status, 0, honest.stdout)
  check.ok((await tree())['axe/index.js'], 'bound by what the registry signed')
  await clear()
  world.sandbox.serveTarball('axe', '1.0.0', other.tarball)
  workbench.forget()
  check.equal((await npm('ci')).code, 0)
  check.ok((await tree())['axe/evil.js'], 'npm takes it')
  await clear()
  const swapped = await bonafide('ci')
  check.equal(swapped.status, 0, 'the bytes that were judged are kept')
  check.notOk((await tree())['axe/evil.js'])
  await clear()
  const cold = { ...world.env, XDG_CACHE_HOME: join(world.root, 'cold') }
  const refused = await world.run(['ci', '--json', ...world.trust], cold)
  check.equal(refused.status, 1)
  check.match(refused.stdout, /"tarball-mismatch"/)
  check.strictSame(await tree(), {})
})

await t.test(
  'a lockfile that is not what package.json asks for, that is missing, or is another manager’s',
  async (check) => {
    const { world, bonafide, lock } = await openScene(check, 'sync')
    await world.release('axe', '1.0.0')
    await world.release('axe', '2.0.0')
    await world.release('wood', '1.0.0')
    await lock({ dependencies: { axe: '^1.0.0' } })
    for (const dependencies of [{ axe: '^2.0.0' }, { axe: '^1.0.0', wood: '*' }]) {
      await world.write('package.json', JSON.stringify({ name: 'shop', version: '1.0.0', dependencies }))
      const before = await world.snapshot()
      const ran = await bonafide('ci', '--json')
      check.equal(ran.status, 2)
      check.equal(error(ran.stdout), 'BONAFIDE_NOT_IN_SYNC')
      check.strictSame(await world.snapshot(), before)
    }
    const undo = world.sandbox.fault({ path: '/wood' }, { kind: 'status', status: 404 })
    check.equal(error((await bonafide('ci', '--json')).stdout), 'BONAFIDE_PLAN_FAILED', 'no such package')
    undo()
    await rm(join(world.project, 'package-lock.json'))
    check.equal(error((await bonafide('ci', '--json')).stdout), 'BONAFIDE_NO_LOCKFILE')
    await world.write('pnpm-lock.yaml', 'lockfileVersion: "9.0"\n')
    check.match((await bonafide('ci')).stderr, /next +bonafide run -- pnpm install --frozen-lockfile/)
  },
)

await t.test('words that are not understood', async (check) => {
  const { bonafide } = await openScene(check, 'words')
  for (const words of [['--omitt=dev'], ['--save-dev'], ['axe'], ['-g'], ['--omit']]) {
    const ran = await bonafide('ci', ...words, '--json')
    check.equal(error(ran.stdout), 'BONAFIDE_USAGE', words.join(' '))
  }
  check.match((await bonafide('ci', '--omitt=dev')).stderr, /did you mean --omit\?/)
  check.match((await bonafide('ci', 'axe')).stderr, /next +bonafide install axe/)
})

await t.test('an extension of npm in the project: its code would decide what is installed', async (check) => {
  const { world, bonafide, lock } = await openScene(check, 'extension')
  await world.release('axe', '1.0.0')
  await lock({ dependencies: { axe: '1.0.0' } })
  const ran = join(world.root, 'ran')
  await world.write('.npm-extension.cjs', `require('fs').writeFileSync('${ran}', '')`)
  const refused = await bonafide('ci', '--json')
  check.equal(error(refused.stdout), 'BONAFIDE_NOT_INSTALLABLE')
  check.notOk(existsSync(ran))
})

await t.test('a node_modules that is a link to another folder: npm ci empties what is behind it', async (check) => {
  const { world, npm, bonafide, lock } = await openScene(check, 'link')
  await world.release('axe', '1.0.0')
  await lock({ dependencies: { axe: '1.0.0' } })
  const elsewhere = join(world.root, 'elsewhere')
  const file = join(elsewhere, 'precious')
  await mkdir(elsewhere)
  await writeFile(file, '')
  await symlink(elsewhere, join(world.project, 'node_modules'))
  check.equal((await bonafide('ci')).status, 0)
  check.strictSame(await readdir(elsewhere), ['precious'])
  await rm(join(world.project, 'node_modules'), { recursive: true })
  await symlink(elsewhere, join(world.project, 'node_modules'))
  await npm('ci')
  check.notOk(existsSync(file), 'npm')
})

await t.test('a lockfile that changes while it is judged', async (check) => {
  const { world, bonafide, lock, payload, isOwned } = await openScene(check, 'toctou')
  await world.release('axe', '1.0.0')
  await world.release('axe', '1.0.1', { provenance: null, manifest: { scripts: { postinstall: payload } } })
  const manifest = { dependencies: { axe: '^1.0.0' }, allowScripts: { axe: true } }
  await lock(manifest)
  const evil = await world.read('package-lock.json')
  await lock({ ...manifest, dependencies: { axe: '1.0.0' } })
  const good = await world.read('package-lock.json')
  await world.write('package.json', JSON.stringify({ name: 'shop', version: '1.0.0', ...manifest }))
  const undo = world.sandbox.fault(
    { path: /^\/axe$/u },
    {
      kind: 'edit',
      edit: (body) => {
        writeFileSync(join(world.project, 'package-lock.json'), evil)
        return body
      },
    },
  )
  await world.write('package-lock.json', good.replaceAll('"axe": "1.0.0"', '"axe": "^1.0.0"'))
  const ran = await bonafide('ci')
  undo()
  check.equal(await world.read('package-lock.json'), evil, 'it did change')
  check.ok(ran.status === 0 || ran.status === 2, ran.stdout)
  const installed = await readFile(join(world.project, 'node_modules', 'axe', 'package.json'), 'utf8').catch(() => '')
  check.notMatch(installed, /"version": *"1\.0\.1"/u)
  check.notOk(await isOwned())
})

await t.test('nobody could tell: exit 3, and node_modules as it was; off line what is kept suffices', async (check) => {
  const { world, bonafide, tree, lock, clear, env } = await openScene(check, 'outage')
  await world.release('axe', '1.0.0')
  await lock({ dependencies: { axe: '1.0.0' } })
  check.equal((await bonafide('ci')).status, 0)
  const before = await tree()
  await clear()
  check.equal((await bonafide('ci', '--offline')).status, 0)
  check.strictSame(await tree(), before)
  for (const path of [/^\/-\/npm\/v1\/attestations/u, /\.tgz$/u]) {
    const undo = world.sandbox.fault({ path }, { kind: 'login' })
    const cold = { ...env, XDG_CACHE_HOME: join(world.root, path.source.length.toString()) }
    const ran = await world.run(['ci', ...world.trust], cold)
    check.equal(ran.status, 3, ran.stdout)
    check.match(ran.stdout, /\nnothing was installed\n$/)
    check.strictSame(await tree(), before)
    undo()
  }
})

await t.test(
  'in the job of a pull request the base judges',
  { skip: gitProgram === undefined && 'no git' },
  async (check) => {
    const { world, bonafide, lock, clear, tree } = await openScene(check, 'base')
    await world.release('axe', '1.0.0')
    await lock({ dependencies: { axe: '1.0.0' } })
    await world.write('.gitignore', 'node_modules\n')
    await world.write('bonafide.json', '{"version":1}')
    makeRepository(world.project)
    commitAll(world.project, 'base')
    git(world.project, 'checkout', '--quiet', '-b', 'change')
    await world.release('axe', '1.0.1', { provenance: null })
    await lock({ dependencies: { axe: '1.0.1' } })
    await world.write('bonafide.json', '{"version":1,"outside":["axe"]}')
    commitAll(world.project, 'change')
    check.equal((await bonafide('ci', '--no-base')).status, 0, 'judged by itself')
    await clear()
    for (const words of [['ci'], ['install']]) {
      const ran = await bonafide(...words, '--base', 'main')
      check.equal(ran.status, 1)
      check.match(ran.stdout, /refused +axe@1\.0\.1/)
      check.match(ran.stdout, /policy-loosened/)
      check.strictSame(await tree(), {})
    }
  },
)

await t.test(
  'a lockfile that names a mirror: nobody asks it, and it is named in the policy or refused',
  async (check) => {
    const { world, bonafide, tree, lock, clear } = await openScene(check, 'mirror')
    await world.release('leaf', '1.0.0')
    await world.release('@acme/branch', '2.0.0', { manifest: { dependencies: { leaf: '^1.0.0' } } })
    await lock({ dependencies: { '@acme/branch': '^2.0.0' } })
    check.equal((await bonafide('ci')).status, 0)
    const expected = await tree()
    await clear()
    const mirror = 'https://mirror.example/npm/'
    await world.editLock((text) => text.replaceAll(world.sandbox.registryUrl, mirror))
    const locked = await world.read('package-lock.json')
    const refused = await bonafide('ci')
    check.equal(refused.status, 1)
    check.match(refused.stdout, /lock-resolved-mismatch/u)
    check.strictSame(await tree(), {})
    await world.write('bonafide.json', JSON.stringify({ version: 1, mirrors: [mirror] }))
    const ran = await bonafide('ci')
    check.equal(ran.status, 0, ran.stdout + ran.stderr)
    check.equal(await world.read('package-lock.json'), locked)
    const { '.package-lock.json': theirs, ...files } = await tree()
    const { '.package-lock.json': ours, ...wanted } = expected
    check.strictSame(files, wanted)
    check.not(theirs, ours, 'npm notes where each came from by the lockfile')
    check.equal((await bonafide('install', 'leaf@1.0.0')).status, 0)
  },
)
