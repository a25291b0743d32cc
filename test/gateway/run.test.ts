// SPDX-License-Identifier: Apache-2.0
// `bonafide run` with commands that are no package manager: what a child is given, and what becomes of what it does.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import type { RunReport } from '@bonafide/gateway'
import { commitAll, git, gitProgram, makeRepository } from '../support/git.ts'
import { TOKEN, startOtherHost, startRunScene } from './run-scene.ts'
import type { RunScene } from './run-scene.ts'

const scene = (check: Test): Promise<RunScene> => startRunScene(check, 'npm')
const node = (script: string): readonly string[] => [process.execPath, '-e', script]
const manifest = (dependencies: object = {}): object => ({ name: 'shop', version: '1.0.0', dependencies })

/** A `package-lock.json` that holds these versions. */
async function lockOf({ world }: RunScene, names: readonly (readonly [string, string])[]): Promise<string> {
  const packages = names.map(([name, version]) => {
    const { integrity = '' } = world.sandbox.published(name, version) ?? {}
    const resolved = `${world.sandbox.registryUrl}${name}/-/${name}-${version}.tgz`
    return [`node_modules/${name}`, { version, resolved, integrity }] as const
  })
  const root = manifest(Object.fromEntries(names))
  const all = { '': root, ...Object.fromEntries(packages) }
  return `${JSON.stringify({ name: 'shop', version: '1.0.0', lockfileVersion: 3, requires: true, packages: all }, null, 2)}\n`
}

const asks = (path: string): string => `await fetch(process.env.npm_config_registry + '${path}')`

await t.test('a command line that says something else than what would happen', async (check) => {
  const { guarded, project } = await scene(check)
  const folder = await project(manifest())
  const none = await guarded(folder, [])
  check.equal(none.code, 2)
  check.match(none.stderr, /no command/u)
  const missing = await guarded(folder, ['no-such-client', 'install'])
  check.equal(missing.code, 2)
  check.match(missing.stderr, /the command cannot be started\n +found +no-such-client/u)
  const before = await guarded(folder, ['ci'], { options: ['npm'] })
  check.equal(before.code, 2)
  check.match(before.stderr, /the command stands after "--"[^]+next +bonafide run -- npm ci/u)
})

await t.test('the child has the streams and the last word, and its words as they are', async (check) => {
  const { guarded, project } = await scene(check)
  const folder = await project(manifest())
  const script = 'console.log(JSON.stringify(process.argv.slice(1))); process.exitCode = 7'
  const { code, stdout, stderr } = await guarded(folder, [...node(script), '--', '--registry', '$HOME', 'a b'])
  check.equal(code, 7)
  check.equal(stdout, '["--registry","$HOME","a b"]\n')
  check.equal(
    stderr,
    'bonafide: satisfied: no lockfile before; 0 handed out by the gateway; the command ended with 7\n',
  )
})

await t.test('a child is given no credential, no warm cache and no registry but the gateway', async (check) => {
  const { guarded, project, home } = await scene(check)
  const folder = await project(manifest())
  const script = `const fs = require('fs'); const e = process.env
    console.log(JSON.stringify({ e, npmrc: fs.readFileSync(e.npm_config_userconfig, 'utf8') + fs.readFileSync(e.npm_config_globalconfig, 'utf8') }))`
  const { stdout, code } = await guarded(folder, node(script))
  check.equal(code, 0)
  check.notOk(stdout.includes(TOKEN), stdout)
  const { e: env } = JSON.parse(stdout) as { readonly e: Readonly<Record<string, string>> }
  check.equal(env['HOME'], home, 'the home folder stays, and with it what a script can read there')
  for (const name of ['npm_config_registry', 'PNPM_CONFIG_REGISTRY', 'YARN_NPM_REGISTRY_SERVER', 'BUN_CONFIG_REGISTRY'])
    check.match(env[name], /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/(?:npm|pnpm|yarn|bun)\/?$/u)
  const caches = [
    'npm_config_cache',
    'PNPM_CONFIG_STORE_DIR',
    'PNPM_CONFIG_CACHE_DIR',
    'BUN_INSTALL_CACHE_DIR',
    'TMPDIR',
  ]
  for (const name of caches) check.match(env[name], /bonafide-run-\d+-/u, name)
  check.strictSame(await leftovers(env['TMPDIR'] ?? ''), [], 'and the folder of the run is gone')
})

