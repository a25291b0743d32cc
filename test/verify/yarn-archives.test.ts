// SPDX-License-Identifier: Apache-2.0
// Zero-installs: archives in the repository, which the real Yarn 4 unpacks without asking a registry.
import { createHash } from 'node:crypto'
import { access, cp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import type { Report } from '@bonafide/verify'
import t from 'tap'
import { missing, openWorkbench } from '../support/clients.ts'
import type { Ended } from '../support/clients.ts'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { zipOf } from './zip-archive.ts'
import type { ZipPart } from './zip-archive.ts'

const ZERO_INSTALL = {
  YARN_ENABLE_GLOBAL_CACHE: 'false',
  YARN_CACHE_FOLDER: './.yarn/cache',
  YARN_NPM_MINIMAL_AGE_GATE: '0',
}
const FILES = { 'index.js': 'module.exports = 1\n', 'bin/run.sh': '#!/bin/sh\n' }
const FUEL = { ...FILES, 'lib/grüße.js': 'module.exports = 2\n', 'lib/empty.js': '' }

const world = await startWorld('yarn-archives')
await world.release('@acme/fuel', '2.1.0', { files: FUEL })
await world.release('rocket', '1.0.0', { files: FILES, manifest: { dependencies: { '@acme/fuel': '^2.0.0' } } })
const { token } = world.sandbox.accounts.createToken()
const workbench = await openWorkbench(world.sandbox.registryUrl, token)
t.teardown(() => Promise.all([world.close(), workbench.close()]))

const honest = { manifest: '', archive: Buffer.alloc(0) }
const cache = join(world.project, '.yarn/cache')
const kept = join(world.root, 'kept')

const yarn = (...args: readonly string[]): Promise<Ended> => workbench.run('yarn', world.project, args, ZERO_INSTALL)

const verify = async (at: World, ...words: readonly string[]): Promise<Report> =>
  JSON.parse((await at.run(['verify', ...at.trust, '--json', ...words])).stdout) as Report

const archiveOf = async (start: string): Promise<string> => {
  const name = (await readdir(cache)).find((file) => file.startsWith(start))
  if (name === undefined) throw new Error(`no archive of ${start}`)
  return join(cache, name)
}

const sha512 = (bytes: Buffer): string => createHash('sha512').update(bytes).digest('hex')

// What somebody does who can open a pull request: an archive of one's own, under its own checksum.
const swap = async (start: string, bytes: Buffer): Promise<void> => {
  const old = await archiveOf(start)
  const before = sha512(await readFile(old))
  const after = sha512(bytes)
  await writeFile(old, bytes)
  await rename(old, old.replace(before.slice(0, 10), after.slice(0, 10)))
  const lock = await world.read('yarn.lock')
  if (!lock.includes(before)) throw new Error('the lockfile has another checksum')
  await world.write('yarn.lock', lock.replace(before, after))
}

// The project as the honest install left it.
const restore = async (): Promise<void> => {
  await rm(world.project, { recursive: true, force: true })
  await cp(kept, world.project, { recursive: true })
}

const file = (path: string, text: string, more: Partial<ZipPart> = {}): ZipPart => ({
  name: `node_modules/rocket/${path}`,
  content: Buffer.from(text),
  ...more,
})

await t.test('zero-installs', { skip: missing('yarn') }, async (suite) => {
  await world.write(
    'package.json',
    JSON.stringify({ name: 'shop', version: '1.0.0', dependencies: { rocket: '^1.0.0' } }),
  )
  await suite.test('the honest archives of Yarn 4 hold what was verified', async (check) => {
    const ended = await yarn('install', '--no-immutable')
    check.equal(ended.code, 0, ended.stdout)
    honest.manifest = await readFile(join(world.project, 'node_modules/rocket/package.json'), 'utf8')
    honest.archive = await readFile(await archiveOf('rocket-npm'))
    await rm(join(world.project, 'node_modules'), { recursive: true, force: true })
    await cp(world.project, kept, { recursive: true })
    const report = await verify(world, '--tarballs')
    check.match(report, { verdict: 'satisfied', counts: { trusted: 2 } })
    check.strictSame(
      report.packages.flatMap(({ findings }) => findings),
      [],
    )
    check.notOk(report.notes.some(({ code }) => code === 'archives-unchecked'))
    const partly = await verify(world)
    check.match(
      partly.notes.filter(({ code }) => code === 'archives-unchecked'),
      [{ folder: '.yarn/cache', archives: 2 }],
    )
  })

  await suite.test(
    'an archive that was swapped with its checksum is unpacked by Yarn, and refused here',
    async (check) => {
      await restore()
      await swap(
        'rocket-npm',
        zipOf([file('package.json', honest.manifest), file('index.js', 'evil()'), file('marker', 'here')]),
      )
      const seen = world.sandbox.requests.length
      const ended = await yarn('install', '--immutable', '--immutable-cache')
      check.equal(ended.code, 0, 'Yarn is content')
      check.equal(
        await readFile(join(world.project, 'node_modules/rocket/marker'), 'utf8'),
        'here',
        'and it is on disk',
      )
      check.notOk(
        world.sandbox.requests.slice(seen).some(({ path }) => path.endsWith('.tgz')),
        'the registry was not asked for a tarball',
      )
      check.equal((await verify(world)).verdict, 'satisfied', 'the version is honest')
      const report = await verify(world, '--tarballs')
      check.match(report, { verdict: 'refused', counts: { refused: 1, trusted: 1 } })
      const refused = report.packages.find(({ verdict }) => verdict === 'refused')
      check.match(refused, {
        name: 'rocket',
        findings: [
          {
            code: 'archive-mismatch',
            rule: 'lock-mismatch',
            found: /^\.yarn\/cache\/rocket-npm-.*marker is too much/u,
          },
        ],
        locations: [{ file: 'yarn.lock' }],
      })
      const words = ['exempt', 'rocket@1.0.0', '--rule', 'lock-mismatch', '--reason', 'x', '--yes', ...world.trust]
      check.equal((await world.run(words)).status, 2, 'and nothing exempts it')
      const { code } = await yarn('install', '--immutable', '--immutable-cache', '--check-cache')
      check.not(code, 0, 'Yarn sees it too where it is told to fetch everything anew')
    },
  )

  await suite.test('every other way to differ is refused too', async (check) => {
    await restore()
    const all = [
      file('package.json', honest.manifest),
      file('index.js', FILES['index.js']),
      file('bin/run.sh', FILES['bin/run.sh']),
    ]
    const [first, second, third] = all
    if (first === undefined || second === undefined || third === undefined) return
    const end = honest.archive.subarray(-22)
    const cases: [string, Buffer, RegExp | null][] = [
      ['the same files', zipOf(all), null],
      ['the same files, compressed', zipOf(all.map((part) => ({ ...part, isDeflated: true }))), null],
      ['a byte', zipOf([first, file('index.js', 'module.exports = 2\n'), third]), /index\.js has another content/u],
      ['a file less', zipOf([first, second]), /bin\/run\.sh is missing/u],
      ['a file more', zipOf([...all, file('binding.gyp', '{}')]), /binding\.gyp is too much/u],
      ['a program', zipOf([first, { ...second, mode: 0o100755 }, third]), /index\.js is executable/u],
      [
        'a link',
        zipOf([first, { ...second, mode: 0o120777, content: Buffer.from('/etc/passwd') }, third]),
        /index\.js is a link/u,
      ],
      [
        'a program that runs as its owner',
        zipOf([first, { ...second, mode: 0o104755 }, third]),
        /neither file nor link/u,
      ],
      ['a name twice', zipOf([...all, file('index.js', 'evil()')]), /stands twice/u],
      [
        'another package',
        zipOf([...all, { name: 'node_modules/axios/index.js', content: Buffer.from('') }]),
        /outside of/u,
      ],
      ['a climb', zipOf([...all, file('../../x', '')]), /invalid relative path|outside of/u],
      ['a folder elsewhere', zipOf([...all, { name: 'node_modules/axios/', content: Buffer.from('') }]), /outside of/u],
      ['bytes in front', Buffer.concat([Buffer.from('x'), zipOf(all)]), /stand where it should|invalid|holds more/iu],
      ['bytes behind', Buffer.concat([zipOf(all), Buffer.from('x')]), /archive|central|holds more|invalid/iu],
      ['a gap', zipOf([first, { ...second, gap: 8 }, third]), /does not stand where it should/u],
      [
        'two names for one file',
        zipOf([first, { ...second, localName: 'node_modules/rocket/evil.js' }, third]),
        /does not stand/u,
      ],
      ['a comment', zipOf(all, 'hello'), /comment|holds more|archive/iu],
      [
        'an extra field',
        zipOf([first, { ...second, extra: Buffer.from([1, 0, 0, 0]) }, third]),
        /not stored as|does not stand/u,
      ],
      [
        'a second end',
        zipOf([first, { ...second, isDeflated: true, raw: stuffed(FILES['index.js'], end) }, third]),
        /hides the end|holds more|invalid|index\.js/iu,
      ],
      ['no archive', Buffer.from('PK'), /truncated/u],
    ]
    for (const [what, bytes, problem] of cases) {
      await restore()
      await swap('rocket-npm', bytes)
      const report = await verify(world, '--tarballs')
      const findings = report.packages.flatMap((item) => item.findings)
      check.equal(report.verdict, problem === null ? 'satisfied' : 'refused', what)
      if (problem !== null) check.match(findings, [{ code: 'archive-mismatch', found: problem }], what)
    }
  })

  await suite.test('the checksum in yarn.lock is that of the archive', async (check) => {
    await restore()
    const lock = await world.read('yarn.lock')
    const sum = sha512(await readFile(await archiveOf('rocket-npm')))
    await world.write('yarn.lock', lock.replace(sum, `${sum.slice(0, -4)}0000`))
    const report = await verify(world, '--tarballs')
    check.match(report.packages.find(({ name }) => name === 'rocket')?.findings, [
      { code: 'archive-mismatch', found: /its checksum is/u },
    ])
  })

  await suite.test(
    'archives of what no registry has are not called checked; a cache elsewhere is looked into',
    async (check) => {
      await restore()
      await writeFile(join(cache, 'tool-https-0123456789-0123456789.zip'), 'x')
      const report = await verify(world, '--tarballs')
      check.match(
        report.notes.filter(({ code }) => code === 'archives-unchecked'),
        [{ archives: 1 }],
      )
      await rename(cache, join(world.project, 'vendor'))
      await world.write('.yarnrc.yml', 'cacheFolder: "./vendor"\n')
      check.match(
        (await verify(world)).notes.filter(({ code }) => code === 'archives-unchecked'),
        [{ folder: 'vendor', archives: 3 }],
      )
      await rename(join(world.project, 'vendor'), join(world.root, 'elsewhere'))
      await world.write('.yarnrc.yml', 'cacheFolder: ../elsewhere\n')
      await writeFile(
        join(
          world.root,
          'elsewhere',
          (await readdir(join(world.root, 'elsewhere'))).find((name) => name.startsWith('rocket')) ?? '',
        ),
        'x',
      )
      const outside = await verify(world, '--tarballs')
      check.notOk(
        outside.notes.some(({ code }) => code === 'archives-unchecked'),
        'not of the project',
      )
      check.equal(outside.verdict, 'refused')
    },
  )

  await suite.test('nothing is claimed where Yarn has no archive at hand', async (check) => {
    await restore()
    await rm(cache, { recursive: true })
    const report = await verify(world, '--tarballs')
    check.match(report, { verdict: 'satisfied', counts: { trusted: 2 } })
    check.notOk(report.notes.some(({ code }) => code === 'archives-unchecked'))
    await check.rejects(access(cache))
  })

  await suite.test('compressed archives of Yarn hold the same', async (check) => {
    await restore()
    await rm(cache, { recursive: true })
    await rm(join(world.project, 'yarn.lock'))
    const env = { ...ZERO_INSTALL, YARN_COMPRESSION_LEVEL: '9' }
    const ended = await workbench.run('yarn', world.project, ['install', '--no-immutable'], env)
    check.equal(ended.code, 0, ended.stdout)
    check.not(sha512(await readFile(await archiveOf('rocket-npm'))), sha512(honest.archive))
    check.match(await verify(world, '--tarballs'), { verdict: 'satisfied', counts: { trusted: 2 } })
  })

  await suite.test(
    "a loader of Plug'n'Play that was changed is written anew by the install, as the recipe says",
    async (check) => {
      await restore()
      const env = { ...ZERO_INSTALL, YARN_NODE_LINKER: 'pnp' }
      const install = (): Promise<Ended> =>
        workbench.run('yarn', world.project, ['install', '--immutable', '--immutable-cache', '--check-cache'], env)
      check.equal((await install()).code, 0)
      const loader = await world.read('.pnp.cjs')
      await world.write('.pnp.cjs', `evil()\n${loader}`)
      check.equal((await install()).code, 0, 'and Yarn says nothing of it')
      check.equal(await world.read('.pnp.cjs'), loader)
    },
  )

  await suite.test(
    'the recipe: what it tells to run stops a swapped archive, and lets an honest project pass',
    async (check) => {
      const page = await readFile(new URL('../../docs/recipes/yarn-zero-install.md', import.meta.url), 'utf8')
      const commands = [...page.matchAll(/^```sh\n(.*)\n```$/gmu)].map(([, line = '']) => line.split(' '))
      check.strictSame(
        commands.map(([program]) => program),
        ['bonafide', 'yarn'],
      )
      const codes = async (): Promise<readonly unknown[]> => {
        const all: unknown[] = []
        for (const [program, ...words] of commands)
          all.push(
            program === 'yarn' ? (await yarn(...words)).code : (await world.run([...words, ...world.trust])).status,
          )
        return all
      }
      await restore()
      check.strictSame(await codes(), [0, 0])
      await restore()
      await swap('rocket-npm', zipOf([file('package.json', honest.manifest), file('marker', 'here')]))
      check.strictSame(await codes(), [1, 1])
    },
  )
})

// A compressed form of a text that holds other bytes as well: an empty block, then what nobody reads.
function stuffed(text: string, bytes: Buffer): Buffer {
  return Buffer.concat([deflateRawSync(text), bytes])
}
