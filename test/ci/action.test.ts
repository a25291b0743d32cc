// SPDX-License-Identifier: Apache-2.0
// The GitHub Action, run step by step with a real bash: what a pull request can bring along does not judge it.
import { chmod, cp, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import type * as documentCache from '../../packages/registry/src/document-cache.ts'
import { clientFile, ended } from '../support/clients.ts'
import { attack, honest, layTraps, skip, startRunner, textOf } from './job.ts'
import type { Runner, StepRun } from './job.ts'

interface Step {
  readonly name: string
  readonly id?: string
  readonly if?: string
  readonly uses?: string
  readonly run?: string
  readonly shell?: string
  readonly env?: Readonly<Record<string, string>>
  readonly with?: Readonly<Record<string, string>>
  readonly 'working-directory'?: string
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>
  readonly runs: { readonly using: string; readonly steps: readonly Step[] }
}

const action = parse(await readFile(new URL('../../action.yml', import.meta.url), 'utf8')) as Action

interface ActionRun extends StepRun {
  readonly summary: string
  readonly outputs: Readonly<Record<string, string>>
  /** Steps of others that would have run. */
  readonly uses: readonly string[]
  readonly temp: string
}

interface Job {
  readonly runner: Runner
  readonly clone: string
  readonly inputs?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly event?: Readonly<Record<string, string>>
  /** The folder that the cache step restored. */
  readonly cache?: string
}

/** Runs the action as GitHub's runner does; steps of others are noted down. */
async function runAction({ runner, clone, inputs = {}, env = {}, event = {}, cache }: Job): Promise<ActionRun> {
  const temp = await runner.folder('temp')
  if (cache !== undefined) await cp(cache, join(temp, 'bonafide-cache'), { recursive: true })
  const given: Readonly<Record<string, string>> = {
    ...Object.fromEntries(Object.entries(action.inputs).map(([name, input]) => [name, input.default ?? ''])),
    engine: runner.engineFile,
    'engine-sha512': runner.engine.sha512,
    options: runner.world.trust.join('\n'),
    ...inputs,
  }
  const outputs: Record<string, Readonly<Record<string, string>>> = {}
  const values = (name: string): string => {
    const [first, second = '', third, fourth = ''] = name.split('.')
    if (first === 'inputs' && second in given) return given[second] ?? ''
    if (first === 'steps' && third === 'outputs') return outputs[second]?.[fourth] ?? ''
    if (name === 'runner.temp') return temp
    if (first === 'github' && second === 'event') return event[name] ?? ''
    throw new Error(`unknown: ${name}`)
  }
  const filled = (text: string): string => text.replaceAll(/\$\{\{ ([\w.-]+) \}\}/gu, (_, name: string) => values(name))
  const isOn = (test: string | undefined): boolean => {
    const [, name = '', sign, value] = /^([\w.-]+) (==|!=) '(.*)'$/u.exec(test ?? "inputs.engine != ''") ?? []
    return (values(name) === value) === (sign === '==')
  }
  const files = {
    GITHUB_STEP_SUMMARY: join(temp, 'summary'),
    GITHUB_OUTPUT: '',
    GITHUB_ENV: join(temp, 'env'),
    GITHUB_PATH: join(temp, 'path'),
  }
  const uses: string[] = []
  let [status, stdout, stderr] = [0, '', '']
  for (const [index, step] of action.runs.steps.entries()) {
    if (!isOn(step.if)) continue
    if (step.run === undefined) {
      uses.push(step.uses ?? '')
      continue
    }
    const own = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, text]) => [name, filled(text)]))
    const output = join(temp, `output-${index}`)
    const job = { GITHUB_WORKSPACE: clone, GITHUB_ACTIONS: 'true', CI: 'true', RUNNER_TEMP: temp, ...env }
    const cwd = join(clone, filled(step['working-directory'] ?? '.'))
    const run = await runner.bash(step.run, cwd, { ...job, ...files, GITHUB_OUTPUT: output, ...own })
    stdout += run.stdout
    stderr += run.stderr
    const lines = (await textOf(output)).split('\n').filter((line) => line !== '')
    outputs[step.id ?? ''] = Object.fromEntries(
      lines.map((line) => [line.split('=')[0] ?? '', line.replace(/^[^=]*=/u, '')]),
    )
    status = run.status
    if (status !== 0) break
  }
  return {
    status,
    stdout,
    stderr,
    summary: await textOf(files.GITHUB_STEP_SUMMARY),
    outputs: outputs['bonafide'] ?? {},
    uses,
    temp,
  }
}

const PULL_REQUEST = { GITHUB_BASE_REF: 'main', GITHUB_EVENT_NAME: 'pull_request' }

