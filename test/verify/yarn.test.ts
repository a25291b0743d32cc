// SPDX-License-Identifier: Apache-2.0
// Projects of Yarn's, from their lockfiles to the report: what is bound by what, and what a reader is told.
import { join } from 'node:path'
import { mkdir } from 'node:fs/promises'
import type { Report } from '@bonafide/verify'
import t from 'tap'
import { berryEntry, berryRoot, berryText, classicEntry, classicText } from '../lockfile/yarn-build.ts'
import { startWorld, tarballUrl } from '../support/world.ts'
import type { World } from '../support/world.ts'

let runs = 0

// Each run with a cache of its own.
const verify = async (world: World, ...words: readonly string[]): Promise<Report> => {
  runs += 1
  const env = { XDG_CACHE_HOME: join(world.root, `cache-${runs}`) }
  return JSON.parse((await world.run(['verify', ...world.trust, '--json', ...words], env)).stdout) as Report
}

const manifest = (more: object = {}): string =>
  JSON.stringify({ name: 'shop', dependencies: { rocket: '^1.0.0' }, ...more })

await t.test('Yarn 4: the registry alone binds what was verified, and the report says so', async (check) => {
  const world = await startWorld('yarn-berry')
  check.teardown(() => world.close())
  const rocket = await world.release('rocket', '1.0.0')
  await world.write('package.json', manifest())
  await world.write(
    'yarn.lock',
    berryText({ ...berryRoot({ rocket: 'npm:^1.0.0' }), 'rocket@npm:^1.0.0': berryEntry('rocket') }),
  )
  const report = await verify(world)
  check.match(report, {
    verdict: 'satisfied',
    lockfiles: ['yarn.lock'],
    notes: [{ code: 'no-pins' }, { code: 'bound-by-registry', lockfile: 'yarn.lock', packages: 1 }],
    packages: [
      {
        name: 'rocket',
        version: '1.0.0',
        verdict: 'trusted',
        integrity: rocket.integrity,
        boundBy: 'registry',
        locations: [{ file: 'yarn.lock', line: 14 }],
        findings: [],
      },
    ],
  })
  for (const format of ['human', 'markdown', 'sarif']) {
    const { stdout } = await world.run(['verify', ...world.trust, '--format', format])
    check.match(stdout, /binds archives that Yarn makes itself/u, format)
  }
  // Nobody signed what the registry says now, and the lockfile cannot tell either.
  const heal = world.sandbox.fault(
    { service: 'registry', path: '/rocket' },
    { kind: 'strip', fields: ['dist.signatures'] },
  )
  check.match(await verify(world), {
    verdict: 'refused',
    packages: [{ boundBy: null, findings: [{ code: 'lock-integrity-missing' }] }],
  })
  heal()
  const swap = (body: Buffer): string => body.toString().replace(rocket.integrity, `sha512-${'A'.repeat(86)}==`)
  world.sandbox.fault({ service: 'registry', path: '/rocket' }, { kind: 'edit', edit: swap })
  check.match(
    await verify(world),
    { verdict: 'refused', packages: [{ boundBy: null }] },
    'other bytes than were signed',
  )
})

await t.test('Yarn 1: the lockfile binds, and its URL counts without the checksum', async (check) => {
  const world = await startWorld('yarn-classic')
  check.teardown(() => world.close())
  const rocket = await world.release('rocket', '1.0.0')
  await world.write('package.json', manifest())
  const resolved = `${tarballUrl(world.sandbox.registryUrl, 'rocket', '1.0.0')}#${'a'.repeat(40)}`
  const write = (url: string): Promise<void> =>
    world.write(
      'yarn.lock',
      classicText({ 'rocket@^1.0.0': classicEntry('rocket', '1.0.0', { resolved: url, integrity: rocket.integrity }) }),
    )
  await write(resolved)
  check.match(await verify(world), {
    verdict: 'satisfied',
    packages: [{ name: 'rocket', verdict: 'trusted', boundBy: 'lockfile', integrity: rocket.integrity }],
  })
  // Yarn 1 goes where the lockfile says, whatever registry is configured.
  await write('https://evil.example/rocket/-/rocket-1.0.0.tgz')
  check.match(await verify(world), {
    verdict: 'refused',
    packages: [{ findings: [{ code: 'lock-resolved-mismatch' }] }],
  })
})

