// SPDX-License-Identifier: Apache-2.0
// Whoever can write the cache folder, as a job can whose cache another job restores, gets nothing through that was refused before.
import { hash } from 'node:crypto'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import type { Report } from '@bonafide/verify'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const DAY = 86_400_000
const NONE = { provenance: null }

interface Scene {
  readonly world: World
  readonly store: string
  /** `name@version verdict codes` of each package, by asking and then by the cache alone. */
  readonly judge: (...more: readonly string[]) => Promise<Readonly<Record<'online' | 'offline', readonly string[]>>>
  /** Rewrites what is cached: content, index, and the metadata of the entry as it was. */
  readonly poison: (isMeant: (key: string) => boolean, edit: (text: string) => string) => Promise<void>
}

const verdictsOf = ({ packages }: Report): readonly string[] =>
  packages.map(({ name, version, verdict, findings }) =>
    [`${name}@${version}`, verdict, ...new Set(findings.map(({ code }) => code))].join(' '),
  )

async function scene(check: Test): Promise<Scene> {
  const world = await startWorld('poisoned-cache')
  check.teardown(() => world.close())
  world.sandbox.clock.set(new Date())
  const store = join(world.root, 'cache', 'bonafide', 'documents', 'documents')
  const run = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await world.run(['verify', '--json', ...words, ...world.trust])
    return verdictsOf(JSON.parse(stdout) as Report)
  }
  return {
    world,
    store,
    async judge(...more) {
      // By the cache first: asking mends it.
      const offline = await run('--offline', ...more)
      return { offline, online: await run(...more) }
    },
    async poison(isMeant, edit) {
      let count = 0
      for (const file of await filesIn(store)) {
        const bytes = await readFile(file)
        const end = bytes.indexOf('\n')
        const head = JSON.parse(bytes.toString('utf8', 0, end)) as { key: string; sha512: string }
        if (!isMeant(head.key)) continue
        const text = bytes.toString('utf8', end + 1)
        const edited = edit(text)
        if (edited === text) throw new Error(`${head.key}: the edit changes nothing`)
        // All that the file says of itself holds; what the attacker cannot make stays as it was.
        await writeFile(file, `${JSON.stringify({ ...head, sha512: hash('sha512', edited, 'base64') })}\n${edited}`)
        count += 1
      }
      if (count === 0) throw new Error('nothing to poison')
    },
  }
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

const holds = async (file: string, integrity: string): Promise<boolean> =>
  `sha512-${hash('sha512', await readFile(file), 'base64')}` === integrity

const isMetadata = (key: string): boolean => key.includes('|packument|')
const isOf = (name: string) => (key: string) => key.includes(`|attestations|${name}@`)
const backdate = (text: string): string => text.replaceAll(/"20\d\d-[\d-]+T[\d:.]+Z"/gu, '"2020-01-01T00:00:00.000Z"')

await t.test('times that make a young version old', async (check) => {
  const { world, judge, poison } = await scene(check)
  world.sandbox.clock.advance(-40 * DAY)
  await world.lock([await world.release('plain', '1.0.0', NONE)])
  world.sandbox.clock.advance(40 * DAY)
  await world.run(['init', ...world.trust])
  await world.lock([await world.release('plain', '1.0.1', NONE)])
  const before = await judge()
  check.strictSame(before.online, ['plain@1.0.1 refused cooldown'])
  check.strictSame((await judge()).offline, ['plain@1.0.1 refused cooldown'])
  await poison(isMetadata, backdate)
  const { offline, online } = await judge()
  check.strictSame(offline, ['plain@1.0.1 undecided offline-not-cached'])
  check.strictSame(online, ['plain@1.0.1 refused cooldown'])
  check.strictSame((await judge()).offline, ['plain@1.0.1 refused cooldown'], 'asking has mended it')
})

