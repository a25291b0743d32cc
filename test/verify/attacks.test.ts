// SPDX-License-Identifier: Apache-2.0
// What attackers do, from end to end: a registry that serves something else, a release of another origin, a project that brings
// its own configuration.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import type { Finding } from '@bonafide/core'
import type { PackageReport, Report } from '@bonafide/verify'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

async function scene(check: Test, seed = 'attacks'): Promise<World> {
  const world = await startWorld(seed)
  check.teardown(() => world.close())
  return world
}

async function report(world: World, words: readonly string[] = ['verify']): Promise<Report> {
  const { stdout } = await world.run([...words, '--json', ...world.trust])
  return JSON.parse(stdout) as Report
}

async function only(world: World, words?: readonly string[]): Promise<PackageReport> {
  const [item] = (await report(world, words)).packages
  if (item === undefined) throw new Error('the report is empty')
  return item
}

/** Refused, and for these reasons alone. */
function refusedFor(check: Test, item: PackageReport, codes: readonly Finding['code'][], message = item.name): void {
  check.equal(item.verdict, 'refused', message)
  const found = item.findings.filter(({ level }) => level === 'refuse').map(({ code }) => code)
  check.strictSame([...new Set(found)], codes, message)
}

/** A predicate that names another repository than the job's. */
function editPredicate(predicate: object): object {
  return JSON.parse(JSON.stringify(predicate).replaceAll('paint/paint', 'good/paint')) as object
}

await t.test('the document of another version, or of another package, is served', async (check) => {
  const world = await scene(check)
  const old = await world.release('paint', '2.0.0')
  const other = await world.release('brush', '2.0.1')
  await world.lock([await world.release('paint', '2.0.1')])
  world.sandbox.serveAttestations('paint', '2.0.1', old.attestations)
  // The purl differs and so do the bytes; the purl is looked at first.
  refusedFor(check, await only(world), ['subject-name'])
  world.sandbox.serveAttestations('paint', '2.0.1', other.attestations)
  refusedFor(check, await only(world), ['subject-name'], 'what was kept did not convince, so it is asked for again')
})

await t.test('attestations are stripped from one version of a registry that serves them', async (check) => {
  const world = await scene(check)
  const versions = [await world.release('paint', '2.0.0'), await world.release('brush', '1.0.0')]
  await world.lock(versions)
  world.sandbox.serveAttestations('paint', '2.0.0', null)
  const { packages } = await report(world)
  const [brush, paint] = packages
  check.equal(brush?.verdict, 'trusted')
  if (paint === undefined) return check.fail('no paint')
  refusedFor(check, paint, ['attestations-withheld'])
  // And the claim of them too: no provenance after versions with it, by the pins or not.
  world.sandbox.editManifest('paint', '2.0.0', (manifest) => {
    const { attestations: _, ...dist } = manifest.dist
    return { ...manifest, dist }
  })
  const stripped = (await report(world)).packages.find(({ name }) => name === 'paint')
  if (stripped === undefined) return check.fail('no paint')
  refusedFor(check, stripped, ['provenance-missing'])
  return undefined
})

await t.test('one attestation of the two is stripped: publish only, provenance only, none', async (check) => {
  const world = await scene(check)
  const { attestations } = await world.release('paint', '2.0.0')
  const [publish, provenance] = attestations?.attestations ?? []
  if (publish === undefined || provenance === undefined || attestations === null) return check.fail('two entries')
  const paint = world.sandbox.published('paint', '2.0.0')
  if (paint === undefined) return check.fail('not published')
  await world.lock([paint])
  const serving = async (entries: typeof attestations.attestations): Promise<PackageReport> => {
    world.sandbox.serveAttestations('paint', '2.0.0', { attestations: entries })
    return only(world)
  }
  refusedFor(check, await serving([publish]), ['provenance-missing'], 'publish only')
  refusedFor(check, await serving([provenance]), ['publish-attestation-missing'], 'provenance only')
  refusedFor(check, await serving([]), ['document-empty'], 'an empty list says yes to nobody')
  refusedFor(check, await serving([publish, provenance, provenance]), ['entry-duplicate'], 'one twice')
  check.equal((await serving([publish, provenance])).verdict, 'trusted', 'both')
  return undefined
})

