// SPDX-License-Identifier: Apache-2.0
// The snippets for GitLab and CircleCI, their lines run with a real bash; and the engine that all of them unpack.
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { packEngine } from '../../tools/engine/engine.ts'
import { attack, honest, layTraps, skip, startRunner, textOf } from './job.ts'
import type { Runner, StepRun } from './job.ts'

const readSnippet = async (name: string): Promise<unknown> =>
  parse(await readFile(new URL(`../../docs/ci/${name}`, import.meta.url), 'utf8'))

type Lines = (runner: Runner, clone: string, env: Readonly<Record<string, string>>) => Promise<StepRun>

interface GitlabFile {
  readonly bonafide: {
    readonly script: readonly string[]
    readonly cache: { readonly paths: readonly string[] }
    readonly variables: Readonly<Record<string, string>>
  }
}

interface CircleFile {
  readonly jobs: {
    readonly bonafide: {
      readonly environment: Readonly<Record<string, string>>
      readonly steps: readonly (string | { readonly run?: { readonly command: string } })[]
    }
  }
}

/** The lines of a snippet, with the trust of the sandbox given to every command as a person would write it there. */
function withTrust(script: string, runner: Runner): string {
  return script.replaceAll(/(bonafide\.js"? verify)/gu, `$1 ${runner.world.trust.join(' ')}`)
}

const runGitlab: Lines = async (runner, clone, env) => {
  const { bonafide } = (await readSnippet('gitlab.yml')) as GitlabFile
  return runner.bash(withTrust(bonafide.script.join('\n'), runner), clone, {
    CI: 'true',
    GITLAB_CI: 'true',
    CI_PROJECT_DIR: clone,
    ...bonafide.variables,
    ...env,
  })
}

const runCircle: Lines = async (runner, clone, env) => {
  const { bonafide } = ((await readSnippet('circleci.yml')) as CircleFile).jobs
  const place = await runner.folder('circle')
  const lines = bonafide.steps.flatMap((step) => (typeof step === 'string' ? [] : (step.run?.command ?? [])))
  const script = withTrust(lines.join('\n').replaceAll('/tmp/', `${place}/`), runner)
  return runner.bash(script, clone, { CI: 'true', CIRCLECI: 'true', ...bonafide.environment, ...env })
}

const SYSTEMS: readonly (readonly [
  string,
  Lines,
  Readonly<Record<string, string>>,
  Readonly<Record<string, string>>,
])[] = [
  ['GitLab', runGitlab, { CI_MERGE_REQUEST_IID: '7', CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main' }, {}],
  ['CircleCI', runCircle, { CIRCLE_BRANCH: 'change' }, { CIRCLE_BRANCH: 'main' }],
]

for (const [name, run, change, push] of SYSTEMS) {
  await t.test(`${name}: what a change brings along does not judge it`, { skip }, async (check) => {
    const runner = await startRunner(check)
    const engine = {
      BONAFIDE_ENGINE: `https://example.com${runner.engineFile}`,
      BONAFIDE_ENGINE_SHA512: runner.engine.sha512,
    }
    const good = await run(runner, await runner.checkOut(honest), { ...engine, ...change })
    check.equal(good.status, 0, good.stderr)
    check.match(good.stdout, /^satisfied/mu)
    const trap = join(runner.world.root, 'sprung')
    const clone = await runner.checkOut(async (world) => {
      await attack(world)
      await layTraps(world.project, trap)
    })
    check.equal((await run(runner, clone, { ...engine, ...push })).status, 0, 'as a push, it gets through')
    const bad = await run(runner, clone, { ...engine, ...change })
    check.equal(bad.status, 1)
    check.match(bad.stdout, /provenance-missing/u)
    check.match(bad.stdout, /installer-changed/u)
    check.equal(await textOf(trap), '')
    if (name === 'GitLab') {
      const report = JSON.parse(await textOf(join(clone, 'gl-code-quality-report.json'))) as readonly {
        readonly check_name: string
      }[]
      check.ok(report.some((item) => item.check_name === 'provenance-missing'))
    }
    const other = await run(runner, clone, { ...engine, ...change, BONAFIDE_ENGINE_SHA512: '0'.repeat(128) })
    check.not(other.status, 0)
    check.notMatch(other.stdout, /refused|satisfied/u, 'another engine is not run')
  })
}

await t.test(
  'the engine is one tarball, the same each time, that needs nothing beside Node.js',
  { skip },
  async (check) => {
    const runner = await startRunner(check)
    check.equal(packEngine().sha512, runner.engine.sha512)
    check.ok(runner.engine.packages.some((name) => name.startsWith('@bonafide/verify@')))
    check.notOk(runner.engine.packages.some((name) => /^(?:@bonafide\/sandbox|tap|typescript)@/u.test(name)))
    const folder = await runner.folder('elsewhere')
    const script = `tar -xzf "$ENGINE" -C . && cd / && node "$OLDPWD/package/bin/bonafide.js" "$@"`
    const env = { ENGINE: runner.engineFile, XDG_CACHE_HOME: await runner.folder('cache') }
    const run = await runner.bash(
      script.replace('"$@"', ['verify', runner.world.project, ...runner.world.trust].join(' ')),
      folder,
      env,
    )
    check.equal(run.status, 0, run.stderr)
    check.match(run.stdout, /^satisfied/mu)
    check.strictSame(await readdir(folder), ['package'])
    check.strictSame((await readdir(join(folder, 'package'))).sort(), ['bin', 'dist', 'node_modules', 'package.json'])
  },
)
