// SPDX-License-Identifier: Apache-2.0
// Lockfiles that name a mirror in every URL, as Yarn 1 writes them and as companies have them: what the policy may let in, and what it may not.
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMirrorUrl } from '@bonafide/core'
import { parsePolicyFile } from '@bonafide/policy'
import type { Report } from '@bonafide/verify'
import t from 'tap'
import type { Test } from 'tap'
import { classicText } from '../lockfile/yarn-build.ts'
import { commitAll, git, gitProgram, makeRepository } from '../support/git.ts'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const MIRROR = 'https://mirror.example/'
const INTEGRITY = /,\s*"integrity": "[^"]+"/u

/** A project whose lockfile names a mirror for both of its versions, one of them in a scope. */
async function scene(check: Test, seed: string): Promise<World> {
  const world = await startWorld(`mirrors-${seed}`)
  check.teardown(() => world.close())
  await world.lock([await world.release('paint', '2.0.0'), await world.release('@acme/brush', '1.0.0')])
  await world.editLock((text) => text.replaceAll(world.sandbox.registryUrl, MIRROR))
  return world
}

const allow = (world: World, ...mirrors: readonly string[]): Promise<void> =>
  world.write('bonafide.json', JSON.stringify({ version: 1, mirrors }))

async function verify(world: World, ...words: readonly string[]): Promise<Report> {
  return JSON.parse((await world.run(['verify', '--json', ...words, ...world.trust])).stdout) as Report
}

/** What stops, by package. */
function stops({ packages }: Report): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    packages.flatMap(({ name, findings }) => {
      const codes = findings.filter(({ level }) => level === 'refuse').map(({ code }) => code)
      return codes.length === 0 ? [] : [[name, codes] as const]
    }),
  )
}

const fixes = ({ packages }: Report): readonly string[] =>
  packages.flatMap(({ findings }) => findings.map(({ fix }) => fix))

await t.test('a mirror is refused until the policy names it, and the refusal says how', async (check) => {
  const world = await scene(check, 'named')
  const refused = await verify(world)
  check.strictSame(stops(refused), { paint: ['lock-resolved-mismatch'], '@acme/brush': ['lock-resolved-mismatch'] })
  const hint = `"mirrors": ["${MIRROR}"] in bonafide.json, if you trust its operator with your availability`
  check.strictSame(fixes(refused), [hint, hint])
  await allow(world, MIRROR)
  check.strictSame(stops(await verify(world)), {})
  check.equal((await verify(world)).verdict, 'satisfied')
  const list = JSON.stringify([{ name: 'paint', version: '2.0.0', resolved: `${MIRROR}paint/-/paint-2.0.0.tgz` }])
  await writeFile(join(world.project, 'list.json'), list)
  check.strictSame(stops(await verify(world, '--packages', 'list.json')), { paint: ['lock-resolved-mismatch'] })
  const { packages } = await verify(world)
  const bound = packages.map(({ name, version, integrity }) => ({
    name,
    version,
    integrity,
    resolved: `${MIRROR}${name}/-/${name.replace('@acme/', '')}-${version}.tgz`,
  }))
  await writeFile(join(world.project, 'list.json'), JSON.stringify(bound))
  check.strictSame(stops(await verify(world, '--packages', 'list.json')), {})
})