await t.test('an honest pull request passes, and its report becomes the summary', { skip }, async (check) => {
  const runner = await startRunner(check)
  const run = await runAction({ runner, clone: await runner.checkOut(honest), env: PULL_REQUEST })
  check.equal(run.status, 0, run.stderr)
  check.strictSame(run.outputs, { 'exit-code': '0' })
  check.notMatch(run.stdout, /::error/u)
  check.match(run.stdout, /^bonafide satisfied: 2 trusted$/mu)
  check.match(run.summary, /satisfied/u)
  check.strictSame(
    run.uses.map((name) => name.replace(/@.*$/u, '')),
    ['actions/setup-node', 'actions/cache'],
  )
  const without = { cache: 'false', 'node-version': '', summary: 'false' }
  const bare = await runAction({ runner, clone: await runner.checkOut(honest), env: PULL_REQUEST, inputs: without })
  check.strictSame([bare.status, bare.uses, bare.summary], [0, [], ''])
})

await t.test(
  'a stolen release that brings its own pin along fails, with an annotation at its line',
  { skip },
  async (check) => {
    const runner = await startRunner(check)
    const clone = await runner.checkOut(attack)
    const trusting = await runAction({ runner, clone })
    check.equal(trusting.status, 0, 'as a push, judged by its own files, it gets through')

    const run = await runAction({ runner, clone: await runner.checkOut(attack), env: PULL_REQUEST })
    check.equal(run.status, 1)
    check.strictSame(run.outputs, { 'exit-code': '1' })
    check.match(run.stdout, /^::error file=package-lock\.json,line=\d+,title=provenance-missing::/mu)
    check.match(run.stdout, /^::error file=bonafide\.lock,line=\d+,title=policy-loosened::/mu)
    check.match(run.summary, /refused/u)
    // A merge queue names the base's commit in its event.
    const [base = ''] = (await runner.bash('git rev-parse main', runner.world.project, {})).stdout.split('\n')
    const event = { 'github.event.merge_group.base_sha': base }
    const queued = await runAction({ runner, clone: await runner.checkOut(attack), event })
    check.equal(queued.status, 1)
    check.match(queued.stdout, /policy-loosened/u)
    const lost = await runAction({ runner, clone: await runner.checkOut(honest), env: { GITHUB_BASE_REF: 'gone' } })
    check.not(lost.status, 0, 'a base that cannot be fetched is no reason to believe the change')
  },
)

await t.test('nothing of the checked-out tree takes part', { skip }, async (check) => {
  const runner = await startRunner(check)
  const trap = join(runner.world.root, 'sprung')
  const clone = await runner.checkOut(async (world) => {
    await attack(world)
    await layTraps(world.project, trap)
  })
  for (const name of await readdir(join(clone, 'node_modules/.bin')))
    await chmod(join(clone, 'node_modules/.bin', name), 0o755)
  const env = { PATH: '/usr/bin:/bin', HOME: runner.world.root, npm_config_cache: join(runner.world.root, 'npm') }
  const careless = await ended(process.execPath, [clientFile('npm/bin/npx-cli.js'), '--no', 'bonafide', 'verify'], {
    cwd: clone,
    env,
  })
  check.strictSame([careless.code, await textOf(trap)], [0, 'run\n'], 'npx runs what the tree brings along')
  await writeFile(trap, '')

  const run = await runAction({ runner, clone, env: PULL_REQUEST })
  check.equal(run.status, 1)
  check.match(run.stdout, /title=provenance-missing/u)
  check.match(run.stdout, /^::error file=bunfig\.toml,line=1,title=installer-changed/mu)
  check.equal(await textOf(trap), '')
  check.strictSame([await textOf(join(run.temp, 'env')), await textOf(join(run.temp, 'path'))], ['', ''])
})

await t.test('ci and run install what is honest, and of an attack nothing', { skip }, async (check) => {
  const runner = await startRunner(check)
  for (const inputs of [{ command: 'ci' }, { command: 'run', args: '--\nnpm\nci' }]) {
    const clone = await runner.checkOut(honest)
    const good = await runAction({ runner, clone, env: PULL_REQUEST, inputs })
    check.equal(good.status, 0, good.stderr)
    check.ok((await readdir(join(clone, 'node_modules'))).includes('blue'), inputs.command)
    check.match(good.summary, /satisfied/u)
    const other = await runner.checkOut(attack)
    const bad = await runAction({ runner, clone: other, env: PULL_REQUEST, inputs })
    check.strictSame([bad.status, bad.outputs], [1, { 'exit-code': '1' }])
    check.match(bad.stdout, /^::error file=package-lock\.json,line=\d+,title=provenance-missing::/mu)
    check.match(bad.summary, /refused/u)
    await check.rejects(stat(join(other, 'node_modules')), 'nothing of it is on disk')
  }
})

