// SPDX-License-Identifier: Apache-2.0
// `bonafide install` beside the real `npm install`: what is written is what was judged, and what is refused changes nothing.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { openScene } from './scene.ts'
import type { Scene } from './scene.ts'

const error = (stdout: string): string => (JSON.parse(stdout) as { error: { code: string } }).error.code

const MANIFEST = { name: 'shop', version: '1.0.0' }

async function manifest({ world }: Scene): Promise<Record<string, unknown>> {
  return JSON.parse(await world.read('package.json')) as Record<string, unknown>
}

async function versionOf({ world }: Scene, name: string): Promise<string> {
  const text = await readFile(join(world.project, 'node_modules', name, 'package.json'), 'utf8').catch(() => '{}')
  return (JSON.parse(text) as { version?: string }).version ?? 'none'
}

await t.test(
  'a project without a lockfile: the same package.json, lockfile and tree as npm install makes',
  async (check) => {
    const scene = await openScene(check, 'fresh')
    const { world, npm, bonafide, tree, clear } = scene
    await world.release('leaf', '1.0.0')
    await world.release('branch', '2.0.0', { manifest: { dependencies: { leaf: '^1.0.0' } } })
    const text = JSON.stringify({ ...MANIFEST, dependencies: { branch: '^2.0.0' } })
    await world.write('package.json', text)
    check.equal((await npm('install')).code, 0)
    const expected = await tree()
    const lock = await world.read('package-lock.json')
    await clear()
    await rm(join(world.project, 'package-lock.json'))
    const ran = await bonafide('install')
    check.equal(ran.status, 0, ran.stderr)
    check.equal(await world.read('package-lock.json'), lock)
    check.strictSame(await tree(), expected)
    check.equal(await world.read('package.json'), text)
    check.match((await bonafide('install')).stdout, /\nup to date in/)

    await world.release('dev-tool', '1.2.3')
    check.equal((await bonafide('install', '-D', '--save-exact', 'dev-tool')).status, 0)
    check.match(await manifest(scene), { dependencies: { branch: '^2.0.0' }, devDependencies: { 'dev-tool': '1.2.3' } })
    check.equal((await bonafide('install', '-O', 'leaf@1')).status, 0)
    check.match(await manifest(scene), { optionalDependencies: { leaf: '^1.0.0' } })
    check.equal((await bonafide('verify')).status, 0)
    const before = await world.snapshot()
    await world.release('other', '1.0.0')
    check.equal((await bonafide('install', '--dry-run', 'other')).status, 0)
    check.strictSame(await world.snapshot(), before)
    check.equal((await bonafide('install', '--no-save', 'other')).status, 0)
    check.equal(await versionOf(scene, 'other'), '1.0.0')
    check.notMatch(await world.read('package-lock.json'), /"other"/u)
  },
)

await t.test(
  'a newest version from a stolen token: npm install runs it, here nothing changes, or an older one comes',
  async (check) => {
    const scene = await openScene(check, 'stolen-newest')
    const { world, npm, bonafide, payload, isOwned, clear } = scene
    await world.release('axe', '1.0.0')
    await world.release('axe', '1.1.0')
    const scripts = { postinstall: payload }
    await world.release('axe', '1.2.0', { provenance: null, manifest: { scripts } })
    const text = JSON.stringify({ ...MANIFEST, allowScripts: { axe: true } })
    await world.write('package.json', text)

    const before = await world.snapshot()
    const refused = await bonafide('install', 'axe')
    check.equal(refused.status, 1)
    check.match(refused.stdout, /refused +axe@1\.2\.0/)
    check.match(refused.stdout, /instead +axe@1\.1\.0/)
    check.strictSame(await world.snapshot(), before, 'not one file, nor package.json')

    check.equal((await npm('install', 'axe')).code, 0)
    check.ok(await isOwned(), 'npm')
    await clear()
    await rm(join(world.project, 'package-lock.json'))
    await world.write('package.json', text)

    const older = await bonafide('install', '--allow-older', 'axe')
    check.equal(older.status, 0, older.stdout)
    check.equal(await versionOf(scene, 'axe'), '1.1.0')
    check.match(await manifest(scene), { dependencies: { axe: '^1.1.0' } })
    check.notOk(await isOwned())

    for (const asked of ['axe@1.2.0', 'axe@>1.1.0', 'axe@^1.2.0']) {
      const none = await bonafide('install', '--allow-older', asked)
      check.equal(none.status, 1, `${asked}: nothing outside of it`)
    }
    check.equal(await versionOf(scene, 'axe'), '1.1.0')
  },
)

