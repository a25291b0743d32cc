// SPDX-License-Identifier: Apache-2.0
// What tells this machine's own cached metadata from what somebody else put into the folder.
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { bareNpmSettings, createRegistryClient, defaultStateFolder, openCacheSeal } from '@bonafide/registry'
import type { RegistryClient } from '@bonafide/registry'
import { packumentOf, sendJson, startStub } from './stub-server.ts'

const folderOn = (platform: NodeJS.Platform, env = {}): string =>
  defaultStateFolder({ platform, env, homeDir: '/home/me' })

await t.test('a seal holds for exactly what it was made for, by the key of the folder', async (check) => {
  const root = check.testdir()
  const folder = join(root, 'state')
  const seal = openCacheSeal(folder)
  const made = await seal.make(['key', '"etag"', 'digest'])
  check.ok(await seal.holds(['key', '"etag"', 'digest'], made))
  check.ok(await openCacheSeal(folder).holds(['key', '"etag"', 'digest'], made), 'in the next run too')
  for (const parts of [
    ['key', '"etag"', 'other'],
    ['key', null, 'digest'],
    ['other', '"etag"', 'digest'],
    ['key"etag"', 'digest'],
    [],
  ])
    check.notOk(await seal.holds(parts, made))
  for (const other of [undefined, null, '', 1, [made], `${made}=`, made.slice(1), made.toLowerCase()])
    check.notOk(await seal.holds(['key', '"etag"', 'digest'], other))
  check.notOk(await openCacheSeal(join(root, 'elsewhere')).holds(['key', '"etag"', 'digest'], made))
  const key = join(folder, 'cache-key')
  check.equal((await stat(key)).mode & 0o777, 0o600, 'nobody else reads it')
  check.equal((await readFile(key)).length, 32)
})

await t.test('a key that is cut, missing its folder or unreadable lasts for one run', async (check) => {
  const folder = check.testdir({ 'cache-key': 'short', file: '' })
  for (const place of [folder, join(folder, 'file')]) {
    const seal = openCacheSeal(place)
    const made = await seal.make(['a'])
    check.ok(await seal.holds(['a'], made))
    check.notOk(await openCacheSeal(place).holds(['a'], made), 'and nothing is believed in the next')
  }
  await writeFile(join(folder, 'cache-key'), Buffer.alloc(32))
  await chmod(join(folder, 'cache-key'), 0o600)
  check.ok(await openCacheSeal(folder).holds(['a'], await openCacheSeal(folder).make(['a'])))
})

await t.test(
  'metadata of another machine is fetched whole, and off line is not there; attestations serve',
  async (check) => {
    const server = await startStub()
    check.teardown(() => server.close())
    server.on('/-/npm/v1/attestations/a@1.0.0', (_, response) => sendJson(response, { attestations: [] }))
    server.on('/a', (request, response) => {
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end()
      else sendJson(response, packumentOf('a'), { etag: '"1"' })
    })
    const asked = (): readonly (string | undefined)[] =>
      server.seen.filter(({ path }) => path === '/a').map(({ headers }) => headers['if-none-match'])
    const folder = check.testdir()
    const cacheDir = join(folder, 'cache')
    const client = (machine: string, offline = false): RegistryClient =>
      createRegistryClient(bareNpmSettings(), {
        registry: server.url,
        cacheDir,
        offline,
        seal: openCacheSeal(join(folder, machine)),
      })
    await client('one').fetchPackument('a', 'full')
    await client('one').fetchAttestations('a', '1.0.0')
    check.match(await client('one').fetchPackument('a', 'full'), { source: 'cache' })
    check.strictSame(asked(), [undefined, '"1"'], 'revalidated by whom it is')
    check.match(await client('two', true).fetchPackument('a', 'full'), { kind: 'not-cached' })
    check.match(await client('two', true).fetchAttestations('a', '1.0.0'), { kind: 'found', source: 'cache' })
    check.match(await client('two').fetchPackument('a', 'full'), { source: 'network' })
    check.strictSame(asked(), [undefined, '"1"', undefined], 'and asked for whole')
    check.match(await client('two', true).fetchPackument('a', 'full'), { kind: 'found', source: 'cache' })
  },
)

await t.test('the key lies where the system keeps state, and never in the cache', (check) => {
  check.equal(folderOn('linux'), '/home/me/.local/state/bonafide')
  check.equal(folderOn('linux', { XDG_STATE_HOME: '/state' }), '/state/bonafide')
  check.equal(folderOn('linux', { XDG_STATE_HOME: 'state' }), '/home/me/.local/state/bonafide')
  check.match(folderOn('darwin'), /Application Support/u)
  check.match(folderOn('win32', { LOCALAPPDATA: '/local' }), /State$/u)
  check.end()
})