await t.test('workspaces of Yarn 1 are found, and no pattern leads out of the project', async (check) => {
  const world = await startWorld('yarn-workspaces')
  check.teardown(() => world.close())
  const url = 'https://files.example/tool.tgz'
  for (const folder of ['packages/a', 'packages/b/node_modules/c', '../elsewhere']) {
    await mkdir(join(world.project, folder), { recursive: true })
    const asks = folder === 'packages/a' ? {} : { tool: url }
    await world.write(`${folder}/package.json`, JSON.stringify({ name: 'a', dependencies: asks }))
  }
  const lock = classicText({ [`tool@${url}`]: { version: '1.0.0', resolved: url } })
  const read = async (workspaces: readonly string[]): Promise<string | undefined> => {
    await world.write('package.json', manifest({ dependencies: {}, workspaces }))
    await world.write('yarn.lock', lock)
    return (await verify(world)).packages[0]?.verdict
  }
  for (const patterns of [['packages/*'], ['**'], ['../*', '../elsewhere', join(world.root, 'elsewhere'), '!x']])
    check.equal(await read(patterns), 'refused', patterns.join())
  await world.write('packages/a/package.json', JSON.stringify({ name: 'a', dependencies: { tool: url } }))
  check.equal(await read(['packages/*']), 'outside')
})

await t.test('patches are told to whoever reviews them', async (check) => {
  const world = await startWorld('yarn-patch')
  check.teardown(() => world.close())
  await world.release('rocket', '1.0.0')
  const patch = 'patch:rocket@npm%3A^1.0.0#~/.yarn/patches/rocket.patch'
  await world.write('package.json', manifest({ dependencies: { rocket: patch } }))
  const patched = {
    version: '1.0.0',
    resolution: 'rocket@patch:rocket@npm%3A1.0.0#~/.yarn/patches/rocket.patch::version=1.0.0&hash=abc',
    linkType: 'hard',
  }
  await world.write(
    'yarn.lock',
    berryText({
      ...berryRoot({ rocket: patch }),
      'rocket@npm:^1.0.0': berryEntry('rocket'),
      [`rocket@${patch}`]: patched,
    }),
  )
  const report = await verify(world)
  check.strictSame(
    report.packages.map(({ verdict }) => verdict),
    ['trusted', 'outside'],
  )
  check.match(
    report.notes.filter(({ code }) => code === 'patched'),
    [{ lockfile: 'yarn.lock', packages: ['rocket@1.0.0'] }],
  )
})

await t.test('a version of a Yarn 4 project is exempted by the bytes that the registry signed', async (check) => {
  const world = await startWorld('yarn-exempt')
  check.teardown(() => world.close())
  const rocket = await world.sandbox.publish({ name: 'rocket', version: '1.0.0' })
  await world.write('package.json', manifest())
  await world.write('yarn.lock', berryText({ ...berryRoot(), 'rocket@npm:^1.0.0': berryEntry('rocket') }))
  check.equal((await verify(world)).verdict, 'refused')
  const words = ['exempt', 'rocket@1.0.0', '--rule', 'provenance-required', '--reason', 'seen', '--yes', ...world.trust]
  check.equal((await world.run(words)).status, 0)
  check.ok((await world.read('bonafide.exemptions.json')).includes(rocket.integrity))
  check.match(await verify(world), { verdict: 'satisfied', packages: [{ verdict: 'exempt', boundBy: 'registry' }] })
})