await t.test('a past in which nothing was attested, and no script was new', async (check) => {
  const { world, judge, poison } = await scene(check)
  world.sandbox.clock.advance(-60 * DAY)
  await world.release('paint', '1.0.0')
  await world.release('tool', '1.0.0')
  world.sandbox.clock.advance(20 * DAY)
  const scripts = { postinstall: 'node steal.js' }
  const locked = [
    await world.release('paint', '1.0.1', NONE),
    await world.release('tool', '1.0.1', { manifest: { scripts } }),
  ]
  world.sandbox.clock.advance(40 * DAY)
  await world.lock(locked)
  await judge()
  const honest = await judge()
  check.match(honest.online, [/^paint@1\.0\.1 refused .*/u, /^tool@1\.0\.1 refused install-script-added/u])
  check.strictSame(honest.offline, honest.online)
  await poison(isMetadata, (text) => {
    const document = JSON.parse(text) as {
      versions: Record<string, Record<string, unknown> & { dist: Record<string, unknown> }>
    }
    for (const version of Object.values(document.versions)) {
      delete version.dist['attestations']
      delete version['scripts']
      delete version['hasInstallScript']
    }
    return JSON.stringify(document)
  })
  const { offline, online } = await judge()
  check.strictSame(online, honest.online)
  for (const line of offline) check.match(line, /^\S+ (?:refused|undecided) /u)
})

await t.test('the attestations of another version, and none at all', async (check) => {
  const { world, judge, poison } = await scene(check)
  world.sandbox.clock.advance(-40 * DAY)
  const [good, stolen] = [
    await world.release('paint', '1.0.0'),
    await world.release('brush', '1.0.0', { provenance: { repository: 'evil/brush' } }),
  ]
  world.sandbox.clock.advance(40 * DAY)
  await world.lock([good, stolen])
  await world.write('bonafide.json', '{ "version": 1 }\n')
  const honest = await judge()
  check.match(honest.online[1], /^paint@1\.0\.0 trusted/u)
  let paint = ''
  await poison(isOf('paint'), (text) => {
    paint = text
    return '{"attestations":[]}'
  })
  await poison(isOf('brush'), () => paint)
  const { offline, online } = await judge()
  check.match(offline, [/^brush@1\.0\.0 refused subject/u, /^paint@1\.0\.0 refused document-empty/u])
  check.strictSame(online, honest.online, 'what does not convince is asked for again')
})

await t.test('a registry that is said to sign', async (check) => {
  const { world, judge, poison } = await scene(check)
  world.sandbox.clock.advance(-40 * DAY)
  await world.lock([await world.release('plain', '1.0.0', NONE)])
  world.sandbox.clock.advance(40 * DAY)
  await world.run(['init', ...world.trust])
  // A mirror that signs nothing: its "there is none" says nothing of a version.
  world.sandbox.fault({ service: 'registry', path: '/-/npm/v1/keys' }, { kind: 'edit', edit: () => '{"keys":[]}' })
  const honest = await judge()
  check.strictSame(honest.online, ['plain@1.0.0 undecided registry-serves-no-attestations'])
  await poison(
    (key) => key.endsWith('|keys'),
    () => '{"keys":[{}]}',
  )
  const { offline, online } = await judge()
  check.strictSame(online, honest.online)
  check.match(offline[0], /^plain@1\.0\.0 undecided /u)
})

await t.test('the tarball of another version under the name of the one that was looked into', async (check) => {
  const { world, judge } = await scene(check)
  const tarballs = join(world.root, 'cache', 'bonafide', 'documents', 'tarballs')
  world.sandbox.clock.advance(-40 * DAY)
  // Its tarball says that something is run, its metadata does not.
  const liar = await world.release('liar', '1.0.0', {
    manifest: { scripts: { postinstall: 'node steal.js' } },
    served: {},
  } as never)
  const good = await world.release('paint', '1.0.0')
  world.sandbox.clock.advance(40 * DAY)
  await world.lock([liar, good])
  const honest = await judge('--tarballs')
  const files = await filesIn(tarballs)
  check.equal(files.length, 2)
  const [first = '', second = ''] = files
  const [from, to] = (await holds(first, good.integrity)) ? [first, second] : [second, first]
  check.ok(await holds(to, liar.integrity))
  await writeFile(to, await readFile(from))
  const { offline, online } = await judge('--tarballs')
  check.strictSame(online, honest.online)
  check.match(offline[0], /^liar@1\.0\.0 (?:refused|undecided) .*tarball-unavailable/u)
})
