// SPDX-License-Identifier: Apache-2.0
// Ways around a verifier that are tried end to end here; docs/bypasses.md says for each known one which test closes it.
import { readFile, readdir } from 'node:fs/promises'
import t from 'tap'
import type { Test } from 'tap'
import type { PackageReport, Report } from '@bonafide/verify'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const root = new URL('../../', import.meta.url)

async function scene(check: Test): Promise<World> {
  const world = await startWorld('bypasses')
  check.teardown(() => world.close())
  return world
}

async function only(world: World, command = 'verify'): Promise<PackageReport> {
  const { stdout } = await world.run([command, '--json', ...world.trust])
  const [item] = (JSON.parse(stdout) as Report).packages
  if (item === undefined) throw new Error('the report is empty')
  return item
}

function codesOf({ findings }: PackageReport): readonly string[] {
  return findings.filter(({ level }) => level === 'refuse').map(({ code }) => code)
}

await t.test(
  'a token that was carried off the runner: the flag of a trusted publisher, and no provenance',
  async (check) => {
    const world = await scene(check)
    const trustedPublisher = { id: 'github', oidcConfigId: 'oidc:1' }
    const publisher = { name: 'GitHub Actions', email: 'oidc@sandbox.test', trustedPublisher }
    await world.lock([await world.release('paint', '2.0.1', { provenance: null, publisher })])
    check.strictSame(codesOf(await only(world)), ['provenance-missing'])
  },
)

await t.test('metadata points to attestations that are not there, or are some other text', async (check) => {
  const world = await scene(check)
  await world.lock([await world.release('paint', '2.0.0'), await world.release('brush', '1.0.0')])
  world.sandbox.serveAttestations('brush', '1.0.0', null)
  check.strictSame(codesOf(await only(world)), ['attestations-withheld'])
  world.sandbox.serveAttestations('brush', '1.0.0', '{"attestations":[{"bundle":"trust me"}]}')
  check.strictSame(codesOf(await only(world)), ['document-malformed'])
})

await t.test('package.json names somebody’s repository: nobody’s word is shown as an origin', async (check) => {
  const world = await scene(check)
  const manifest = { repository: { type: 'git', url: 'git+https://github.com/famous/paint.git' } }
  await world.lock([await world.release('paint', '2.0.0', { provenance: null, manifest })])
  const quiet = await only(world)
  check.equal(quiet.identity, null)
  check.notMatch(JSON.stringify(quiet), /famous/u)
  const { stdout } = await world.run(['explain', 'paint@2.0.0', ...world.trust])
  check.notMatch(stdout, /famous/u)
  await world.lock([await world.release('brush', '2.0.0', { manifest })])
  check.equal(
    (await only(world)).identity?.repository,
    'https://github.com/brush/brush',
    'the certificate’s, where there is one',
  )
})

await t.test('the payload sits in an install script: nothing has to be installed or run to find out', async (check) => {
  const world = await scene(check)
  const scripts = { preinstall: "node -e \"require('fs').writeFileSync('owned', '')\"" }
  await world.lock([await world.release('paint', '2.0.1', { provenance: null, manifest: { scripts } })])
  const before = await world.snapshot()
  check.equal((await only(world)).verdict, 'refused')
  check.strictSame(await world.snapshot(), before)
  check.notOk((await readdir(world.project)).includes('owned'))
  check.notOk(
    world.sandbox.requests.some(({ path }) => path.endsWith('.tgz')),
    'not one tarball was asked for',
  )
})

await t.test('a dist-tag is moved to another version after the lockfile was written', async (check) => {
  const world = await scene(check)
  await world.lock([await world.release('paint', '2.0.0')])
  await only(world, 'init')
  await world.release('paint', '2.0.1', { provenance: { repository: 'evil/paint' }, tag: 'latest' })
  const item = await only(world)
  check.strictSame([item.version, item.verdict, item.pin], ['2.0.0', 'trusted', 'matched'])
})

await t.test('a version is replaced under its number: what is bound is the bytes', async (check) => {
  const world = await scene(check)
  const paint = await world.release('paint', '2.0.0', { provenance: null })
  const evil = await world.release('evil', '2.0.0', { provenance: null })
  await world.lock([paint])
  await only(world, 'init')
  world.sandbox.serveTarball('paint', '2.0.0', evil.tarball)
  world.sandbox.editManifest('paint', '2.0.0', (manifest) => ({
    ...manifest,
    dist: { ...manifest.dist, integrity: evil.integrity },
  }))
  check.match(codesOf(await only(world)), ['lock-integrity-mismatch', 'registry-signature-invalid'])
})

await t.test(
  'docs/bypasses.md names a test for each known bypass, or SECURITY.md says that it is open',
  async (check) => {
    const text = await readFile(new URL('docs/bypasses.md', root), 'utf8')
    const security = await readFile(new URL('SECURITY.md', root), 'utf8')
    const rows = [...text.matchAll(/^\| (B\d+) \| [^|]+ \| ([^|]+) \|$/gmu)].map(([, id = '', how = '']) => ({
      id,
      how,
    }))
    check.strictSame(
      rows.map(({ id }) => id),
      Array.from({ length: 31 }, (_, index) => `B${index + 1}`),
    )
    for (const { id, how } of rows) {
      const named = [...how.matchAll(/`(test\/[^`]+)`: “([^”]+)”/gu)]
      for (const [, file = '', title = ''] of named) {
        const source = await readFile(new URL(file, root), 'utf8').catch(() => '')
        check.ok(source.includes(title), `${id}: ${file} has a test “${title}”`)
      }
      const isOpen = how.includes('**open')
      check.ok(named.length > 0 || isOpen, `${id} is closed by a test, or open`)
      check.equal(new RegExp(`\\b${id}\\b`, 'u').test(security), isOpen, `${id} stands in SECURITY.md where it is open`)
    }
  },
)