await t.test(
  'a registry swaps a tarball: metadata with another integrity than the one that it signed',
  async (check) => {
    const world = await scene(check)
    const [paint, evil] = [await world.release('paint', '2.0.0'), await world.release('evil', '2.0.0')]
    const swap = (version: { readonly integrity: string }): void =>
      world.sandbox.editManifest('paint', '2.0.0', (manifest) => ({
        ...manifest,
        dist: { ...manifest.dist, integrity: version.integrity },
      }))
    swap(evil)
    // Whoever locked before is told; whoever locks now has the swapped one in the lockfile, too.
    await world.lock([paint])
    refusedFor(check, await only(world), ['lock-integrity-mismatch', 'registry-signature-invalid'])
    await world.lock([{ ...paint, integrity: evil.integrity }])
    refusedFor(check, await only(world), ['subject-digest', 'registry-signature-invalid'])
  },
)

await t.test('an unattested package is swapped: the registry’s signature is all there is', async (check) => {
  const world = await scene(check)
  const quiet = await world.release('left-alone', '1.0.0', { provenance: null })
  await world.lock([quiet])
  await world.run(['init', ...world.trust])
  check.equal((await only(world)).verdict, 'unattested')
  const evil = await world.release('evil', '1.0.0', { provenance: null })
  world.sandbox.editManifest('left-alone', '1.0.0', (manifest) => ({
    ...manifest,
    dist: { ...manifest.dist, integrity: evil.integrity },
  }))
  await world.lock([{ ...quiet, integrity: evil.integrity }])
  refusedFor(check, await only(world), ['registry-signature-invalid'])
  world.sandbox.editManifest('left-alone', '1.0.0', (manifest) => ({
    ...manifest,
    dist: { ...manifest.dist, signatures: [] },
  }))
  refusedFor(check, await only(world), ['registry-signature-missing'], 'and with no signature at all')
})

await t.test('a version without provenance on a line that had it', async (check) => {
  const world = await scene(check)
  const old = await world.release('paint', '2.0.0')
  const stolen = await world.release('paint', '2.0.1', { provenance: null })
  await world.lock([stolen])
  refusedFor(check, await only(world), ['regression-unpinned'], 'without pins, by the registry’s own word')
  await world.lock([old])
  await world.run(['init', ...world.trust])
  await world.lock([stolen])
  refusedFor(check, await only(world), ['provenance-missing'], 'by the pins')
  check.match((await only(world)).findings, [{ wanted: /^provenance of https:\/\/github\.com\/paint\/paint/u }])
  await world.lock([await world.release('paint', '3.0.0', { provenance: null })])
  refusedFor(check, await only(world), ['provenance-missing'], 'a new line inherits the debt')
  // A registry that hides the old versions changes nothing about the pins.
  world.sandbox.unpublish('paint', '2.0.0')
  refusedFor(check, await only(world), ['provenance-missing'])
})

await t.test('a registry with a Sigstore and keys of its own', async (check) => {
  const world = await scene(check)
  const stranger = await scene(check, 'stranger')
  const { name, version, integrity } = await stranger.release('paint', '2.0.0')
  await world.lock([{ name, version, fields: { version, integrity } }])
  const ours = ['--registry', stranger.sandbox.registryUrl, ...world.trust.slice(2)]
  const { status, stdout } = await world.run(['verify', '--json', ...ours])
  check.equal(status, 1)
  const [paint] = (JSON.parse(stdout) as Report).packages
  check.equal(paint?.verdict, 'refused')
  check.equal(paint?.identity, null)
  check.strictSame(paint?.evidence, [])
  // Its own trust material makes it trusted: it is the root that is missing, nothing else.
  const own = stranger.trust
  check.equal((await world.run(['verify', ...own])).status, 0)
})

await t.test('a pinned package shows a valid provenance of another repository', async (check) => {
  const world = await scene(check)
  await world.lock([await world.release('paint', '2.0.0')])
  await world.run(['init', ...world.trust])
  await world.lock([await world.release('paint', '2.0.1', { provenance: { repository: 'evil/paint' } })])
  const item = await only(world)
  refusedFor(check, item, ['identity-changed'])
  check.equal(item.pin, 'unrecorded')
  check.equal(item.identity?.repository, 'https://github.com/evil/paint')
  // Adopting again does not accept it.
  const before = await world.read('bonafide.lock')
  refusedFor(check, await only(world, ['init']), ['identity-changed'])
  check.equal(await world.read('bonafide.lock'), before)
})

