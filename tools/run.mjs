// SPDX-License-Identifier: Apache-2.0
// The one entry of every npm script. Runs on Node 20 with nothing installed: it installs the workspace
// from the lockfile with pnpm, then starts itself again on the Node that the lockfile brought along.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

const PNPM = 'pnpm@12.21.0'
const root = fileURLToPath(new URL('..', import.meta.url))
const bin = `${root}node_modules/.bin`
const self = fileURLToPath(import.meta.url)
const [task, ...rest] = process.argv.slice(2)

/** Runs a command to its end and ends this process with its status where that is not 0. */
const run = (command, args, env = {}) => {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
  if (result.error) console.error(`${command}: ${result.error.message}`)
  if (result.status !== 0) process.exit(result.status ?? 1)
}
const node = (file, args, env) =>
  run(process.execPath, ['--conditions=bonafide-source', `${root}${file}`, ...args], env)
const compile = () => run('tsc', ['-b'])

const tasks = {
  build: compile,
  check: () => {
    compile()
    run('oxlint', ['--type-aware', '--deny-warnings', '.'])
    run('oxfmt', ['--check', '.'])
  },
  format: () => run('oxfmt', ['.']),
  test: () => {
    compile()
    run('tap', ['--reporter', './tools/reporter.mjs', ...rest])
  },
  demo: () => {
    compile()
    node('tools/demo/main.ts', rest)
  },
  fuzz: () => node('test/fuzz/main.ts', rest),
  bench: () => {
    compile()
    node('test/bench/main.ts', rest)
  },
}

if (!Object.hasOwn(tasks, task ?? '')) {
  console.error(`usage: node tools/run.mjs ${Object.keys(tasks).join('|')}`)
  process.exit(2)
}

if (process.env.BONAFIDE_READY !== root) {
  run('npx', ['--yes', PNPM, 'install', '--frozen-lockfile', '--reporter=silent'])
  const pinned = existsSync(`${bin}/node`) ? `${bin}/node` : process.execPath
  run(pinned, [self, task, ...rest], {
    BONAFIDE_READY: root,
    PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
  })
  process.exit(0)
}

const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(
    `Node 24 is needed to build and test bonafide; this is ${process.version}, and no pinned Node is known for ${process.platform}-${process.arch}`,
  )
  process.exit(1)
}
tasks[task]()