await t.test('what a named mirror does not let in', async (check) => {
  const world = await scene(check, 'attacks')
  await allow(world, MIRROR)
  const honest = await world.read('package-lock.json')
  const evil = 'https://mirror.example'
  const attacks: readonly (readonly [string, (text: string) => string])[] = [
    ['its name as a prefix', (text) => text.replaceAll(`${evil}/`, `${evil}.evil/`)],
    ['its name as a user', (text) => text.replaceAll(`${evil}/`, `${evil}@evil.example/`)],
    ['credentials', (text) => text.replaceAll('https://', 'https://user:pass@')],
    ['plain http', (text) => text.replaceAll('https://', 'http://')],
    ['another port', (text) => text.replaceAll(`${evil}/`, `${evil}:8443/`)],
    ['a path before the package', (text) => text.replaceAll(`${evil}/`, `${evil}/other/`)],
    ['a scope before the package', (text) => text.replaceAll(`${evil}/paint`, `${evil}/@evil/paint`)],
    ['another package', (text) => text.replaceAll('/paint/-/paint-', '/pain/-/pain-')],
    ['another version', (text) => text.replaceAll('paint-2.0.0.tgz', 'paint-2.0.1.tgz')],
    ['a query', (text) => text.replaceAll('.tgz"', '.tgz?x"')],
    ['a second spelling of the path', (text) => text.replaceAll('/paint/-/', '/x/../paint/-/')],
  ]
  for (const [name, edit] of attacks) {
    await world.write('package-lock.json', edit(honest))
    check.strictSame(stops(await verify(world))['paint'], ['lock-resolved-mismatch'], name)
  }
  // The mirror alone would decide what is installed: the registry's signature stands in for an integrity elsewhere, and not here.
  await world.write('package-lock.json', honest.replace(INTEGRITY, ''))
  const unbound = await verify(world)
  check.strictSame(stops(unbound), { paint: ['lock-resolved-mismatch'] })
  check.notMatch(fixes(unbound).join('\n'), /mirrors/u, 'and no hint to let it in')
  await world.write(
    'package-lock.json',
    honest.replace(/sha512-[^"]+/u, `sha1-${Buffer.alloc(20, 1).toString('base64')}`),
  )
  check.match(stops(await verify(world))['paint'], ['lock-resolved-mismatch'])
  // Other bytes under the mirror's honest URL.
  const other = `sha512-${Buffer.alloc(64, 1).toString('base64')}`
  await world.write('bonafide.json', '{ "version": 1 }')
  await world.write('package-lock.json', honest.replace(/sha512-[^"]+/u, other))
  const swapped = await verify(world)
  check.ok(stops(swapped)['paint']?.includes('lock-integrity-mismatch'))
  const about = swapped.packages.find(({ name }) => name === 'paint')?.findings ?? []
  check.notMatch(about.map(({ fix }) => fix).join('\n'), /mirrors/u, 'whoever swaps bytes is no mirror')
  await allow(world, MIRROR)
  check.ok(stops(await verify(world))['paint']?.includes('lock-integrity-mismatch'))
})

await t.test('one place of a version without a sha512, beside one with it', async (check) => {
  const world = await startWorld('mirrors-places')
  check.teardown(() => world.close())
  const paint = await world.release('paint', '2.0.0')
  const host = await world.release('host', '1.0.0', { manifest: { dependencies: { paint: '2.0.0' } } })
  await allow(world, MIRROR)
  const inner = (integrity?: string): Parameters<World['lock']>[1] => ({
    packages: {
      'node_modules/host/node_modules/paint': {
        version: '2.0.0',
        resolved: `${MIRROR}paint/-/paint-2.0.0.tgz`,
        ...(integrity === undefined ? {} : { integrity }),
      },
    },
  })
  await world.lock([paint, host], inner(paint.integrity))
  check.strictSame(stops(await verify(world)), {})
  await world.lock([paint, host], inner())
  check.strictSame(stops(await verify(world)), { paint: ['lock-resolved-mismatch'] })
})

await t.test('a scope that has a registry of its own has no mirror', async (check) => {
  const world = await scene(check, 'scope')
  await allow(world, MIRROR)
  await writeFile(join(world.root, 'home', '.npmrc'), `@acme:registry=${world.sandbox.registryUrl}\n`)
  const report = await verify(world)
  check.strictSame(stops(report), { '@acme/brush': ['lock-resolved-mismatch'] })
  check.notMatch(fixes(report).join('\n'), /mirrors/u)
})

await t.test(
  'a pull request that brings its mirror along is judged without it',
  { skip: gitProgram === undefined && 'no git on this machine' },
  async (check) => {
    const world = await scene(check, 'base')
    const lock = await world.read('package-lock.json')
    await world.write('package-lock.json', lock.replaceAll(MIRROR, world.sandbox.registryUrl))
    await world.run(['init', ...world.trust])
    makeRepository(world.project)
    commitAll(world.project, 'base')
    git(world.project, 'checkout', '--quiet', '-b', 'change')
    await world.write('package-lock.json', lock)
    await allow(world, MIRROR)
    commitAll(world.project, 'a mirror')
    const report = await verify(world, '--base', 'main')
    const stopped = stops(report)
    check.strictSame(stopped['paint'], ['lock-resolved-mismatch'])
    check.ok(stopped['bonafide.json']?.includes('policy-loosened'), JSON.stringify(stopped))
  },
)

await t.test('init names the one mirror that a whole lockfile names, and says so', async (check) => {
  const world = await scene(check, 'init')
  const { stdout, status } = await world.run(['init', ...world.trust])
  check.equal(status, 0, stdout)
  check.match(stdout, /recorded {3}1 mirror in bonafide\.json, .+: https:\/\/mirror\.example\/\n/u)
  check.strictSame(JSON.parse(await world.read('bonafide.json')), { version: 1, mirrors: [MIRROR] })
  check.strictSame(stops(await verify(world)), {})
  check.equal((await verify(world)).verdict, 'satisfied')
})

await t.test('init names no mirror where the lockfile is not one mirror’s throughout', async (check) => {
  const cases: Readonly<Record<string, (text: string) => string>> = {
    'two hosts': (text) => text.replace(MIRROR, 'https://other.example/'),
    'one entry without integrity': (text) => text.replace(INTEGRITY, ''),
    'one entry with other bytes': (text) =>
      text.replace(/sha512-[^"]+/u, `sha512-${Buffer.alloc(64, 1).toString('base64')}`),
    'one URL of something else': (text) => text.replace('/paint/-/paint-2.0.0.tgz', '/evil.tgz'),
    'plain http': (text) => text.replaceAll('https://', 'http://'),
    'one version that no registry has': (text) =>
      text
        .replaceAll('brush-1.0.0', 'brush-1.0.9')
        .replace('"version": "1.0.0",\n      "resolved"', '"version": "1.0.9",\n      "resolved"'),
  }
  const world = await scene(check, 'init-not')
  const honest = await world.read('package-lock.json')
  for (const [name, edit] of Object.entries(cases)) {
    check.not(edit(honest), honest, name)
    await world.write('package-lock.json', edit(honest))
    await rm(join(world.project, 'bonafide.json'), { force: true })
    await rm(join(world.project, 'bonafide.lock'), { force: true })
    const { status } = await world.run(['init', ...world.trust])
    check.equal(status, 1, name)
    check.strictSame(JSON.parse(await world.read('bonafide.json')), { version: 1 }, name)
  }
  // A policy that somebody wrote is theirs.
  await world.write('package-lock.json', honest)
  await world.write('bonafide.json', '{ "version": 1, "cooldownHours": 1 }')
  check.equal((await world.run(['init', ...world.trust])).status, 1)
  check.equal(await world.read('bonafide.json'), '{ "version": 1, "cooldownHours": 1 }')
})

await t.test('Yarn 1: only what has a sha512 beside its sha1 may come from a mirror', async (check) => {
  const world = await startWorld('mirrors-yarn')
  check.teardown(() => world.close())
  const paint = await world.release('paint', '2.0.0')
  await world.write('package.json', JSON.stringify({ name: 'shop', dependencies: { paint: '^2.0.0' } }))
  const lock = (integrity: string): Promise<void> =>
    world.write(
      'yarn.lock',
      classicText({
        'paint@^2.0.0': {
          version: '2.0.0',
          resolved: `${MIRROR}paint/-/paint-2.0.0.tgz#${'a'.repeat(40)}`,
          integrity,
        },
      }),
    )
  await lock(paint.integrity)
  check.strictSame(stops(await verify(world)), { paint: ['lock-resolved-mismatch'] })
  await allow(world, MIRROR)
  check.strictSame(stops(await verify(world)), {})
  await lock(`sha1-${Buffer.alloc(20, 1).toString('base64')}`)
  check.match(stops(await verify(world))['paint'], ['lock-resolved-mismatch'])
})

await t.test('a mirror has one spelling in a policy', async (check) => {
  check.ok(isMirrorUrl(MIRROR))
  check.ok(isMirrorUrl('https://mirror.example:8443/api/npm/all/'))
  const not = [
    '',
    'mirror.example',
    'https://mirror.example',
    'https://mirror.example/npm',
    'http://mirror.example/',
    'https://Mirror.example/',
    'https://mirror.example:443/',
    'https://mirror.example:99999/',
    'https://user@mirror.example/',
    'https://user:pass@mirror.example/',
    'https://mirror.example/?x/',
    'https://mirror.example/#/',
    'https://mirror.example/a/../',
    'https://mirror.example//',
    'https://mirror.example/%40evil/',
    'https://mirror.example/@evil/',
    'https://mirror.example\\',
    'https://*.example/',
    ' https://mirror.example/',
    'https://mirror.example/\n',
    'https://0x7f.1/',
  ]
  for (const text of not) {
    check.notOk(isMirrorUrl(text), text)
    const file = JSON.stringify({ version: 1, mirrors: [text] })
    check.throws(() => parsePolicyFile(file, 'bonafide.json'), { code: 'BONAFIDE_POLICY_MALFORMED' }, text)
  }
  const twice = JSON.stringify({ version: 1, mirrors: [MIRROR, MIRROR] })
  check.throws(() => parsePolicyFile(twice, 'bonafide.json'), { code: 'BONAFIDE_POLICY_MALFORMED' })
})
