// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { ScenarioPlayer, branch, moment, pipeline, scenario, startSandbox, tag, workflow } from '@bonafide/sandbox'
import type { Sandbox, Scenario } from '@bonafide/sandbox'
import t from 'tap'
import type { Test } from 'tap'

interface Played {
  readonly sandbox: Sandbox
  readonly player: ScenarioPlayer
}

async function play(check: Test, story: Scenario): Promise<Played> {
  const sandbox = await startSandbox({ seed: story.title })
  check.teardown(() => sandbox.close())
  return { sandbox, player: new ScenarioPlayer(sandbox, story) }
}

async function metadata(sandbox: Sandbox, name: string): Promise<Record<string, Record<string, unknown>>> {
  return (await (await fetch(`${sandbox.registryUrl}${name}`)).json()) as Record<string, Record<string, unknown>>
}

const PAINT = workflow('paint/paint', '.github/workflows/publish.yml')

await t.test(
  'package paint had versions of a workflow, then one was published by token with a new dependency',
  async (check) => {
    const story = scenario('paint')
      .package('paint', (paint) =>
        paint
          .builtBy(PAINT)
          .dependsOn({ brush: '^1.0.0' })
          .version('2.0.0', '2026-02-08T16:28Z')
          .byToken('2.0.1', '2026-03-31T00:21Z', { publisher: 'mallory', adds: { dropper: '^4.2.1' } }),
      )
      .package('dropper', (dropper) =>
        dropper.version('4.2.1', '2026-03-30T23:59Z', { runs: { postinstall: 'node setup.js' } }),
      )
      .project((shop) =>
        shop
          .locks(['paint@2.0.0'], '2026-03-01')
          .adopts('2026-03-01')
          .updatesTo(['paint@2.0.1', 'dropper@4.2.1'], '2026-03-31T00:40Z'),
      )
    const { sandbox, player } = await play(check, story)
    check.strictSame(
      story.steps.map(({ kind, at }) => `${kind} ${at.toISOString()}`),
      [
        'lock 2026-03-01T00:00:00.000Z',
        'adopt 2026-03-01T00:00:00.000Z',
        'lock 2026-03-31T00:40:00.000Z',
        'verify 2026-03-31T00:40:00.000Z',
      ],
    )
    await player.until(moment('2026-03-01'))
    check.equal(sandbox.clock.now().toISOString(), '2026-03-01T00:00:00.000Z')
    check.equal(sandbox.published('paint', '2.0.1'), undefined, 'nothing happens before its time')
    check.throws(() => player.project(['paint@2.0.1']), RangeError)
    await player.until(moment('2026-03-31T00:40Z'))
    check.not(sandbox.published('paint', '2.0.0')?.attestations, null)
    check.equal(sandbox.published('paint', '2.0.1')?.attestations, null)
    const { versions, time } = await metadata(sandbox, 'paint')
    check.match(versions?.['2.0.0'], {
      _npmUser: { name: 'GitHub Actions', trustedPublisher: { id: 'github' } },
      dependencies: { brush: '^1.0.0' },
    })
    check.match(versions?.['2.0.1'], {
      _npmUser: { name: 'mallory', email: 'mallory@people.test' },
      dependencies: { brush: '^1.0.0', dropper: '^4.2.1' },
    })
    check.equal(time?.['2.0.1'], '2026-03-31T00:21:00.000Z')

    const files = player.project(['paint@2.0.1', 'dropper@4.2.1'])
    check.match(JSON.parse(files.packageJson), { dependencies: { paint: '2.0.1' } })
    const { packages } = JSON.parse(files.packageLock) as { packages: Record<string, object> }
    check.strictSame(Object.keys(packages), ['', 'node_modules/paint', 'node_modules/dropper'])
    check.match(packages['node_modules/dropper'], { version: '4.2.1', hasInstallScript: true })
    check.match(packages['node_modules/paint'], { dependencies: { dropper: '^4.2.1' }, integrity: /^sha512-/u })
  },
)