await t.test('another engine than the pinned one is not unpacked', { skip }, async (check) => {
  const runner = await startRunner(check)
  const bytes = Buffer.from(runner.engine.bytes)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  const other = join(await runner.folder('other'), 'engine.tgz')
  await writeFile(other, bytes)
  const clone = await runner.checkOut(honest)
  for (const inputs of [
    { engine: other },
    { 'engine-sha512': '' },
    { 'engine-sha512': runner.engine.sha512.toUpperCase() },
    { 'engine-sha512': '0'.repeat(128) },
    { engine: `https://example.com${other}` },
  ]) {
    const run = await runAction({ runner, clone, env: PULL_REQUEST, inputs })
    check.equal(run.status, 2)
    check.match(run.stdout, /^::error title=bonafide::the engine is not the pinned one/mu)
    const folder = (await readdir(run.temp)).find((name) => name.startsWith('bonafide-engine-')) ?? ''
    check.strictSame(await readdir(join(run.temp, folder)), ['engine.tgz'])
  }
  const url = `https://example.com${runner.engineFile}`
  check.equal((await runAction({ runner, clone, env: PULL_REQUEST, inputs: { engine: url } })).status, 0)
})

await t.test('a poisoned cache passes nothing', { skip }, async (check) => {
  const runner = await startRunner(check)
  const warm = await runAction({ runner, clone: await runner.checkOut(attack), env: PULL_REQUEST })
  const before = await runAction({ runner, clone: await runner.checkOut(honest), env: PULL_REQUEST })
  check.strictSame(await readdir(join(before.temp, 'bonafide-cache')), ['bonafide'])
  // Not exported by the package: nobody who wants a verdict needs it.
  const source = new URL('../../packages/registry/src/document-cache.ts', import.meta.url).href
  const { openDocumentCache } = (await import(source)) as typeof documentCache
  const documentsOf = (run: ActionRun): documentCache.DocumentCache =>
    openDocumentCache(join(run.temp, 'bonafide-cache/bonafide/documents'))
  const cache = join(warm.temp, 'bonafide-cache')
  const key = (version: string): string => `1|${runner.world.sandbox.registryUrl}|attestations|paint@${version}`
  const genuine = await documentsOf(before).get(key('2.0.0'))
  if (genuine === null) throw new Error('no document of paint is kept')
  // The genuine document of another version, under the key of the stolen one.
  for (const version of ['2.0.0', '2.0.1']) await documentsOf(warm).put(key(version), genuine)
  const offline = { args: '--offline' }
  for (const inputs of [{}, offline]) {
    const clone = await runner.checkOut(attack)
    const run = await runAction({ runner, clone, env: PULL_REQUEST, cache, inputs })
    check.not(run.status, 0)
    check.match(run.stdout, /^::error file=package-lock\.json/mu)
    check.notMatch(run.stdout, /trusted/u)
  }
  // Every byte that is kept is another one: asked anew, and no reason to fail.
  for (const name of await readdir(cache, { recursive: true })) {
    const path = join(cache, name)
    if ((await stat(path)).isFile()) await writeFile(path, '{"attestations":[]}')
  }
  const run = await runAction({ runner, clone: await runner.checkOut(honest), env: PULL_REQUEST, cache })
  check.equal(run.status, 0)
})

await t.test('an input is a word and never a command', { skip }, async (check) => {
  check.equal(action.runs.using, 'composite')
  for (const { name, run, uses, shell } of action.runs.steps) {
    check.notMatch(run ?? '', /\$\{\{/u, `${name}: inputs come by the environment`)
    if (run !== undefined) check.equal(shell, 'bash')
    else check.match(uses, /^actions\/[a-z-]+@[0-9a-f]{40}$/u, 'pinned by commit')
  }
  const example = parse(await readFile(new URL('../../docs/ci/github.yml', import.meta.url), 'utf8')) as {
    readonly permissions: unknown
    readonly jobs: { readonly verify: Pick<Action['runs'], 'steps'> }
  }
  check.strictSame(example.permissions, { contents: 'read' })
  const [checkout, ours, ...more] = example.jobs.verify.steps
  check.match(checkout?.uses, /^actions\/checkout@[0-9a-f]{40}$/u)
  check.strictSame(more, [], 'nothing runs beside it')
  for (const name of Object.keys(ours?.with ?? {})) check.ok(name in action.inputs, name)
  for (const [name, input] of Object.entries(action.inputs))
    if (input.required === true) check.ok(name in (ours?.with ?? {}), name)

  const runner = await startRunner(check)
  const clone = await runner.checkOut(honest)
  const trap = join(runner.world.root, 'pwned')
  const evil = `$(touch ${trap})\`touch ${trap}\`; touch ${trap} && "'`
  for (const name of ['command', 'options', 'args', 'engine', 'engine-sha512', 'summary', 'cache', 'node-version']) {
    const run = await runAction({ runner, clone, env: PULL_REQUEST, inputs: { [name]: evil } })
    if (['command', 'options', 'args', 'engine', 'engine-sha512'].includes(name)) check.not(run.status, 0, name)
    await check.rejects(stat(trap), name)
  }
  const branch = await runAction({ runner, clone, env: { GITHUB_BASE_REF: evil } })
  check.not(branch.status, 0)
  await check.rejects(stat(trap))
})
