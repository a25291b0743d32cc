// SPDX-License-Identifier: Apache-2.0
// What the engine does to the project and to its cache: verifying writes nothing, adopting records little and changes nothing.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import type { Report, SourceOptions } from '@bonafide/verify'
import { importExample } from '../support/readme.ts'
import { runMain, startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

async function scene(check: Test): Promise<World> {
  const world = await startWorld('project')
  check.teardown(() => world.close())
  return world
}

async function report(world: World, words: readonly string[]): Promise<Report> {
  const { stdout } = await world.run([...words, '--json', ...world.trust])
  return JSON.parse(stdout) as Report
}

/** A report without what differs from run to run by itself. */
function timeless(item: Report): Report {
  return { ...item, now: '' }
}

/** What a `bonafide.lock` holds, by package. */
function pinned(text: string): Readonly<Record<string, unknown>> {
  return (JSON.parse(text) as { readonly packages: Readonly<Record<string, unknown>> }).packages
}

await t.test('verify and explain write nothing into the project, however they end', async (check) => {
  const world = await scene(check)
  const paint = await world.release('paint', '2.0.0')
  await world.lock([paint, await world.release('left-alone', '1.0.0', { provenance: null })])
  const untouched = async (words: readonly string[], status: number): Promise<void> => {
    const before = await world.snapshot()
    check.equal((await world.run([...words, ...world.trust])).status, status, words.join(' '))
    check.strictSame(await world.snapshot(), before, words.join(' '))
  }
  await untouched(['verify'], 1)
  await untouched(['verify', '--offline'], 1)
  await untouched(['explain', 'paint@2.0.0'], 0)
  await world.run(['init', ...world.trust])
  await untouched(['verify'], 0)
  await untouched(['verify', '--now', '2016-01-01'], 3)
  await untouched(['init'], 0)
  await world.write('bonafide.json', '{')
  await untouched(['verify'], 2)
  await untouched(['init'], 2)
})

await t.test(
  'init pins neither a version that lost its provenance, nor one whose evidence failed, nor one left open',
  async (check) => {
    const world = await scene(check)
    await world.release('regressed', '1.0.0')
    const swapped = await world.release('swapped', '1.0.0')
    const forged = await world.release('forged', '1.0.0')
    world.sandbox.serveAttestations('forged', '1.0.0', swapped.attestations)
    const unsigned = await world.release('unsigned', '1.0.0', { provenance: null, signature: false })
    const closed = await world.release('closed', '1.0.0')
    world.sandbox.fault({ path: /closed@/u }, { kind: 'login' })
    await world.lock([
      await world.release('regressed', '1.0.1', { provenance: null }),
      { ...swapped, integrity: forged.integrity },
      forged,
      unsigned,
      closed,
      await world.release('paint', '2.0.0'),
      await world.release('left-alone', '1.0.0', { provenance: null }),
    ])
    check.equal((await world.run(['init', ...world.trust])).status, 1)
    check.strictSame(Object.keys(pinned(await world.read('bonafide.lock'))), ['left-alone', 'paint'])
  },
)

await t.test('init adds to what is recorded, and never changes it', async (check) => {
  const world = await scene(check)
  const paint = await world.release('paint', '2.0.0')
  await world.lock([paint])
  await world.run(['init', ...world.trust])
  const first = await world.read('bonafide.lock')
  const policy = await world.read('bonafide.json')
  // A newcomer, an impostor, and a package that goes away.
  await world.lock([
    await world.release('brush', '1.0.0'),
    await world.release('paint', '2.0.1', { provenance: { repository: 'evil/paint' } }),
  ])
  const { status } = await world.run(['init', ...world.trust])
  check.equal(status, 1)
  const second = await world.read('bonafide.lock')
  check.strictSame(Object.keys(pinned(second)), ['brush', 'paint'])
  check.strictSame(pinned(second)['paint'], pinned(first)['paint'])
  check.equal(await world.read('bonafide.json'), policy)
  await world.lock([])
  await world.run(['init', ...world.trust])
  check.equal(await world.read('bonafide.lock'), second, 'a package that is not locked any more stays recorded')
})

await t.test('init leaves a policy that somebody wrote as it is', async (check) => {
  const world = await scene(check)
  await world.lock([await world.release('paint', '2.0.0')])
  const policy = '{ "version": 1,\n\n    "rules": { "withdrawn": "warn" } }'
  await world.write('bonafide.json', policy)
  const { stdout } = await world.run(['init', ...world.trust])
  check.match(stdout, /^wrote bonafide\.lock: review and commit it$/mu)
  check.equal(await world.read('bonafide.json'), policy)
})

await t.test('off line: the same report with a warm cache, open with a cold one', async (check) => {
  const world = await scene(check)
  await world.lock([
    await world.release('paint', '2.0.0'),
    await world.release('left-alone', '1.0.0', { provenance: null }),
  ])
  await world.run(['init', ...world.trust])
  const cold = await world.run(['verify', '--offline', '--json', ...world.trust], {
    XDG_CACHE_HOME: join(world.root, 'cold'),
  })
  check.equal(cold.status, 3)
  check.equal((JSON.parse(cold.stdout) as Report).counts.undecided, 2)
  const online = await report(world, ['verify'])
  const before = world.sandbox.requests.length
  const offline = await report(world, ['verify', '--offline'])
  check.equal(world.sandbox.requests.length, before, 'nobody was asked')
  check.strictSame(timeless(offline), timeless(online))
  check.equal(offline.verdict, 'satisfied')
})

await t.test('without an option npm’s own registry is asked, where it serves attestations', async (check) => {
  const world = await scene(check)
  await world.lock([await world.release('paint', '2.0.0')])
  const [, , ...files] = world.trust
  const asked = async (): Promise<Report> =>
    JSON.parse((await world.run(['verify', '--json', ...files])).stdout) as Report
  const home = join(world.root, 'home', '.npmrc')

  await writeFile(home, `registry=${world.sandbox.registryUrl}\n`)
  const user = await asked()
  check.equal(user.verdict, 'satisfied')
  check.equal(user.evidenceRegistry, world.sandbox.registryUrl)
  check.notOk(user.notes.some(({ code }) => code === 'registry-from-project' || code === 'evidence-elsewhere'))

  // Whoever changes the project chooses who answers: that is said.
  await writeFile(home, '')
  await world.write('.npmrc', `registry=${world.sandbox.registryUrl}\n`)
  const project = await asked()
  check.equal(project.verdict, 'satisfied')
  check.ok(
    project.notes.some((note) => note.code === 'registry-from-project' && note.registry === world.sandbox.registryUrl),
  )

  // A mirror that drops attestations: another registry is asked, and the report says so. The way there is closed, so nothing leaves
  // this machine.
  world.sandbox.actAsPlainMirror()
  await writeFile(home, 'https-proxy=http://127.0.0.1:9/\nnoproxy=127.0.0.1\nfetch-retries=0\n')
  const mirror = await world.run(['verify', '--json', ...files], { XDG_CACHE_HOME: join(world.root, 'fresh') })
  const elsewhere = JSON.parse(mirror.stdout) as Report
  check.equal(mirror.status, 3)
  check.ok(
    elsewhere.notes.some((note) => note.code === 'evidence-elsewhere' && note.configured === world.sandbox.registryUrl),
  )
})

await t.test('an exotic dependency is held at the level that the policy gives the rule', async (check) => {
  const world = await scene(check)
  const setup = 'github:acme/setup#79ac49ee'
  const paint = await world.release('paint', '2.0.0', { manifest: { dependencies: { setup } } })
  const { version, integrity } = paint
  await world.lock([paint], {
    packages: {
      'node_modules/paint': { version, integrity, dependencies: { setup } },
      'node_modules/setup': {
        version: '1.0.0',
        resolved: 'git+ssh://git@github.com/acme/setup.git#79ac49eedf774dd4b0cfa308722bc463cfe5885c',
      },
    },
  })
  const setupUnder = async (rules: object): Promise<Report['packages'][number] | undefined> => {
    await world.write('bonafide.json', JSON.stringify({ version: 1, ...rules }))
    return (await report(world, ['verify'])).packages.find(({ name }) => name === 'setup')
  }
  check.match(await setupUnder({}), { verdict: 'refused', findings: [{ code: 'exotic-dependency', level: 'refuse' }] })
  check.match(await setupUnder({ rules: { 'exotic-dependency': 'warn' } }), {
    verdict: 'outside',
    findings: [{ code: 'exotic-dependency', level: 'warn' }],
  })
  check.match(await setupUnder({ rules: { 'exotic-dependency': 'off' } }), { verdict: 'outside', findings: [] })
  check.match(await setupUnder({ outside: ['setup'] }), { verdict: 'outside', findings: [] })
})

await t.test(
  'nobody is told the name of a package that the policy leaves out, not for what it bundles either',
  async (check) => {
    const world = await scene(check)
    await world.lock([], {
      dependencies: { '@acme/host': '1.0.0' },
      packages: {
        'node_modules/@acme/host': {
          version: '1.0.0',
          integrity: `sha512-${Buffer.alloc(64).toString('base64')}`,
          dependencies: { inner: '1.0.0' },
          bundleDependencies: ['inner'],
        },
        'node_modules/@acme/host/node_modules/inner': { version: '1.0.0', inBundle: true },
      },
    })
    await world.write('bonafide.json', JSON.stringify({ version: 1, outside: ['@acme/*'] }))
    const { verdict, counts } = await report(world, ['verify'])
    check.equal(verdict, 'satisfied')
    check.equal(counts.outside, 2)
    check.strictSame(
      world.sandbox.requests.filter(({ path }) => path.includes('acme')),
      [],
    )
  },
)

await t.test('a lockfile of another folder is read with the package.json beside it', async (check) => {
  const world = await scene(check)
  const paint = await world.release('paint', '2.0.0')
  const { version, integrity } = paint
  // The project asks for an alias; a package.json that does not would make it an injected entry.
  await world.lock([], {
    dependencies: { colour: 'npm:paint@2.0.0' },
    packages: { 'node_modules/colour': { name: 'paint', version, integrity } },
  })
  const elsewhere = join(world.root, 'elsewhere')
  await mkdir(elsewhere)
  await writeFile(join(elsewhere, 'package.json'), '{"name":"other","dependencies":{"brush":"1.0.0"}}')
  const words = ['verify', '--lockfile', join(world.project, 'package-lock.json'), ...world.trust]
  check.equal((await runMain(words, elsewhere, world.env)).status, 0)
})

await t.test('a refusal offers the newest version that passes, verified like any other', async (check) => {
  const world = await scene(check)
  const honest = await world.release('paint', '1.0.0')
  await world.release('paint', '1.1.0')
  await world.release('paint', '1.2.0')
  await world.release('paint', '2.0.0-beta.1')
  // Claims attestations like the others, and serves those of another version.
  world.sandbox.serveAttestations('paint', '1.2.0', honest.attestationsText)
  const stolen = await world.release('paint', '1.3.0', { provenance: null })
  const foreign = await world.release('brush', '1.0.0', { provenance: null })
  await world.lock([stolen, foreign])
  const { packages } = await report(world, ['verify'])
  const of = (name: string): unknown => packages.find((item) => item.name === name)?.passes
  check.equal(of('paint'), '1.1.0', 'neither the one that lies nor a pre-release')
  check.equal(of('brush'), null, 'nothing to offer')

  await world.lock([await world.release('paint', '2.0.0-beta.2', { provenance: null })])
  const beta = await report(world, ['verify'])
  check.equal(beta.packages[0]?.passes, '2.0.0-beta.1', 'a pre-release in place of a pre-release')
})

await t.test('a poisoned cache proves nothing', async (check) => {
  const world = await scene(check)
  const stranger = await scene(check)
  const paint = await world.release('paint', '2.0.0')
  await world.lock([paint])
  // The cache is filled by a registry that says otherwise, under this registry's name.
  await stranger.release('paint', '2.0.0', { provenance: { repository: 'evil/paint' }, files: { 'index.js': 'evil' } })
  const undo = world.sandbox.fault(
    { path: /attestations/u },
    { kind: 'edit', edit: () => stranger.sandbox.published('paint', '2.0.0')?.attestationsText ?? '' },
  )
  check.equal((await report(world, ['verify'])).verdict, 'refused')
  undo()
  const [item] = (await report(world, ['verify', '--offline'])).packages
  check.equal(item?.verdict, 'refused', 'what is kept is verified again')
  const later = await report(world, ['verify'])
  check.equal(later.verdict, 'satisfied', 'and asked for again, where it did not verify')
})

await t.test(
  'an alias, a second place and another line: each version is judged once, under its real name',
  async (check) => {
    const world = await scene(check)
    const [old, paint] = [await world.release('paint', '1.0.0'), await world.release('paint', '2.0.0')]
    const entry = { version: '2.0.0', integrity: paint.integrity }
    await world.lock([old], {
      dependencies: { brush: 'npm:paint@2.0.0', roller: 'npm:paint@^2.0.0' },
      packages: {
        'node_modules/brush': { name: 'paint', ...entry },
        'node_modules/roller': { name: 'paint', ...entry },
      },
    })
    const { packages, counts } = await report(world, ['verify'])
    check.equal(counts.trusted, 2)
    check.strictSame(
      packages.map(({ name, version, locations }) => `${name}@${version} ${locations.length}`),
      ['paint@1.0.0 1', 'paint@2.0.0 2'],
    )
    const asked = world.sandbox.requests.filter(({ path }) => path.includes('attestations'))
    check.equal(asked.length, 2)
  },
)

await t.test('files that cannot be read or written are told by name, and are no verdict', async (check) => {
  const world = await scene(check)
  await world.lock([await world.release('paint', '2.0.0')])
  const nowhere = await world.run(['init', 'nowhere', '--lockfile', 'package-lock.json', '--json', ...world.trust])
  check.equal(nowhere.status, 2)
  check.match(JSON.parse(nowhere.stdout), {
    error: { code: 'BONAFIDE_WRITE_FAILED', path: join('nowhere', 'bonafide.json'), found: 'no such folder' },
  })
  await mkdir(join(world.project, 'bonafide.lock'))
  const folder = await world.run(['verify', '--json', ...world.trust])
  check.equal(folder.status, 2)
  check.match(JSON.parse(folder.stdout), {
    error: { code: 'BONAFIDE_PINS_UNREADABLE', path: 'bonafide.lock', found: 'a folder' },
  })
})

await t.test('the example of the README', async (check) => {
  const world = await scene(check)
  await world.lock([
    await world.release('paint', '2.0.0'),
    await world.release('left-alone', '1.0.0', { provenance: null }),
  ])
  const { objections } = (await importExample('verify', check.testdir({}))) as {
    readonly objections: (dir: string, trust: Partial<SourceOptions>) => Promise<readonly string[]>
  }
  const trust: Partial<SourceOptions> = {
    env: world.env,
    registry: world.sandbox.registryUrl,
    trustedRoot: join(world.root, 'trust', 'trusted_root.json'),
    registryKeys: join(world.root, 'trust', 'keys.json'),
  }
  check.strictSame(await objections(world.project, trust), ['left-alone@1.0.0: provenance-missing'])
})
