// SPDX-License-Identifier: Apache-2.0
// A CI job on this machine: a repository with a base and a change, cloned as a runner clones it, and the shell lines of a job's file.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import type { Test } from 'tap'
import { packEngine } from '../../tools/engine/engine.ts'
import type { Engine } from '../../tools/engine/engine.ts'
import { clientFile } from '../support/clients.ts'
import { commitAll, git, gitProgram, makeRepository, writeFiles } from '../support/git.ts'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

/** Why these tests cannot run here, or false. */
export const skip: string | false =
  (gitProgram === undefined && 'no git on this machine') || (process.platform === 'win32' && 'no bash on this system')

/** How a step ended. */
export interface StepRun {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** A machine that runs jobs. */
export interface Runner {
  readonly world: World
  readonly engine: Engine
  /** The engine's tarball on the disk. */
  readonly engineFile: string
  /** Commits what `edit` makes of the base's files, and clones it as CI systems do: the change alone, without its history. */
  checkOut(edit: (world: World) => Promise<void>): Promise<string>
  /** An empty folder. */
  folder(name: string): Promise<string>
  /** Runs lines as a runner's `bash` does. */
  bash(script: string, cwd: string, env: Readonly<Record<string, string>>): Promise<StepRun>
}

let packed: Engine | undefined

/** A runner, and a base that locks and pins paint 2.0.0, which is attested. */
export async function startRunner(check: Test): Promise<Runner> {
  const world = await startWorld('ci')
  const root = await mkdtemp(join(world.root, 'runner-'))
  check.teardown(async () => {
    await world.close()
    await rm(root, { recursive: true, force: true })
  })
  await world.lock([await world.release('paint', '2.0.0')])
  await world.run(['init', ...world.trust])
  makeRepository(world.project)
  commitAll(world.project, 'base')
  packed ??= packEngine()
  const engineFile = join(root, 'engine.tgz')
  await writeFile(engineFile, packed.bytes)
  const tools = join(root, 'tools')
  await mkdir(tools)
  await symlink(process.execPath, join(tools, 'node'))
  const npm = `#!/bin/sh\nexec "${process.execPath}" "${clientFile('npm/bin/npm-cli.js')}" "$@"\n`
  await writeFile(join(tools, 'npm'), npm, { mode: 0o755 })
  // The tests ask nobody beyond this machine: a download copies what lies at the path of the URL.
  await writeFile(
    join(tools, 'curl'),
    '#!/bin/bash\nwhile [ $# -gt 0 ]; do case "$1" in --output) out=$2; shift ;; https://*) url=$1 ;; esac; shift; done\n' +
      'cp -- "/${url#https://*/}" "$out"\n',
    { mode: 0o755 },
  )
  const PATH = [tools, dirname(gitProgram ?? ''), '/usr/bin', '/bin'].join(delimiter)
  let count = 0
  const folder = async (name: string): Promise<string> => {
    const path = join(root, `${name}-${(count += 1)}`)
    await mkdir(path)
    return path
  }
  return {
    world,
    engine: packed,
    engineFile,
    folder,
    async checkOut(edit) {
      git(world.project, 'checkout', '--quiet', '--force', '-B', 'change', 'main')
      git(world.project, 'clean', '--quiet', '--force', '-d')
      await edit(world)
      git(world.project, 'add', '--all', '--force')
      commitAll(world.project, 'change')
      const clone = await folder('clone')
      git(clone, 'clone', '--quiet', '--depth=1', '--branch=change', `file://${world.project}`, '.')
      return clone
    },
    bash: (script, cwd, env) => runBash(script, cwd, { PATH, HOME: world.env['HOME'] ?? '', ...env }, root),
  }
}

async function runBash(
  script: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
  root: string,
): Promise<StepRun> {
  const file = join(await mkdtemp(join(root, 'step-')), 'script.sh')
  await writeFile(file, script)
  return new Promise((resolve) => {
    const words = ['--noprofile', '--norc', '-eo', 'pipefail', file]
    const quiet = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }
    execFile('bash', words, { cwd, env: { ...quiet, ...env }, timeout: 120_000 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code ?? 255), stdout, stderr })
    })
  })
}

/** The text of a file, empty where it is not there. */
export function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

/** A stolen release with the pin that would let it through, in a lockfile. */
export async function attack(world: World): Promise<void> {
  const stolen = stolenReleases.get(world) ?? world.release('paint', '2.0.1', { provenance: null })
  stolenReleases.set(world, stolen)
  await world.lock([await stolen])
  const pins = JSON.parse(await world.read('bonafide.lock')) as { packages: Record<string, unknown> }
  pins.packages['paint'] = { identities: 'none', lines: { '2': 'none' } }
  await world.write('bonafide.lock', `${JSON.stringify(pins, null, 2)}\n`)
}

const stolenReleases = new WeakMap<World, ReturnType<World['release']>>()

/** An honest change: another package, with the pin that `init` records. */
export async function honest(world: World): Promise<void> {
  const releases = honestReleases.get(world) ?? world.release('blue', '3.0.0')
  honestReleases.set(world, releases)
  const base = JSON.parse(await world.read('package-lock.json')) as {
    packages: Record<string, { readonly version: string }>
  }
  const paint = base.packages['node_modules/paint'] ?? { version: '2.0.0' }
  await world.lock([{ name: 'paint', version: '2.0.0', fields: { ...paint } }, await releases])
  await world.run(['init', ...world.trust])
}

const honestReleases = new WeakMap<World, ReturnType<World['release']>>()

/** Puts a program at every place of a tree where something careless would look for one; each leaves a file behind. */
export async function layTraps(folder: string, trap: string): Promise<void> {
  const js = `#!/usr/bin/env node\nrequire('node:fs').writeFileSync(${JSON.stringify(trap)}, 'run')\nconsole.log('bonafide satisfied')\n`
  const sh = `#!/bin/sh\necho run > ${JSON.stringify(trap)}\n`
  const names = ['bonafide', 'node', 'git', 'curl', 'tar', 'npm'].map((name) => [`node_modules/.bin/${name}`, sh])
  await writeFiles(folder, {
    ...Object.fromEntries(names),
    'node_modules/bonafide/package.json': '{"name":"bonafide","version":"9.9.9","bin":"cli.js","exports":"./cli.js"}',
    'node_modules/bonafide/cli.js': js,
    'node_modules/@bonafide/verify/package.json': '{"name":"@bonafide/verify","version":"9.9.9","exports":"./cli.js"}',
    'node_modules/@bonafide/verify/cli.js': js,
    '.npmrc': `node-options=--require=${folder}/node_modules/bonafide/cli.js\n`,
    'bunfig.toml': 'preload = ["./node_modules/bonafide/cli.js"]\n',
    '.yarnrc.yml': 'yarnPath: node_modules/bonafide/cli.js\n',
    '.pnpmfile.cjs': js,
    '.env': `NODE_OPTIONS=--require=${folder}/node_modules/bonafide/cli.js\n`,
  })
}
