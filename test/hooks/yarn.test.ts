// SPDX-License-Identifier: Apache-2.0
// The real Yarn 4 with our plugin, as the README has it: what a stolen token published gets through without, and not with it.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PLUGIN } from '@bonafide/hook-yarn'
import t from 'tap'
import type { Test } from 'tap'
import { missing } from '../support/clients.ts'
import { importExample } from '../support/readme.ts'
import { installed, openStage, readmeBlock, traces } from './stage.ts'

const IMMUTABLE = ['install', '--immutable']
const LOOSE = { YARN_ENABLE_IMMUTABLE_INSTALLS: '0', YARN_ENABLE_SCRIPTS: '1', YARN_NPM_MINIMAL_AGE_GATE: '0' }

await t.test('yarn', { skip: missing('yarn') }, async (check) => {
  const stage = await openStage('yarn')
  const { stolen, world, workbench } = stage
  check.teardown(() => stage.close())
  const settings = await readmeBlock('hook-yarn', '.yarnrc.yml')
  const guarded = async (dependencies: Readonly<Record<string, string>>): Promise<string> => {
    const shop = await stage.project(dependencies, { '.yarnrc.yml': settings })
    await mkdir(join(shop, '.yarn', 'plugins'), { recursive: true })
    await cp(PLUGIN, join(shop, '.yarn', 'plugins', 'bonafide.cjs'))
    return shop
  }
  const run = (folder: string, args: readonly string[], env = {}): ReturnType<typeof stage.run> =>
    stage.run(folder, args, { ...LOOSE, ...env })

  const refused = async (test: Test, folder: string, args: readonly string[]): Promise<void> => {
    const from = world.sandbox.requests.length
    const { code, stdout } = await run(folder, args)
    test.not(code, 0)
    test.match(stdout, /bonafide: refused[\s\S]*refused +paint@1\.0\.1[\s\S]*regression-unpinned/u)
    test.notOk(await stage.hasRun(), 'the payload has not run')
    test.strictSame(await traces(folder, /paint/u), [], 'nothing of it is in node_modules')
    const asked = world.sandbox.requests.slice(from).flatMap(({ path }) => (path.includes('/-/paint') ? [path] : []))
    test.strictSame(asked, [], 'no tarball was asked for')
  }

  await check.test('open: without the plugin the payload runs', async (test) => {
    const shop = await guarded({ paint: '^1.0.0' })
    await rm(join(shop, '.yarnrc.yml'))
    const { code, stdout } = await run(shop, ['install'])
    test.equal(code, 0, stdout)
    test.equal(await installed(shop, 'paint'), '1.0.1')
    test.ok(await stage.hasRun())
  })

  await check.test('a first install and yarn add; a warm cache runs nothing', async (test) => {
    const warm = await guarded({ paint: '^1.0.0' })
    const { code, stdout } = await run(warm, ['install'])
    test.not(code, 0)
    test.match(stdout, /regression-unpinned/u)
    test.notOk(await stage.hasRun(), 'the payload has not run')
    workbench.forget()
    await refused(test, await guarded({ paint: '^1.0.0' }), ['install'])
    await refused(test, await guarded({}), ['add', 'paint@1.0.1'])
    await refused(test, await guarded({ alias: 'npm:paint@1.0.1' }), ['install'])
  })

  await check.test(
    'an honest project installs, again from its lockfile alone, and gets a package more',
    async (test) => {
      const shop = await guarded({ brush: '^2.0.0' })
      const first = await run(shop, ['install'])
      test.equal(first.code, 0, first.stdout)
      const lock = await readFile(join(shop, 'yarn.lock'), 'utf8')
      for (const isWarm of [true, false]) {
        if (!isWarm) workbench.forget()
        await rm(join(shop, 'node_modules'), { recursive: true })
        const again = await run(shop, IMMUTABLE)
        test.equal(again.code, 0, again.stdout)
        test.equal(await installed(shop, 'brush'), '2.0.0')
      }
      test.equal(await readFile(join(shop, 'yarn.lock'), 'utf8'), lock)
      const added = await run(shop, ['add', 'paint@1.0.0'])
      test.equal(added.code, 0, added.stdout)
    },
  )

  await check.test('a lockfile that holds the stolen version', async (test) => {
    // As an attacker's pull request would bring it, whole: made by Yarn without the plugin.
    const made = await stage.project({ paint: '1.0.1' })
    test.equal((await run(made, ['install'])).code, 0)
    test.ok(await stage.hasRun())
    const shop = await guarded({ paint: '1.0.1' })
    await cp(join(made, 'yarn.lock'), join(shop, 'yarn.lock'))
    for (const isWarm of [true, false]) {
      if (!isWarm) workbench.forget()
      await refused(test, shop, IMMUTABLE)
    }
    test.match(await readFile(join(shop, 'yarn.lock'), 'utf8'), /version: 1\.0\.1/u, stolen.version)
  })

  await check.test('an engine that is missing, or lies in the project, decides nothing', async (test) => {
    const shop = await guarded({ paint: '1.0.0' })
    const without = await run(shop, ['install'], { PATH: '/usr/bin:/bin' })
    test.not(without.code, 0)
    test.match(without.stdout, /no bonafide on the PATH/u)
    await writeFile(join(shop, 'bonafide'), '#!/bin/sh\n', { mode: 0o755 })
    await writeFile(join(shop, '.yarnrc.yml'), `${settings}bonafideEngine: ./bonafide\n`)
    test.match((await run(shop, ['install'])).stdout, /the engine lies in what it judges/u)
    test.equal(await installed(shop, 'paint'), null)
  })

  await check.test('the README’s environment loads it for every project', async (test) => {
    const { environment } = (await importExample('hook-yarn', test.testdir({}))) as {
      readonly environment: Readonly<Record<string, string>>
    }
    const shop = await stage.project({ paint: '^1.0.0' })
    const { code, stdout } = await run(shop, ['install'], environment)
    test.not(code, 0)
    test.match(stdout, /regression-unpinned/u)
    const tool = await run(shop, ['dlx', 'paint@1.0.1'], environment)
    test.not(tool.code, 0)
    test.match(tool.stdout, /regression-unpinned/u)
    test.notOk(await stage.hasRun())
  })
})
