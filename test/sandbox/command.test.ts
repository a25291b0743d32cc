// SPDX-License-Identifier: Apache-2.0
// The command of the sandbox, started as people start it, and found by clients through nothing but the variables that it prints.
import t from 'tap'
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { startSandbox } from '@bonafide/sandbox'
import { mayBeShown } from '../redaction/channels.ts'
import { CLIENTS, ended, missing, openWorkbench } from '../support/clients.ts'
import type { ClientName, Ended } from '../support/clients.ts'

const BIN = fileURLToPath(new URL('../../packages/sandbox/bin/bonafide-sandbox.js', import.meta.url))
const README = new URL('../../packages/sandbox/README.md', import.meta.url)
const NODE = ['--conditions=bonafide-source', BIN] as const

interface Told {
  readonly registry: string
  readonly fulcio: string
  readonly tuf: string
  readonly files: Readonly<Record<'folder' | 'trustedRoot' | 'registryKeys' | 'tufRoot' | 'npmrc', string>>
  readonly account: { readonly name: string; readonly password: string; readonly oneTimePassword: string }
  readonly token: { readonly token: string; readonly expires: string }
  readonly environment: Readonly<Record<string, string>>
  readonly stops: string
}

interface Running {
  readonly told: Told
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  /** Ends it, and gives what it said and with what code. */
  stop(signal?: NodeJS.Signals): Promise<{ readonly code: number | null; readonly stderr: string }>
}

await t.test('every client publishes and installs by the variables alone', async (test) => {
  const running = await started(test, [])
  const { told } = running
  const workbench = await openWorkbench(told.registry, 'none')
  test.teardown(() => workbench.close())
  const publish: Readonly<Record<ClientName, readonly string[]>> = {
    npm: ['publish', '--access', 'public'],
    'npm-11': ['publish', '--access', 'public'],
    pnpm: ['publish', '--no-git-checks', '--access', 'public'],
    yarn: ['npm', 'publish', '--access', 'public'],
    'yarn-classic': ['publish', '--non-interactive', '--access', 'public'],
    bun: ['publish', '--access', 'public'],
  }
  for (const client of CLIENTS.filter((one) => missing(one) === false)) {
    const run = (cwd: string, args: readonly string[]): Promise<Ended> =>
      workbench.run(client, cwd, args, { ...told.environment, YARN_ENABLE_IMMUTABLE_INSTALLS: '0' })
    const name = `@acme/by-${client}`
    const files = { 'index.js': 'module.exports = 1\n' }
    const folder = await workbench.project(client, { name, version: '1.0.0', license: 'MIT' }, files)
    if (client === 'yarn') await run(folder, ['install'])
    const sent = await run(folder, publish[client])
    test.equal(sent.code, 0, `${client} publishes ${sent.code === 0 ? '' : sent.stdout + sent.stderr}`)
    const project = { name: 'project', version: '1.0.0', license: 'MIT', dependencies: { [name]: '1.0.0' } }
    const user = await workbench.project(`${client}-user`, project)
    const got = await run(user, ['install'])
    test.equal(got.code, 0, `${client} installs ${got.code === 0 ? '' : got.stdout + got.stderr}`)
    test.ok(existsSync(join(user, 'node_modules', name, 'index.js')), client)
  }
  test.equal((await running.stop()).code, 0)
})

await t.test('it tells where everything is, and takes its own folder away when it is told to stop', async (test) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const running = await started(test, [])
    const { told } = running
    const { files, token, account } = told
    const keys = JSON.parse(await readFile(files.registryKeys, 'utf8')) as { keys: unknown[] }
    test.equal(keys.keys.length, 4)
    test.match(JSON.parse(await readFile(files.trustedRoot, 'utf8')), { certificateAuthorities: [{}] })
    test.equal(await (await fetch(`${told.tuf}/1.root.json`)).text(), await readFile(files.tufRoot, 'utf8'))
    test.equal((await fetch(`${told.fulcio}/api/v2/trustBundle`)).status, 200)
    const headers = { authorization: `Bearer ${token.token}` }
    test.strictSame(await (await fetch(`${told.registry}-/whoami`, { headers })).json(), { username: account.name })
    test.match(account.oneTimePassword, /^\d{6}$/u)
    test.equal((await stat(files.npmrc)).mode & 0o777, 0o600, 'nobody else reads the token')
    const { code, stderr } = await running.stop(signal)
    test.equal(code, 0)
    test.equal(stderr, `bonafide-sandbox: stopped: ${signal}\n`)
    test.notOk(existsSync(files.folder))
    await test.rejects(fetch(told.registry))
  }
})

await t.test('it stops by itself, and leaves a folder that was named', async (test) => {
  const folder = await temporary(test)
  const dir = join(folder, 'new', 'sandbox')
  const { told, child } = await started(test, ['--ttl', '1', '--dir', dir])
  const [code] = (await once(child, 'close')) as [number]
  test.equal(code, 0)
  test.equal(told.files.folder, dir)
  test.ok(existsSync(told.files.trustedRoot))
})

