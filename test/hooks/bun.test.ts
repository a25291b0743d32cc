// SPDX-License-Identifier: Apache-2.0
// The real Bun with our scanner, as the README has it: what a stolen token published gets through without, and not with it.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { missing } from '../support/clients.ts'
import { hookFolder, installed, openStage, readmeBlock, traces } from './stage.ts'

const FROZEN = ['install', '--frozen-lockfile']

await t.test('bun', { skip: missing('bun') }, async (check) => {
  const stage = await openStage('bun')
  const { honest, stolen, world, workbench } = stage
  check.teardown(() => stage.close())
  const bunfig = await readmeBlock('hook-bun', 'bunfig.toml')
  const guarded = async (dependencies: Readonly<Record<string, string>>): Promise<string> => {
    const shop = await stage.project(dependencies, { 'bunfig.toml': bunfig })
    await mkdir(join(shop, 'tools'))
    const vendored = join(shop, 'tools', 'hook-bun')
    for (const part of ['package.json', 'dist'])
      await cp(join(hookFolder('hook-bun'), part), join(vendored, part), { recursive: true })
    // Bun runs scripts of packages that are trusted by name.
    const manifest = JSON.parse(await readFile(join(shop, 'package.json'), 'utf8')) as object
    await writeFile(join(shop, 'package.json'), JSON.stringify({ ...manifest, trustedDependencies: ['paint'] }))
    return shop
  }

  const refused = async (test: Test, folder: string, args: readonly string[]): Promise<void> => {
    const from = world.sandbox.requests.length
    const { code, stdout, stderr } = await stage.run(folder, args)
    test.not(code, 0)
    test.match(`${stdout}${stderr}`, /FATAL: paint[\s\S]*refused paint@1\.0\.1\s+regression-unpinned/u)
    test.notOk(await stage.hasRun(), 'the payload has not run')
    test.strictSame(await traces(folder, /paint/u), [], 'nothing of it is in node_modules')
    // The engine was told to look into no tarball: nobody has asked for one.
    const asked = world.sandbox.requests.slice(from).filter(({ path }) => path.endsWith('.tgz'))
    test.strictSame(
      asked.map(({ path }) => path),
      [],
    )
  }

  await check.test('open: without the scanner the payload runs', async (test) => {
    const shop = await guarded({ paint: '^1.0.0' })
    await rm(join(shop, 'bunfig.toml'))
    test.equal((await stage.run(shop, ['install'])).code, 0)
    test.equal(await installed(shop, 'paint'), '1.0.1')
    test.ok(await stage.hasRun())
  })

  await check.test('a first install, bun add, with a warm cache and a cold one', async (test) => {
    await refused(test, await guarded({ paint: '^1.0.0' }), ['install'])
    workbench.forget()
    await refused(test, await guarded({}), ['add', 'paint@1.0.1'])
    await refused(test, await guarded({ alias: 'npm:paint@1.0.1' }), ['install'])
  })

  await check.test(
    'an honest project installs, again from its lockfile alone, and gets a package more',
    async (test) => {
      const shop = await guarded({ brush: '^2.0.0' })
      const first = await stage.run(shop, ['install'])
      test.equal(first.code, 0, first.stdout + first.stderr)
      test.equal(await installed(shop, 'brush'), '2.0.0')
      for (const isWarm of [true, false]) {
        if (!isWarm) workbench.forget()
        await rm(join(shop, 'node_modules'), { recursive: true })
        const again = await stage.run(shop, FROZEN)
        test.equal(again.code, 0, again.stdout + again.stderr)
        test.equal(await installed(shop, 'brush'), '2.0.0')
      }
      const added = await stage.run(shop, ['add', 'paint@1.0.0'])
      test.equal(added.code, 0, added.stdout + added.stderr)
    },
  )

  await check.test(
    'a lockfile that was led to the stolen version, and one that was led to other bytes',
    async (test) => {
      for (const [version, integrity] of [
        ['1.0.1', stolen.integrity],
        ['1.0.0', stolen.integrity],
      ] as const) {
        const shop = await guarded({ paint: '1.0.0' })
        test.equal((await stage.run(shop, ['install'])).code, 0)
        for (const file of ['package.json', 'bun.lock']) {
          const text = await readFile(join(shop, file), 'utf8')
          const led = text
            .replaceAll(honest.integrity, integrity)
            .replaceAll(/(paint(?:@|-|": ?"))1\.0\.0/gu, (_, before: string) => `${before}${version}`)
          await writeFile(join(shop, file), led)
        }
        for (const isWarm of [true, false]) {
          if (!isWarm) workbench.forget()
          await rm(join(shop, 'node_modules'), { recursive: true, force: true })
          if (version === '1.0.1') await refused(test, shop, FROZEN)
          else {
            const { code, stdout, stderr } = await stage.run(shop, FROZEN)
            test.not(code, 0)
            test.match(stdout + stderr, /lock-integrity-mismatch/u)
          }
        }
      }
    },
  )

  await check.test('without an engine nothing is decided, and nothing installed', async (test) => {
    const shop = await guarded({ paint: '1.0.0' })
    const { code, stdout, stderr } = await stage.run(shop, ['install'], { PATH: '/usr/bin:/bin' })
    test.not(code, 0)
    test.match(stdout + stderr, /no bonafide on the PATH/u)
    test.equal(await installed(shop, 'paint'), null)
  })
})