await t.test(
  'another way out is turned away, and fails the run; by a connection of its own a program gets through',
  async (check) => {
    const { guarded, project, world } = await scene(check)
    const other = await startOtherHost(check, world.sandbox.registryUrl)
    const folder = await project(manifest())
    const url = `${other.url}paint`
    const asked = await guarded(
      folder,
      node(`fetch('${url}').then((answer) => console.log(answer.status), () => console.log('turned away'))`),
    )
    check.equal(asked.stdout, 'turned away\n')
    check.equal(asked.code, 1, 'although the child ended well')
    check.match(asked.stderr, /refused +localhost:\d+\n +found +asked for past the gateway, and turned away/u)
    check.strictSame(other.asked, [])
    const { port } = new URL(url)
    const raw = `require('net').connect(${port}, '127.0.0.1').end('GET /paint HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\n\\r\\n').resume()`
    check.equal((await guarded(folder, node(raw))).code, 0)
    check.strictSame(other.asked, ['/paint'], 'nothing but a namespace of its own holds that')
  },
)

await t.test('a refusal and an open question count, whatever the child makes of them', async (check) => {
  const { guarded, project, world, read } = await scene(check)
  const folder = await project(manifest())
  const refused = await guarded(
    folder,
    [
      process.execPath,
      '--input-type=module',
      '-e',
      `const a = ${asks('paint/-/paint-1.0.1.tgz')}; console.log(a.status, await a.text())`,
    ],
    { options: ['--report', 'run.json'] },
  )
  check.match(refused.stdout, /^403 .*refused paint@1\.0\.1: regression-unpinned/u)
  check.equal(refused.code, 1)
  check.match(refused.stderr, /refused +paint@1\.0\.1\n +regression-unpinned[^]+instead +paint@1\.0\.0/u)
  const report = JSON.parse((await read(folder, 'run.json')) ?? '') as RunReport
  check.match(report, {
    schemaVersion: 1,
    verdict: 'refused',
    before: null,
    after: null,
    child: { code: 0 },
    served: 0,
  })
  check.match(report.refused, [{ name: 'paint', version: '1.0.1' }])
  world.sandbox.fault({ path: '/-/npm/v1/attestations/brush@1.0.0' }, { kind: 'login', status: 403 })
  const open = await guarded(folder, [process.execPath, '--input-type=module', '-e', asks('brush/-/brush-1.0.0.tgz')])
  check.equal(open.code, 3)
  check.match(open.stderr, /undecided +brush@1\.0\.0/u)
})

// Writes a lockfile, after something else.
function write(text: string, before = ''): readonly string[] {
  const script = `${before}; (await import('node:fs')).writeFileSync('package-lock.json', ${JSON.stringify(text)})`
  return [process.execPath, '--input-type=module', '-e', script]
}

await t.test('a lockfile that results is judged, and tells what came another way', async (check) => {
  const here = await scene(check)
  const { guarded, project, read } = here
  const honest = await lockOf(here, [['paint', '1.0.0']])
  const stolen = await lockOf(here, [['paint', '1.0.1']])
  const asked = asks('paint')

  const folder = await project(manifest())
  const fromElsewhere = await guarded(folder, write(honest))
  check.equal(fromElsewhere.code, 1, 'an honest version that the gateway never heard of')
  check.match(fromElsewhere.stderr, /refused +paint@1\.0\.0 +package-lock\.json:\d+\n +found +neither verified before/u)
  const known = await guarded(await project(manifest()), write(honest, asked))
  check.equal(known.code, 0, known.stderr)
  check.match(known.stderr, /the lockfiles were changed, and are satisfied/u)
  const bad = await guarded(await project(manifest()), write(stolen, asked))
  check.equal(bad.code, 1, 'locked, and not even fetched')
  check.match(bad.stderr, /refused +paint@1\.0\.1 +package-lock\.json:\d+/u)

  // What the policy leaves out stays where it was, and nobody has to ask for it anew.
  const policy = JSON.stringify({ version: 1, outside: ['brush'] })
  const leftOut = { 'bonafide.json': policy, 'package-lock.json': await lockOf(here, [['brush', '1.0.0']]) }
  const more = await lockOf(here, [
    ['brush', '1.0.0'],
    ['paint', '1.0.0'],
  ])
  const beside = await guarded(await project(manifest({ brush: '1.0.0' }), leftOut), write(more, asked))
  check.equal(beside.code, 0, beside.stderr)

  const leaky = await project(manifest())
  const url = `process.env.npm_config_registry + 'paint/-/paint-1.0.0.tgz'`
  const left = await guarded(leaky, [
    process.execPath,
    '-e',
    `require('fs').writeFileSync('package-lock.json', ${JSON.stringify(honest)}.replace(/"resolved": "[^"]*"/u, '"resolved": "' + ${url} + '"'))`,
  ])
  check.equal(left.code, 1)
  check.match(left.stderr, /refused +package-lock\.json\n +found +the address of the gateway/u)
  check.ok(await read(leaky, 'package-lock.json'))
})

