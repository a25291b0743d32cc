// SPDX-License-Identifier: Apache-2.0
// Every program of docs/examples, run as it stands: with honest packages, and with what a stolen token published.
import t from 'tap'
import { readFile, readdir } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { PackageReport, PackageToVerify, SourceOptions } from '@bonafide/verify'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const EXAMPLES = new URL('../../docs/examples/', import.meta.url)

async function example<T>(name: string): Promise<T> {
  return (await import(new URL(name, EXAMPLES).href)) as T
}

type Trust = Partial<SourceOptions> & { readonly cwd: string }

function trustOf(world: World): Trust {
  const [, registry, , trustedRoot, , registryKeys] = world.trust
  const now = new Date(world.sandbox.clock.now().getTime() + 30 * 24 * 60 * 60 * 1000)
  return { cwd: world.project, env: world.env, now, registry, trustedRoot, registryKeys }
}

await t.test('the page names each of them', async (check) => {
  const page = await readFile(new URL('README.md', EXAMPLES), 'utf8')
  const files = (await readdir(EXAMPLES)).filter((file) => file.endsWith('.mjs'))
  const named = [...page.matchAll(/\]\(([\w-]+\.mjs)\)/gu)].map(([, file]) => file)
  check.strictSame(new Set(named), new Set(files))
  const installer = await readFile(new URL('installer.mjs', EXAMPLES), 'utf8')
  check.ok(installer.split('\n').length < 32, 'about twenty lines')
})

await t.test(
  'somebody’s own installer unpacks what was judged, and nothing where one version is refused',
  async (check) => {
    const world = await startWorld('installer')
    check.teardown(() => world.close())
    const files = { 'index.js': 'module.exports = 1\n' }
    const honest = await world.release('paint', '1.0.0', { files })
    const brush = await world.release('@acme/brush', '1.0.0')
    const stolen = await world.release('paint', '1.0.1', { provenance: null })
    const { install } = await example<{
      install: (packages: readonly PackageToVerify[], folder: string, trust: Trust) => Promise<readonly PackageReport[]>
    }>('installer.mjs')
    const folder = join(world.root, 'installed')
    const refused = await install([brush, stolen], folder, trustOf(world))
    check.match(refused, [{ name: 'paint', version: '1.0.1', findings: [{ code: 'regression-unpinned' }] }])
    await check.rejects(readdir(folder), { code: 'ENOENT' }, 'nothing was unpacked')
    check.strictSame(await install([brush, honest], folder, trustOf(world)), [])
    check.strictSame((await readdir(folder)).toSorted(), ['@acme', 'paint'])
    check.equal(await readFile(join(folder, 'paint', 'index.js'), 'utf8'), files['index.js'])
  },
)

await t.test('a tool that takes a fetch gets honest tarballs and no others', async (check) => {
  const world = await startWorld('guarded-fetch')
  check.teardown(() => world.close())
  const honest = await world.release('paint', '1.0.0')
  const { download } = await example<{
    download: (registry: string, name: string, trust: Trust) => Promise<Uint8Array>
  }>('guarded-fetch.mjs')
  const { registryUrl } = world.sandbox
  const bytes = await download(registryUrl, 'paint', trustOf(world))
  check.equal(`sha512-${createHash('sha512').update(bytes).digest('base64')}`, honest.integrity)
  await world.release('paint', '1.0.1', { provenance: null })
  await check.rejects(download(registryUrl, 'paint', trustOf(world)), {
    code: 'BONAFIDE_REFUSED',
    detail: { found: 'regression-unpinned' },
    cause: { name: 'paint', version: '1.0.1' },
  })
})

await t.test('a program judges a lockfile and tells the reasons', async (check) => {
  const world = await startWorld('gate')
  check.teardown(() => world.close())
  const honest = await world.release('paint', '1.0.0')
  const stolen = await world.release('paint', '1.0.1', { provenance: null })
  const { gate } = await example<{
    gate: (dir: string, tell: (line: string) => void, trust: Trust) => Promise<boolean>
  }>('gate.mjs')
  const told: string[] = []
  const run = (): Promise<boolean> => gate(world.project, (line) => told.push(line), trustOf(world))
  await world.lock([honest])
  check.equal(await run(), true)
  await world.lock([stolen])
  check.equal(await run(), false)
  check.match(told, [/package-lock\.json:\d+ paint@1\.0\.1 regression-unpinned: /u])
})