await t.test('the same seed and time give the same keys and tokens, on the port that is asked for', async (test) => {
  const port = await freePort()
  const options = ['--seed', 'demo', '--now', '2026-03-31T00:21:00Z', '--port', String(port)]
  const first = await started(test, options)
  const root = await readFile(first.told.files.trustedRoot, 'utf8')
  test.equal(first.told.registry, `http://127.0.0.1:${port}/`)
  test.equal(first.told.token.expires, '2026-04-07T00:21:00.000Z')

  const taken = await command(['--port', String(port)])
  test.equal(taken.code, 2)
  test.equal(taken.stdout, '')
  test.match(taken.stderr, new RegExp(`the port cannot be had\\n  found   ${port}\\n  next    `, 'u'))
  await first.stop()

  const second = await started(test, options)
  test.strictSame(second.told.token, first.told.token)
  test.equal(await readFile(second.told.files.trustedRoot, 'utf8'), root)
  const sandbox = await startSandbox({ seed: 'demo' })
  test.teardown(() => sandbox.close())
  test.equal(sandbox.trustedRoot(), root, 'and the same as in a program')
  // Whose password the program tells, as it should.
  mayBeShown(second.told.account.password)
  mayBeShown(second.told.account.oneTimePassword)
  await second.stop()
})

await t.test('wrong usage', async (test) => {
  const folder = await temporary(test)
  await writeFile(join(folder, 'file'), '')
  const rows: Readonly<Record<string, string>> = {
    '--prot 1': 'unknown option\n  found   --prot\n  next    did you mean --port?\n',
    '-x': 'unknown option\n  found   -x\n',
    '--constructor': 'unknown option\n  found   --constructor\n',
    registry: 'there is nothing to name\n  found   registry\n',
    '--port': '--port needs a value\n',
    '--port --json': '--port needs a value\n',
    '--port 65536': '--port is no number that can be\n  found   65536\n  wanted  0 to 65535\n',
    '--port 1e3': '--port is no number that can be\n',
    '--ttl 0': '--ttl is no number that can be\n  found   0\n  wanted  1 to 604800\n',
    '--ttl 1 --ttl 2': '--ttl given twice\n',
    '--json=yes': '--json takes no value\n',
    '--now tomorrow': '--now is no time\n  found   tomorrow\n  wanted  ISO 8601',
    '--now 2026-02-30': '--now is no time\n',
    '--seed \u202E\u001B[31m --x\u202E': String.raw`unknown option${'\n'}  found   --x\u{202e}${'\n'}`,
    [`--dir ${join(folder, 'file')}`]: 'the folder cannot be written to (EEXIST)\n',
  }
  for (const [line, wanted] of Object.entries(rows)) {
    const { code, stdout, stderr } = await command(line.split(' '))
    test.strictSame([code, stdout], [2, ''], line)
    test.ok(stderr.startsWith(`bonafide-sandbox: error: ${wanted}`), `${line}\n${stderr}`)
  }
  const help = await command(['--help'])
  test.equal(help.code, 0)
  test.match(help.stdout, /^bonafide-sandbox: .*--ttl SECONDS.*Exit codes/su)
})

await t.test('the example of the README runs', async (test) => {
  const program = /```sh\n(?<program>.*?)```/su.exec(await readFile(README, 'utf8'))?.groups?.['program'] ?? ''
  const folder = await temporary(test)
  const bin = join(folder, 'bin')
  await mkdir(bin)
  const shims = {
    'bonafide-sandbox': [process.execPath, ...NODE],
    npm: [
      process.execPath,
      fileURLToPath(new URL('../../tools/clients/node_modules/npm/bin/npm-cli.js', import.meta.url)),
    ],
  }
  for (const [name, words] of Object.entries(shims)) {
    await writeFile(join(bin, name), `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(' ')} "$@"\n`)
    await chmod(join(bin, name), 0o755)
  }
  const files = { 'package.json': '{"name":"my-package","version":"1.0.0","license":"MIT"}', 'index.js': '' }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const result = await ended('/bin/sh', ['-e', '-c', program], {
    cwd: folder,
    env: {
      HOME: folder,
      PATH: [bin, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
      npm_config_cache: join(folder, 'cache'),
      npm_config_update_notifier: 'false',
    },
  })
  test.equal(result.code, 0, result.stderr)
  test.match(result.stdout, /\+ my-package@1\.0\.0\n.*keyid: 'SHA256:/su)
})

async function started(test: Pick<typeof t, 'teardown'>, options: readonly string[]): Promise<Running> {
  const child = spawn(process.execPath, [...NODE, '--json', ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  test.teardown(() => child.kill('SIGKILL'))
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  let stdout = ''
  child.stdout.setEncoding('utf8')
  for await (const text of child.stdout) {
    stdout += String(text)
    if (stdout.endsWith('\n')) break
  }
  if (stdout === '') throw new Error(`it did not start: ${stderr}`)
  return {
    told: JSON.parse(stdout) as Told,
    child,
    async stop(signal = 'SIGTERM') {
      const closed = once(child, 'close')
      child.kill(signal)
      const [code] = (await closed) as [number | null]
      return { code, stderr }
    },
  }
}

function command(args: readonly string[]): Promise<Ended> {
  return ended(process.execPath, [...NODE, ...args], { cwd: tmpdir(), env: {} })
}

async function temporary(test: Pick<typeof t, 'teardown'>): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'bonafide-command-')))
  test.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