await t.test('--allow-older never goes below what is locked', async (check) => {
  const scene = await openScene(check, 'floor')
  const { world, bonafide } = scene
  await world.release('axe', '1.0.0')
  await world.release('axe', '1.1.0')
  await world.write('package.json', JSON.stringify(MANIFEST))
  check.equal((await bonafide('install', 'axe')).status, 0)
  world.sandbox.serveAttestations('axe', '1.1.0', null)
  await world.release('axe', '1.2.0', { provenance: null })
  const cold = { ...scene.env, XDG_CACHE_HOME: join(world.root, 'cold') }
  const ran = await world.run(['install', '--allow-older', 'axe@latest', ...world.trust], cold)
  check.equal(ran.status, 1, ran.stdout)
  check.equal(await versionOf(scene, 'axe'), '1.1.0', 'and not 1.0.0')
})

await t.test('a refused dependency of a package is reported, and changes nothing', async (check) => {
  const scene = await openScene(check, 'transitive')
  const { world, bonafide } = scene
  await world.release('leaf', '1.0.0')
  await world.release('leaf', '1.0.1', { provenance: null })
  await world.release('branch', '1.0.0', { manifest: { dependencies: { leaf: '^1.0.0' } } })
  await world.write('package.json', JSON.stringify(MANIFEST))
  const before = await world.snapshot()
  const ran = await bonafide('install', '--allow-older', 'branch')
  check.equal(ran.status, 1)
  check.match(ran.stdout, /refused +leaf@1\.0\.1/)
  check.strictSame(await world.snapshot(), before)
  await world.write('package.json', JSON.stringify({ ...MANIFEST, overrides: { leaf: '1.0.0' } }))
  check.equal((await bonafide('install', 'branch')).status, 0, 'an override is the way out')
  check.equal(await versionOf(scene, 'leaf'), '1.0.0')
})

await t.test('what lies in node_modules and was never locked is no plan', async (check) => {
  const scene = await openScene(check, 'leftover')
  const { world, npm, bonafide, clear } = scene
  await world.release('axe', '1.0.0')
  await world.write('package.json', JSON.stringify({ ...MANIFEST, dependencies: { axe: '*' } }))
  check.equal((await npm('install', '--no-package-lock')).code, 0)
  const place = join(world.project, 'node_modules', 'axe', 'index.js')
  await rm(join(world.project, 'node_modules', '.package-lock.json'))
  await writeFile(place, 'evil')
  check.equal((await npm('install')).code, 0)
  check.equal(await readFile(place, 'utf8'), 'evil', 'npm keeps it')
  await rm(join(world.project, 'package-lock.json'))
  await rm(join(world.project, 'node_modules', '.package-lock.json'))
  check.equal((await bonafide('install')).status, 0)
  check.not(await readFile(place, 'utf8'), 'evil')
  await clear()
})

await t.test(
  'a registry that does not answer is no refusal; git, URLs and --global are not for this command',
  async (check) => {
    const { world, bonafide } = await openScene(check, 'undecided')
    await world.release('axe', '1.0.0')
    await world.write('package.json', JSON.stringify(MANIFEST))
    const undo = world.sandbox.fault({ path: '/axe' }, { kind: 'login' })
    const silent = await bonafide('install', '--json', 'axe')
    check.equal(silent.status, 3)
    check.equal(error(silent.stdout), 'BONAFIDE_UNDECIDED')
    undo()
    const before = await world.snapshot()
    for (const spec of ['git+https://127.0.0.1:9/a.git', 'https://127.0.0.1:9/a.tgz', './a.tgz', 'nobody@1', 'axe@7']) {
      const ran = await bonafide('install', '--json', spec)
      check.equal(error(ran.stdout), 'BONAFIDE_PLAN_FAILED', spec)
    }
    check.match((await bonafide('install', '-g', 'axe')).stderr, /next +bonafide run -- npm install --global/)
    check.strictSame(await world.snapshot(), before)
  },
)
