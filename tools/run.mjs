// SPDX-License-Identifier: Apache-2.0
// The one entry of every npm script. Runs on Node 20 with nothing installed: it installs the workspace
// from the lockfile with pnpm, then starts itself again on the Node that the lockfile brought along.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PNPM = 'pnpm@12.21.0'
const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')
const bin = join(modules, '.bin')
const self = fileURLToPath(import.meta.url)
const [task = '', ...rest] = process.argv.slice(2)

const fail = (message, status = 1) => {
  console.error(message)
  process.exit(status)
}

/** Runs a command to its end and ends this process with its status where that is not 0; `hint` says what to do then. */
const run = (command, args, { env = {}, hint } = {}) => {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
  if (result.status === 0) return
  if (result.error) console.error(`${command}: ${result.error.code === 'ENOENT' ? 'not found' : result.error.message}`)
  if (result.signal) console.error(`${command}: ended by ${result.signal}`)
  if (hint !== undefined) console.error(hint)
  process.exit(result.status ?? 1)
}

/** Reads what each test process found of the secrets that it used in all that it printed and wrote, and fails where there is anything. */
const checkRedaction = (folder) => {
  const all = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')))
  rmSync(folder, { recursive: true })
  const leaks = all.flatMap(({ test, leaks: own }) => own.map((leak) => ({ test, ...leak })))
  for (const { test, secret, spelling, where } of leaks)
    console.error(`${test}: a secret was shown: ${secret} (${spelling}) stands in ${where}`)
  // The check itself has to have been there.
  if (all.length === 0)
    console.error('nothing was looked through for secrets: did the tests run with test/redaction/preload.ts?')
  if (leaks.length > 0 || all.length === 0) process.exitCode = 1
}
const node = (file, args) => run(process.execPath, ['--conditions=bonafide-source', join(root, file), ...args])
const compile = () => run('tsc', ['-b'])

const tasks = {
  build: compile,
  check: () => {
    compile()
    run('oxlint', ['--type-aware', '--deny-warnings', '.'])
    run('oxfmt', ['--check', '.'], { hint: 'npm run format writes them as they should be' })
  },
  format: () => run('oxfmt', ['.']),
  test: () => {
    compile()
    // What is compiled once need not be compiled again by each of the test processes.
    const env = { NODE_COMPILE_CACHE: join(modules, '.cache', 'node-compile') }
    const reports = mkdtempSync(join(tmpdir(), 'bonafide-redaction-'))
    // Also where tap fails: `run` ends this process then.
    process.on('exit', () => checkRedaction(reports))
    run('tap', ['--reporter', './tools/reporter.mjs', ...rest], { env: { ...env, BONAFIDE_REDACTION: reports } })
  },
  docs: () => node('tools/docs/main.ts', rest),
  demo: () => {
    compile()
    node('tools/demo/main.ts', rest)
  },
  sandbox: () => {
    compile()
    node('packages/sandbox/bin/bonafide-sandbox.js', rest)
  },
  engine: () => {
    compile()
    node('tools/engine/main.ts', rest)
  },
  fuzz: () => node('test/fuzz/main.ts', rest),
  noise: () => node('test/noise/main.ts', rest),
  bench: () => {
    compile()
    node('test/bench/main.ts', rest)
  },
}

/** Installs what the lockfile names, and nothing else; about a second where all of it is there. */
const install = () => {
  if (!existsSync(modules)) console.error('setting up: installing what pnpm-lock.yaml names, which takes a minute once')
  run('npx', ['--yes', PNPM, 'install', '--frozen-lockfile', '--reporter=silent'], {
    hint: [
      `bonafide: the set-up failed: npx --yes ${PNPM} install --frozen-lockfile`,
      'It needs npm (which brings npx) and, the first time, a registry that can be reached: npm ping',
    ].join('\n'),
  })
}

/** The Node that the lockfile brought along; the running one where there is none for this system, or it does not start. */
const pinnedNode = () => {
  const pinned = join(bin, 'node')
  return spawnSync(pinned, ['--version']).status === 0 ? pinned : process.execPath
}

if (!Object.hasOwn(tasks, task)) fail(`usage: npm run ${Object.keys(tasks).join('|')} [-- ARGUMENTS]`, 2)

if (process.env.BONAFIDE_READY === root) {
  if (Number(process.versions.node.split('.')[0]) < 24) {
    fail(
      [
        `bonafide: building and testing needs Node.js 24 or newer; this is ${process.version}`,
        `The lockfile brings one along for Linux (glibc) only, and not for ${process.platform}-${process.arch}: install Node.js 24`,
      ].join('\n'),
    )
  }
  tasks[task]()
} else {
  install()
  run(pinnedNode(), [self, task, ...rest], {
    env: { BONAFIDE_READY: root, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
  })
}