await t.test('the lockfile judges where it stands: in a folder above, and by nobody’s change', async (check) => {
  const here = await scene(check)
  const { guarded, project } = here
  const root = await project(manifest({ paint: '1.0.1' }), {
    'package-lock.json': await lockOf(here, [['paint', '1.0.1']]),
  })
  const inner = join(root, 'packages', 'inner')
  await mkdir(inner, { recursive: true })
  const above = await guarded(inner, node('console.log("started")'))
  check.equal(above.code, 1)
  check.equal(above.stdout, '')
  check.match(above.stderr, /refused +paint@1\.0\.1/u)
  // A command that changes what judges it is judged by what stood there.
  const folder = await project(manifest(), { 'package-lock.json': await lockOf(here, []) })
  const policy = JSON.stringify({ version: 1, rules: { 'provenance-required': 'off', 'install-script-added': 'off' } })
  const lowering = await guarded(folder, [
    process.execPath,
    '--input-type=module',
    '-e',
    `(await import('node:fs')).writeFileSync('bonafide.json', ${JSON.stringify(policy)}); const a = ${asks('paint/-/paint-1.0.1.tgz')}; console.log(a.status)`,
  ])
  check.equal(lowering.stdout, '403\n')
  check.equal(lowering.code, 1)
})

await t.test('a policy that only looks on lets everything through, and says what it saw', async (check) => {
  const here = await scene(check)
  const observe = JSON.stringify({ version: 1, mode: 'observe', observeUntil: '2099-01-01' })
  const lock = await lockOf(here, [['paint', '1.0.1']])
  const folder = await here.project(manifest({ paint: '1.0.1' }), {
    'package-lock.json': lock,
    'bonafide.json': observe,
  })
  const ran = await here.guarded(folder, ['npm', 'ci'])
  check.equal(ran.code, 0, ran.stderr)
  check.not((await here.traces(folder)).length, 0)
  check.match(ran.stderr, /bonafide: refused, and the policy only looks on/u)
})

await t.test(
  'in a pull request’s job the base’s files judge',
  { skip: gitProgram === undefined && 'no git' },
  async (check) => {
    const here = await scene(check)
    const folder = await here.project(manifest(), {
      'package-lock.json': await lockOf(here, []),
      'bonafide.json': '{ "version": 1 }',
    })
    makeRepository(folder)
    commitAll(folder, 'base')
    git(folder, 'branch', 'base')
    await writeFile(
      join(folder, 'bonafide.json'),
      JSON.stringify({ version: 1, rules: { 'provenance-required': 'off' } }),
    )
    commitAll(folder, 'change')
    const ran = await here.guarded(folder, node('console.log("started")'), { options: ['--base', 'base'] })
    check.equal(ran.code, 1)
    check.equal(ran.stdout, '')
    check.match(ran.stderr, /policy-loosened/u)
    await rm(join(folder, 'package-lock.json'))
    const bare = await here.guarded(folder, node('console.log("started")'), { options: ['--base', 'base'] })
    check.equal(bare.code, 1, 'with no lockfile either')
    check.match(bare.stderr, /policy-loosened/u)
  },
)

await t.test('signals reach the child; killed, nothing listens any more, and the next run cleans up', async (check) => {
  const { started, guarded, project, world } = await scene(check)
  const folder = await project(manifest())
  const waits = `process.on('SIGTERM', () => process.exit(5)); console.log(process.env.npm_config_registry); setTimeout(() => {}, 20_000)`
  const stopped = started(folder, node(waits))
  await once(stopped.stdout ?? check, 'data')
  stopped.kill('SIGTERM')
  check.strictSame(await once(stopped, 'close'), [5, null])

  const killed = started(folder, node('console.log(process.env.npm_config_registry); setTimeout(() => {}, 2_000)'))
  const [registry] = (await once(killed.stdout ?? check, 'data')) as [Buffer]
  check.not((await leftovers(world.root)).length, 0)
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  await check.rejects(fetch(registry.toString().trim()), 'nobody is there')
  await mkdir(join(world.root, `bonafide-run-${process.pid}-alive1`))
  check.equal((await guarded(folder, node(''))).code, 0)
  check.strictSame(
    await leftovers(world.root),
    [`bonafide-run-${process.pid}-alive1`],
    'only those whose process is gone',
  )
})

async function leftovers(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => name.startsWith('bonafide-run-'))
}