await t.test('a provenance whose predicate tells another story than its certificate', async (check) => {
  const world = await scene(check)
  await world.lock([
    await world.release('paint', '2.0.0', { provenance: { repository: 'paint/paint', editPredicate } }),
  ])
  refusedFor(check, await only(world), ['predicate-mismatch'])
})

await t.test('a withdrawn version is replayed by an old lockfile', async (check) => {
  const world = await scene(check)
  await world.lock([await world.release('paint', '2.0.0')])
  check.equal((await only(world)).verdict, 'trusted')
  world.sandbox.unpublish('paint', '2.0.0')
  const item = await only(world)
  check.equal(item.verdict, 'refused', 'although the cache still holds its evidence')
  check.match(item.findings, [{ code: 'version-withdrawn' }])
})

await t.test('the project’s own .npmrc redirects neither credentials nor trust', async (check) => {
  const world = await scene(check)
  const stranger = await scene(check, 'stranger')
  const { host } = new URL(stranger.sandbox.registryUrl)
  await world.lock([await world.release('paint', '2.0.0')])
  await stranger.release('paint', '2.0.0')
  const before = await report(world)
  const own = new URL(world.sandbox.registryUrl).host
  await writeFile(join(world.root, 'home', '.npmrc'), `//${own}/:_authToken=mine\n`)
  await world.write(
    '.npmrc',
    // oxlint-disable no-template-curly-in-string -- npm's way of writing variables
    [
      `registry=${stranger.sandbox.registryUrl}`,
      `//${host}/:_authToken=\${NPM_TOKEN}`,
      `//${host}/:tokenHelper=/bin/sh`,
      `userconfig=${join(world.project, 'evil.npmrc')}`,
      'cafile=evil.pem',
      'strict-ssl=false',
      `https-proxy=${stranger.sandbox.registryUrl}`,
      `proxy=${stranger.sandbox.registryUrl}`,
      '',
    ].join('\n'),
    // oxlint-enable no-template-curly-in-string
  )
  await world.write('evil.npmrc', `//${host}/:_authToken=\${NPM_TOKEN}\nproxy=${stranger.sandbox.registryUrl}\n`)
  const { stdout } = await world.run(['verify', '--json', ...world.trust], { NPM_TOKEN: 'stolen' })
  const after = JSON.parse(stdout) as Report
  check.strictSame(stranger.sandbox.requests, [], 'nobody was asked who was not to be asked')
  check.strictSame({ ...after, now: '', notes: [] }, { ...before, now: '', notes: [] }, 'and the report is the same')
  check.notMatch(stdout, /stolen|mine/u, 'no credentials in a report')
  const tokens = new Set(world.sandbox.requests.map(({ headers }) => headers.authorization))
  check.ok(tokens.has('Bearer mine'), 'the user’s own configuration holds')
  check.notOk(tokens.has('Bearer stolen'))
  check.ok(after.notes.some((note) => note.code === 'setting-ignored' && note.key === 'strict-ssl'))
})

await t.test('no environment variable changes whom we trust', async (check) => {
  const world = await scene(check)
  const stranger = await scene(check, 'stranger')
  await world.lock([await world.release('paint', '2.0.0'), await stranger.release('evil', '1.0.0')])
  await world.release('evil', '1.0.0', { provenance: null })
  const before = await report(world)
  const root = join(stranger.root, 'trust', 'trusted_root.json')
  const keys = join(stranger.root, 'trust', 'keys.json')
  const nonsense = {
    BONAFIDE_TRUSTED_ROOT: root,
    BONAFIDE_REGISTRY_KEYS: keys,
    BONAFIDE_POLICY: 'x',
    BONAFIDE_REGISTRY: stranger.sandbox.registryUrl,
    BONAFIDE_OFFLINE: '1',
    SIGSTORE_ROOT_FILE: root,
    SIGSTORE_TRUSTED_ROOT: root,
    SIGSTORE_REKOR_PUBLIC_KEY: 'x',
    SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: 'x',
    SIGSTORE_NO_CACHE: 'true',
    TUF_ROOT: stranger.root,
    TUF_ROOT_JSON: root,
    TUF_MIRROR: stranger.sandbox.tufUrl,
    NODE_ENV: 'test',
    DEBUG: '*',
  }
  const { stdout } = await world.run(['verify', '--json', ...world.trust], nonsense)
  check.strictSame({ ...(JSON.parse(stdout) as Report), now: '' }, { ...before, now: '' })
  check.strictSame(stranger.sandbox.requests, [])
})