await t.test('who sent it, what built it, who approved it', async (check) => {
  const story = scenario('senders')
    .package('paint', (paint) =>
      paint
        .builtBy(PAINT, { tokenOf: 'paint-bot' })
        .version('1.0.0', '2026-01-01')
        .builtBy(PAINT)
        .version('1.1.0', '2026-01-02', { approvedBy: 'olivia', job: { ref: branch('next'), trigger: 'workflow_run' } })
        .byToken('1.2.0', '2026-01-03', { exchanged: true })
        .unpublished('1.1.0', '2026-01-04')
        .publishedBy({ name: 'olivia', email: 'olivia@paint.test' })
        .version('1.3.0', '2026-01-05'),
    )
    .package('@acme/gl', (gl) =>
      gl.builtBy(pipeline('acme/gl')).version('1.0.0', '2026-01-01', { job: { ref: tag('v1') } }),
    )
  const { sandbox, player } = await play(check, story)
  await player.until(moment('2026-01-03'))
  const { versions } = await metadata(sandbox, 'paint')
  check.match(versions?.['1.0.0'], { _npmUser: { name: 'paint-bot' }, dist: { attestations: {} } })
  check.match(versions?.['1.1.0'], { _npmUser: { trustedPublisher: {}, approver: { name: 'olivia' } } })
  check.match(versions?.['1.2.0'], { _npmUser: { trustedPublisher: {} } })
  check.equal(
    sandbox.published('paint', '1.2.0')?.attestations,
    null,
    'the flag is the registry’s word, and no provenance',
  )
  const gl = await metadata(sandbox, '@acme/gl')
  check.match(gl['versions']?.['1.0.0'], { _npmUser: { trustedPublisher: { id: 'gitlab' } } })
  await player.until(moment('2026-01-05'))
  const later = await metadata(sandbox, 'paint')
  check.strictSame(Object.keys(later['versions'] ?? {}), ['1.0.0', '1.2.0', '1.3.0'])
  check.match(later['versions']?.['1.3.0'], { _npmUser: { email: 'olivia@paint.test' } })
})

await t.test('metadata that is not the package.json of the tarball', async (check) => {
  const story = scenario('two faces').package('gyp', (gyp) =>
    gyp
      .version('1.0.0', '2026-01-01', { files: { 'binding.gyp': '{}' } })
      .version('1.0.1', '2026-01-02', {
        files: { 'binding.gyp': '{}' },
        metadata: { gypfile: undefined, scripts: undefined },
      })
      .version('1.0.2', '2026-01-03', { runs: { preinstall: 'node x.js' }, metadata: { scripts: undefined } }),
  )
  const { sandbox, player } = await play(check, story)
  await player.until(moment('2026-01-03'))
  const { versions } = await metadata(sandbox, 'gyp')
  check.match(versions?.['1.0.0'], { gypfile: true, scripts: { install: 'node-gyp rebuild' } }, 'as npm’s client says')
  check.notMatch(versions?.['1.0.1'], { gypfile: true }, 'sent by hand, without saying so')
  check.notOk(Object.hasOwn(versions?.['1.0.2'] ?? {}, 'scripts'))
})

await t.test('two projects on two lines of a package', async (check) => {
  const story = scenario('two')
    .project((shop) => shop.locks(['paint@1.0.0'], '2026-01-01').updatesTo(['paint@1.0.1'], '2026-01-03'))
    .project((legacy) => legacy.locks(['paint@0.9.0'], '2026-01-02').looks('2026-01-02'))
  check.strictSame(
    story.steps.map((step) => [step.project, step.kind, step.kind === 'lock' ? step.specs : []]),
    [
      [0, 'lock', ['paint@1.0.0']],
      [1, 'lock', ['paint@0.9.0']],
      [1, 'verify', []],
      [0, 'lock', ['paint@1.0.1']],
      [0, 'verify', []],
    ],
  )
})

await t.test('a burst over a monorepo, and a dependency in git as npm locks it', async (check) => {
  const commit = '79ac49eedf774dd4b0cfa308722bc463cfe5885c'
  const story = scenario('burst').burst(
    ['@w/a', '@w/b', '@w/c'],
    { from: '2026-05-11T19:20Z', everySeconds: 20 },
    (one, at) =>
      one.version('1.0.0', '2026-01-01').byToken('1.0.1', at(5), { addsOptional: { setup: `github:w/w#${commit}` } }),
  )
  check.strictSame(
    story.events.slice(3).map(({ at }) => at.toISOString()),
    ['2026-05-11T19:20:05.000Z', '2026-05-11T19:20:25.000Z', '2026-05-11T19:20:45.000Z'],
  )
  const { player } = await play(check, story)
  await player.until(moment('2026-05-12'))
  const { packageLock } = player.project(['@w/a@1.0.1'])
  check.match(JSON.parse(packageLock), {
    packages: { 'node_modules/setup': { resolved: `git+ssh://git@github.com/w/w.git#${commit}`, optional: true } },
  })
})

await t.test('a story that is told wrong is told to nobody', async (check) => {
  for (const text of ['2026-13-01', '2026-02-30', '2026-01-01T10:00', '2026-01-01T10:00+01:00', '1 January 2026', ''])
    check.throws(() => moment(text), RangeError, text)
  check.throws(() => scenario('x').project((shop) => shop.looks('2026-01-02').looks('2026-01-01')), RangeError)
  check.throws(() => scenario('x').project((shop) => shop.locks(['paint'], '2026-01-01')), RangeError)
})

await t.test('the story of the README plays', async (check) => {
  const readme = await readFile(new URL('../../packages/sandbox/README.md', import.meta.url), 'utf8')
  const program = /## Scenarios.*?```ts\n(?<program>.*?)```/su.exec(readme)?.groups?.['program'] ?? ''
  const args = ['--conditions=bonafide-source', '--input-type=module-typescript', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname, timeout: 20_000 })
  check.match(stdout, /"paint": "2\.0\.0"(?s:.*)"dropper": "\^4\.2\.1"/u)
})
