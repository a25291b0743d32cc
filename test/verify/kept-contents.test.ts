// SPDX-License-Identifier: Apache-2.0
// What an earlier run saw in a tarball saves the looking, and nothing else: whoever writes the cache folder gets nothing through.
import { hash } from 'node:crypto'
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { toSha512 } from '@bonafide/core'
import { openCacheSeal } from '@bonafide/registry'
import type { Report } from '@bonafide/verify'
import type * as contentsModule from '../../packages/verify/src/tarball-contents.ts'
import type * as keptModule from '../../packages/verify/src/kept-contents.ts'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { archive } from './tar-archive.ts'

const folder = '../../packages/verify/src'
const { READER, readTarballContents } = (await import(`${folder}/tarball-contents.ts`)) as typeof contentsModule
const { openKeptContents } = (await import(`${folder}/kept-contents.ts`)) as typeof keptModule

const DAY = 86_400_000

async function filesIn(place: string): Promise<readonly string[]> {
  const entries = await readdir(place, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function* pieces(bytes: Buffer): AsyncIterable<Buffer> {
  yield bytes
}

const digestOf = (text: string) => toSha512(Buffer.from(hash('sha512', text, 'base64'), 'base64'))
const [PAINT, EVIL] = [digestOf('paint'), digestOf('evil')]

async function seen(manifest: string) {
  return readTarballContents(pieces(archive([{ path: 'package/package.json', body: manifest }])))
}

const reader = async (): Promise<string> => {
  const files = ['verify/src/tarball-contents.ts', 'core/src/json.ts', 'verify/package.json']
  const [contents, json, manifest] = await Promise.all(
    files.map((file) => readFile(new URL(`../../packages/${file}`, import.meta.url), 'utf8')),
  )
  const { dependencies } = JSON.parse(manifest ?? '') as { readonly dependencies: { readonly tar: string } }
  return hash('sha256', [contents, json, dependencies.tar].join('\n'), 'hex').slice(0, 16)
}

await t.test('a reader that changed does not go by what another one saw', async (check) => {
  // Does what is seen in a tarball change with your change? Then raise READER, and in any case put the new digest here.
  check.strictSame([READER, await reader()], [1, 'aceda4c940ec00ce'])
})

await t.test(
  'what is kept is what was seen, and is believed for these bytes, of this machine and this reader',
  async (check) => {
    const root = check.testdir()
    const store = join(root, 'cache')
    const seal = openCacheSeal(join(root, 'state'))
    const kept = openKeptContents(store, seal)
    const honest = await seen('{"name":"paint","version":"1.0.0","__proto__":{"scripts":{}},"constructor":"\\ud800"}')
    const evil = await seen('{"name":"evil","version":"1.0.0","scripts":{"install":"node steal.js"}}')
    check.equal(await kept.get(PAINT), null)
    await kept.put(PAINT, honest)
    await kept.put(EVIL, evil)
    check.strictSame(await kept.get(PAINT), honest)
    check.equal(Object.getPrototypeOf((await kept.get(PAINT))?.root.manifest), null, 'an outside key is just a key')
    check.equal(await openKeptContents(store, seal).get(EVIL), null, 'on disk only once closed')
    await kept.close()
    const reopened = () => openKeptContents(store, seal)
    check.strictSame([await reopened().get(PAINT), await reopened().get(EVIL)], [honest, evil])
    check.equal(await openKeptContents(store, seal, READER + 1).get(EVIL), null, 'another reader')
    check.equal(await openKeptContents(store, openCacheSeal(join(root, 'other'))).get(EVIL), null, 'another machine')
    // The honest package's file in the place of the other one, as it is and with the key rewritten.
    const files = await filesIn(join(store, 'documents'))
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
    const [from, to] = [texts.findIndex((text) => text.includes(PAINT)), texts.findIndex((text) => text.includes(EVIL))]
    check.not(from, to, 'a file each')
    const keyOf = (at: number) => (JSON.parse(texts[at]?.split('\n')[0] ?? '') as { readonly key: string }).key
    const moved = texts[from]?.replaceAll(PAINT, EVIL)
    for (const text of [texts[from], moved, moved?.replace(keyOf(from), keyOf(to))]) {
      await writeFile(files[to] ?? '', text ?? '')
      check.equal(await reopened().get(EVIL), null, 'another tarball')
    }
    const again = reopened()
    await again.put(EVIL, evil)
    await again.close()
    check.strictSame([await reopened().get(EVIL), await reopened().get(PAINT)], [evil, honest], 'made anew')
  },
)

await t.test(
  'many tarballs in one file are each found, and the oldest go where it has grown too large',
  async (check) => {
    const root = check.testdir()
    const [store, seal] = [join(root, 'cache'), openCacheSeal(join(root, 'state'))]
    const all = Array.from({ length: 1200 }, (_, index) => ({
      integrity: digestOf(`package ${index}`),
      manifest: JSON.stringify({ name: `package-${index}`, description: 'x'.repeat(index % 3 === 0 ? 200_000 : 20) }),
    }))
    const kept = openKeptContents(store, seal)
    for (const { integrity, manifest } of all) await kept.put(integrity, await seen(manifest))
    await kept.close()
    check.ok((await filesIn(join(store, 'documents'))).length <= 256)
    for (const file of await filesIn(join(store, 'documents'))) check.ok((await stat(file)).size < 600_000)
    const found = await Promise.all(all.map(({ integrity }) => openKeptContents(store, seal).get(integrity)))
    const wrong = found.filter((contents, index) => contents && contents.root.manifest?.['name'] !== `package-${index}`)
    check.strictSame(wrong, [])
    check.ok(found.filter(Boolean).length > 800, 'most are small')
    check.ok(
      found.some((contents) => contents === null),
      'some gave way',
    )
    check.ok(found.at(-1), 'and not the newest')
  },
)

await t.test('what would not be read as it was seen is not kept', async (check) => {
  const root = check.testdir()
  const kept = openKeptContents(join(root, 'cache'), openCacheSeal(join(root, 'state')))
  // Written as null, it would give way to the other spelling.
  await kept.put(PAINT, await seen('{"bundleDependencies":1e999,"bundledDependencies":["evil"]}'))
  await kept.put(EVIL, await seen(JSON.stringify({ description: 'x'.repeat(300_000) })))
  check.strictSame([await kept.get(PAINT), await kept.get(EVIL)], [null, null])
})

interface Scene {
  readonly world: World
  readonly store: string
  readonly judge: (...more: readonly string[]) => Promise<readonly string[]>
}

async function scene(check: Test): Promise<Scene> {
  const world = await startWorld('kept-contents')
  check.teardown(() => world.close())
  await world.release('paint', '1.0.0')
  world.sandbox.clock.advance(60 * DAY)
  const evil = await world.release('paint', '1.1.0', { files: { 'binding.gyp': '{}' } })
  world.sandbox.editManifest('paint', '1.1.0', (manifest) => ({ ...manifest, scripts: undefined, gypfile: undefined }))
  await world.lock([evil, await world.release('brush', '1.0.0')])
  const cache = join(world.root, 'cache', 'bonafide')
  return {
    world,
    store: join(cache, 'contents', 'documents'),
    async judge(...more) {
      const { stdout } = await world.run(['verify', '--json', '--tarballs', ...more, ...world.trust])
      const { packages } = JSON.parse(stdout) as Report
      return packages.map(({ name, verdict, findings }) =>
        [name, verdict, ...findings.map(({ code }) => code)].join(' '),
      )
    },
  }
}

const REFUSED = ['brush trusted', 'paint refused install-script-added']

await t.test('an attack in a tarball is refused by what is kept too, and off line', async (check) => {
  const { world, store, judge } = await scene(check)
  check.strictSame(await judge(), REFUSED)
  check.equal((await filesIn(store)).length, 3, 'of both, and of the version that is offered')
  check.strictSame(await judge(), REFUSED)
  check.strictSame(await judge('--offline'), REFUSED)
  // The bytes are hashed all the same: facts about a tarball that is not there stand for nothing.
  const tarballs = join(world.root, 'cache', 'bonafide', 'documents', 'tarballs')
  for (const file of await filesIn(tarballs)) await writeFile(file, 'other bytes')
  check.strictSame(await judge('--offline'), [
    'brush undecided tarball-unavailable',
    'paint undecided tarball-unavailable',
  ])
  check.strictSame(await judge(), REFUSED, 'fetched anew')
})

await t.test('facts that somebody put into the cache hide nothing', async (check) => {
  const { world, store, judge } = await scene(check)
  check.strictSame(await judge(), REFUSED)
  let count = 0
  for (const file of await filesIn(store)) {
    const text = await readFile(file, 'utf8')
    const [first, body] = [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n') + 1)]
    const edited = body.replace('"hasBindingGyp":true', '"hasBindingGyp":false')
    if (edited !== body) count += 1
    // All that the file says of itself holds; what the attacker cannot make stays as it was.
    const head = { ...(JSON.parse(first) as object), sha512: hash('sha512', edited, 'base64') }
    await writeFile(file, `${JSON.stringify(head)}\n${edited}`)
  }
  check.equal(count, 1)
  check.strictSame(await judge('--offline'), REFUSED)
  check.strictSame(await judge(), REFUSED)
  // A whole cache of another machine, on which everything was judged in the same way.
  await rm(join(world.root, 'home', '.local'), { recursive: true, force: true })
  check.strictSame(await judge(), REFUSED)
})
