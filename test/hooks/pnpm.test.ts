// SPDX-License-Identifier: Apache-2.0
// The real pnpm with our hooks, as the README has them: what a stolen token published gets through without, and not with them.
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { missing } from '../support/clients.ts'
import { hookFolder, installed, openStage, readmeBlock, traces } from './stage.ts'

const FROZEN = ['install', '--frozen-lockfile']
const BUILDS = 'allowBuilds:\n  paint: true\n'

await t.test('pnpm', { skip: missing('pnpm') }, async (check) => {
  let integrity = ''
  const stage = await openStage('pnpm', async (world) => {
    const dist = join(hookFolder('hook-pnpm'), 'dist')
    const names = (await readdir(dist)).filter((name) => name.endsWith('.js'))
    const files = await Promise.all(
      names.map(async (name) => [`dist/${name}`, await readFile(join(dist, name), 'utf8')]),
    )
    const release = { manifest: { type: 'module' }, files: Object.fromEntries(files) as Record<string, string> }
    integrity = (await world.release('@bonafide/hook-pnpm', '0.1.0', release)).integrity
  })
  const { honest, stolen, world, workbench } = stage
  check.teardown(() => stage.close())
  // The README's own lines, with the digest of what is published here.
  const shown = await readmeBlock('hook-pnpm', 'pnpm-workspace.yaml')
  const settings = `${shown.replace('sha512-THE-DIGEST-THAT-YOU-HAVE-CHECKED', integrity)}${BUILDS}`
  check.ok(settings.includes(integrity))
  const guarded = { '.pnpmfile.mjs': await readmeBlock('hook-pnpm', '.pnpmfile.mjs'), 'pnpm-workspace.yaml': settings }

  const refused = async (test: Test, folder: string, args: readonly string[]): Promise<readonly string[]> => {
    const from = world.sandbox.requests.length
    const { code, stdout, stderr } = await stage.run(folder, args)
    test.not(code, 0)
    test.match(`${stdout}${stderr}`.replaceAll(/\s+/gu, ' '), /refused paint@1\.0\.1 .*regression-unpinned/u)
    test.notOk(await stage.hasRun(), 'the payload has not run')
    test.strictSame(await traces(folder, /paint/u), [], 'nothing of it is in node_modules')
    return world.sandbox.requests.slice(from).flatMap(({ path }) => (path.includes('/-/paint') ? [path] : []))
  }

  await check.test('open: without the hooks the payload runs', async (test) => {
    const shop = await stage.project({ paint: '^1.0.0' }, { 'pnpm-workspace.yaml': BUILDS })
    test.equal((await stage.run(shop, ['install'])).code, 0)
    test.equal(await installed(shop, 'paint'), '1.0.1')
    test.ok(await stage.hasRun())
  })

  await check.test('a first install, pnpm add, and a warm store that has it already', async (test) => {
    const shop = await stage.project({ paint: '^1.0.0' }, guarded)
    await refused(test, shop, ['install'])
    workbench.forget()
    const cold = await stage.project({}, guarded)
    test.strictSame(await refused(test, cold, ['add', 'paint@1.0.1']), [], 'no tarball was asked for')
  })

  await check.test(
    'an honest project installs, again from its lockfile alone, and gets a package more',
    async (test) => {
      const shop = await stage.project({ brush: '^2.0.0' }, guarded)
      const first = await stage.run(shop, ['install', '--no-frozen-lockfile'])
      test.equal(first.code, 0, first.stdout + first.stderr)
      test.equal(await installed(shop, 'brush'), '2.0.0')
      const lock = await readFile(join(shop, 'pnpm-lock.yaml'), 'utf8')
      for (const isWarm of [true, false]) {
        if (!isWarm) workbench.forget()
        await rm(join(shop, 'node_modules'), { recursive: true })
        const again = await stage.run(shop, FROZEN)
        test.equal(again.code, 0, again.stdout + again.stderr)
        test.equal(await installed(shop, 'brush'), '2.0.0')
      }
      test.equal(await readFile(join(shop, 'pnpm-lock.yaml'), 'utf8'), lock)
      const added = await stage.run(shop, ['add', 'paint@1.0.0'])
      test.equal(added.code, 0, added.stdout + added.stderr)
      test.equal(await installed(shop, 'paint'), '1.0.0')
    },
  )

  await check.test(
    'a lockfile that was led to the stolen version: nothing is asked for, with a warm store and a cold one',
    async (test) => {
      const shop = await stage.project({ paint: '1.0.0' }, guarded)
      test.equal((await stage.run(shop, ['install', '--no-frozen-lockfile'])).code, 0)
      for (const file of ['package.json', 'pnpm-lock.yaml']) {
        const text = await readFile(join(shop, file), 'utf8')
        const led = text
          .replaceAll(honest.integrity, stolen.integrity)
          .replaceAll(/(paint(?:@|": ?")|specifier: |version: )1\.0\.0/gu, '$11.0.1')
        test.not(led, text)
        await writeFile(join(shop, file), led)
      }
      for (const isWarm of [true, false]) {
        if (!isWarm) workbench.forget()
        await rm(join(shop, 'node_modules'), { recursive: true, force: true })
        test.strictSame(await refused(test, shop, FROZEN), [], 'no tarball was asked for')
      }
    },
  )

  await check.test(
    'an engine that is missing, or lies in the project, decides nothing and stops all the same',
    async (test) => {
      const shop = await stage.project({ paint: '1.0.0' }, guarded)
      const without = await stage.run(shop, ['install'], { PATH: '/nowhere' })
      test.not(without.code, 0)
      await writeFile(join(shop, 'bonafide'), '#!/bin/sh\n', { mode: 0o755 })
      const own = await stage.run(shop, ['install'], {
        PATH: [shop, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
      })
      test.not(own.code, 0)
      test.match(own.stderr.replaceAll(/\s+/gu, ' '), /no bonafide on the PATH/u)
      test.equal(await installed(shop, 'paint'), null)
    },
  )

  await check.test('a bonafide among what the workspace has installed does not judge a project in it', async (test) => {
    const shop = await stage.project({}, guarded)
    await writeFile(
      join(shop, 'pnpm-workspace.yaml'),
      `${settings}packages:\n  - part\nsharedWorkspaceLockfile: false\n`,
    )
    const bin = join(shop, 'node_modules', '.bin')
    await mkdir(bin, { recursive: true })
    await mkdir(join(shop, 'part'))
    const program = `#!/bin/sh\n: > '${join(shop, 'asked')}'\n`
    await writeFile(join(bin, 'bonafide'), program, { mode: 0o755 })
    const part = { name: 'part', version: '1.0.0', dependencies: { paint: '1.0.1' } }
    await writeFile(join(shop, 'part', 'package.json'), JSON.stringify(part))
    const ended = await stage.run(shop, ['install'], {
      PATH: [bin, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
    })
    test.not(ended.code, 0)
    test.match(`${ended.stdout}${ended.stderr}`.replaceAll(/\s+/gu, ' '), /no bonafide on the PATH/u)
    test.notOk((await readdir(shop)).includes('asked'), 'nobody asked it')
    test.equal(await installed(join(shop, 'part'), 'paint'), null)
  })
})
