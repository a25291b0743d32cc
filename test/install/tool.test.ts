// SPDX-License-Identifier: Apache-2.0
// Tools without a project: npm plans them, nothing of them runs, and what is installed is what the lockfile binds. With the real npm.
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import {
  defaultDataFolder,
  findNpmCommand,
  installTool,
  isInstalled,
  parseToolSpec,
  planTool,
  runTool,
} from '@bonafide/install'
import { startSandbox } from '@bonafide/sandbox'
import type { Sandbox } from '@bonafide/sandbox'
import { importExample } from '../support/readme.ts'

interface Scene {
  readonly sandbox: Sandbox
  readonly home: string
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
}

const TOOL = {
  bin: { greet: 'greet.js' },
  scripts: { postinstall: "node -e \"require('fs').writeFileSync('owned','')\"" },
}
const GREETING = `#!/usr/bin/env node
require('fs').writeFileSync(process.argv[2], JSON.stringify({ cwd: process.cwd(), words: process.argv.slice(3) }))
process.exit(7)
`

async function scene(check: Test): Promise<Scene> {
  const sandbox = await startSandbox({ seed: 'tool' })
  const home = await mkdtemp(join(tmpdir(), 'bonafide-tool-'))
  check.teardown(async () => {
    await sandbox.close()
    await rm(home, { recursive: true, force: true })
  })
  await writeFile(join(home, '.npmrc'), `registry=${sandbox.registryUrl}\n`)
  // npm asks again for bytes that are wrong, after a minute or two.
  const quick = { npm_config_fetch_retries: '0' }
  const env = { HOME: home, PATH: process.env['PATH'], npm_config_userconfig: join(home, '.npmrc'), ...quick }
  await sandbox.publish({ name: 'words', version: '1.0.0' })
  await sandbox.publish({
    name: 'greet',
    version: '1.0.0',
    manifest: { ...TOOL, dependencies: { words: '^1.0.0' } },
    files: { 'greet.js': GREETING },
  })
  return { sandbox, home, folder: join(home, 'tools', 'greet'), env }
}

await t.test(
  'planned, installed and run: no script of it runs, and only the lockfile says what comes',
  async (check) => {
    const { sandbox, home, folder, env } = await scene(check)
    const npm = await findNpmCommand(env)
    const spec = parseToolSpec('greet')
    await planTool(folder, spec, npm)
    check.strictSame((await readdir(folder)).sort(), ['package-lock.json', 'package.json'])
    check.notOk(
      sandbox.requests.some(({ path }) => path.endsWith('.tgz')),
      'planning unpacks nothing',
    )
    check.equal(await isInstalled(folder), false)
    const lock = await readFile(join(folder, 'package-lock.json'), 'utf8')
    await sandbox.publish({ name: 'words', version: '1.0.1' })
    await planTool(folder, spec, npm)
    check.equal(await readFile(join(folder, 'package-lock.json'), 'utf8'), lock, 'a plan is kept')
    await installTool(folder, npm)
    check.equal(await isInstalled(folder), true)
    check.notOk((await readdir(join(folder, 'node_modules', 'greet'))).includes('owned'))
    const out = join(home, 'out.json')
    check.equal(
      await runTool({ folder, name: 'greet', words: [out, 'a b', '--c'], cwd: home, env }),
      7,
      'the tool’s own code',
    )
    check.match(JSON.parse(await readFile(out, 'utf8')), { words: ['a b', '--c'] })

    await planTool(folder, spec, npm, { update: true })
    check.match(await readFile(join(folder, 'package-lock.json'), 'utf8'), /"version": "1\.0\.1"/u)
    check.equal(await isInstalled(folder), false, 'what is there is of another lockfile')
  },
)

await t.test('other bytes than the lockfile binds are not installed', async (check) => {
  const { sandbox, folder, env } = await scene(check)
  const npm = await findNpmCommand(env)
  await planTool(folder, parseToolSpec('greet@1.0.0'), npm)
  const evil = await sandbox.publish({ name: 'evil', version: '1.0.0' })
  sandbox.serveTarball('words', '1.0.0', evil.tarball)
  await check.rejects(installTool(folder, npm), { code: 'BONAFIDE_NPM_FAILED', detail: { found: /EINTEGRITY/u } })
  check.equal(await isInstalled(folder), false)
})

await t.test('what is no tool, and no npm', async (check) => {
  for (const text of [
    'github:evil/x',
    'x@github:evil/x',
    'x@npm:y',
    './x',
    'https://x.test/x.tgz',
    'x@file:../x',
    '--x',
    'x@-y',
    '',
  ])
    check.throws(() => parseToolSpec(text), { code: 'BONAFIDE_USAGE' }, text)
  check.strictSame(parseToolSpec('@acme/x@^1.2.0'), { name: '@acme/x', range: '^1.2.0' })
  await check.rejects(findNpmCommand({ PATH: '/nowhere' }), { code: 'BONAFIDE_NPM_FAILED' })
  const { folder, env } = await scene(check)
  const npm = await findNpmCommand(env)
  await check.rejects(planTool(folder, parseToolSpec('nobody'), npm), {
    code: 'BONAFIDE_NPM_FAILED',
    detail: { found: /404/u },
  })
  const words = join(folder, '..', 'words')
  await planTool(words, parseToolSpec('words'), npm)
  await installTool(words, npm)
  const run = { folder: words, name: 'words', words: [], cwd: folder, env }
  await check.rejects(runTool(run), { code: 'BONAFIDE_USAGE', detail: { found: 'no command' } })
})

function at(platform: NodeJS.Platform, env = {}): string {
  return defaultDataFolder({ env, homeDir: '/h', platform })
}

await t.test('the folder for what a person decided lies where the system keeps data', (check) => {
  check.equal(at('linux'), '/h/.local/share/bonafide')
  check.equal(at('linux', { XDG_DATA_HOME: '/d' }), '/d/bonafide')
  check.equal(at('linux', { XDG_DATA_HOME: 'd' }), '/h/.local/share/bonafide')
  check.equal(at('darwin'), '/h/Library/Application Support/bonafide')
  check.match(at('win32', { LOCALAPPDATA: '/l' }), /bonafide/u)
  check.end()
})

type Prepare = (text: string, folder: string, isTrusted: () => Promise<boolean>) => Promise<boolean>

await t.test('the example of the README: a plan that nobody trusts is not installed', async (check) => {
  const { folder, env } = await scene(check)
  const example = await importExample('install', check.testdir())
  const { prepare } = example as { readonly prepare: Prepare }
  // The example hands on the environment of the process.
  const before = { ...process.env }
  Object.assign(process.env, env)
  check.teardown(() => {
    process.env = before
  })
  check.equal(await prepare('greet', folder, async () => false), false)
  check.notOk((await readdir(folder)).includes('node_modules'))
  check.equal(await prepare('greet', folder, async () => true), true)
  check.ok((await readdir(folder)).includes('node_modules'))
})
