// SPDX-License-Identifier: Apache-2.0
// Who may decide, and how: a person on a real terminal, or with --yes, never a CI job.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { builtBy, fieldsOf, startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const bin = fileURLToPath(new URL('../../packages/cli/bin/bonafide.js', import.meta.url))

/** A project whose `paint` is pinned to its first repository, and locked as another one built it. */
async function moved(seed: string): Promise<World> {
  const world = await startWorld(seed)
  await world.lock([await world.release('paint', '2.0.0')])
  await world.run(['init', ...world.trust])
  const provenance = { ...builtBy('painters/paint'), repositoryId: '333', ownerId: '444' }
  await world.lock([await world.release('paint', '2.1.0', { provenance })])
  return world
}

/** The code of the error that `--json` prints, or null. */
async function codeOf(
  world: World,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  answers: readonly string[] = [],
): Promise<string | null> {
  const { stdout } = await world.run([...words, '--json', ...world.trust], env, answers)
  return (JSON.parse(stdout) as { readonly error?: { readonly code: string } }).error?.code ?? null
}

await t.test('a CI job decides nothing, however it asks', async (check) => {
  const world = await moved('decide-ci')
  check.teardown(() => world.close())
  const before = await world.snapshot()
  for (const env of [
    { CI: 'true' },
    { CI: '1' },
    { CI: 'woodpecker' },
    { GITHUB_ACTIONS: 'true' },
    { GITLAB_CI: 'true' },
    { BUILD_NUMBER: '7' },
    { TF_BUILD: 'True' },
    { CI: '', JENKINS_URL: 'x' },
  ]) {
    check.equal(await codeOf(world, ['pin', 'paint', '--yes'], env), 'BONAFIDE_UNDER_CI', JSON.stringify(env))
    check.equal(await codeOf(world, ['pin', 'paint'], env, ['painters/paint']), 'BONAFIDE_UNDER_CI')
  }
  check.strictSame(await world.snapshot(), before)
  check.equal(world.sandbox.requests.filter(({ path }) => path.includes('2.1.0')).length, 0, 'nobody was asked')
  for (const env of [{ CI: 'false' }, { CI: '0' }, { CI: '' }, { CI: 'false', BUILD_NUMBER: '7' }])
    check.equal(await codeOf(world, ['pin', 'paint', '--yes'], env), null, JSON.stringify(env))
})

await t.test('without a terminal, or without the right answer, nothing is written', async (check) => {
  const world = await moved('decide-terminal')
  check.teardown(() => world.close())
  const before = await world.snapshot()
  check.equal(await codeOf(world, ['pin', 'paint']), 'BONAFIDE_NOT_A_TERMINAL')
  for (const answer of ['', 'y', 'yes', 'paint', 'paint/paint', 'Painters/paint', 'painters/paint/', 'paintеrs/paint'])
    check.equal(await codeOf(world, ['pin', 'paint'], {}, [answer]), 'BONAFIDE_NOT_CONFIRMED', answer)
  check.equal(await codeOf(world, ['pin', 'brush', '--yes']), 'BONAFIDE_NOT_LOCKED')
  check.strictSame(await world.snapshot(), before)
  check.equal(await codeOf(world, ['pin', 'paint'], {}, ['painters/paint ']), null, 'a space behind it is no mistake')
})

await t.test('what the policy leaves out cannot be pinned', async (check) => {
  const world = await moved('decide-outside')
  check.teardown(() => world.close())
  await world.write('bonafide.json', '{ "version": 1, "outside": ["paint"] }\n')
  check.equal(await codeOf(world, ['pin', 'paint', '--yes']), 'BONAFIDE_NOTHING_TO_DECIDE')
})

await t.test('pins that changed while the question was open are not overwritten', async (check) => {
  const world = await moved('decide-meanwhile')
  check.teardown(() => world.close())
  const merged = '{ "version": 1, "packages": {} }\n'
  const { status, stdout } = await world.run(['pin', 'paint', '--json', ...world.trust], {}, [
    async () => {
      await world.write('bonafide.lock', merged)
      return 'painters/paint'
    },
  ])
  check.equal(status, 2)
  check.match(JSON.parse(stdout), { error: { code: 'BONAFIDE_WRITE_FAILED', path: 'bonafide.lock' } })
  check.equal(await world.read('bonafide.lock'), merged)
})

await t.test('a dependency from beside the registries is let in with the package that asks for it', async (check) => {
  const world = await startWorld('decide-exotic')
  check.teardown(() => world.close())
  const spec = 'github:evil/setup#79ac49ee'
  const asks = { optionalDependencies: { setup: spec } }
  const paint = await world.release('paint', '2.0.0', { manifest: asks })
  const resolved = 'git+ssh://git@github.com/evil/setup.git#79ac49eedf774dd4b0cfa308722bc463cfe5885c'
  await world.lock([paint], {
    packages: {
      'node_modules/paint': { ...fieldsOf(paint, world.sandbox.registryUrl), ...asks },
      'node_modules/setup': { version: '1.0.0', resolved, optional: true },
    },
  })
  check.equal((await world.run(['verify', ...world.trust])).status, 1)
  const { status, stderr } = await world.run(['pin', 'paint', ...world.trust], {}, ['paint/paint'])
  check.equal(status, 0)
  check.match(stderr, /beside registries +not recorded -> setup@github:evil\/setup#79ac49ee \(added\)/u)
  check.equal((await world.run(['verify', ...world.trust])).status, 0)
})

const exempt = (rule: string, ...more: readonly string[]): readonly string[] =>
  ['exempt', 'bare@1.0.0', '--rule', rule, '--reason', 'read it'].concat(more)

await t.test('an exemption is for the bytes in the lockfile, and for rules that refuse them', async (check) => {
  const world = await startWorld('decide-exempt')
  check.teardown(() => world.close())
  const bare = await world.release('bare', '1.0.0', { provenance: null })
  const other = await world.release('bare', '1.0.1', { provenance: null })
  await world.lock([bare, await world.release('paint', '2.0.0')])
  check.equal(await codeOf(world, exempt('cooldown', '--yes')), 'BONAFIDE_NOTHING_TO_DECIDE')
  check.equal(await codeOf(world, exempt('attestation-invalid', '--yes')), 'BONAFIDE_USAGE')
  check.equal(await codeOf(world, exempt('provenance-required')), 'BONAFIDE_NOT_A_TERMINAL')
  check.equal(await codeOf(world, exempt('provenance-required', '--yes'), { CI: 'true' }), 'BONAFIDE_UNDER_CI')
  check.equal(await codeOf(world, exempt('provenance-required'), {}, ['bare']), 'BONAFIDE_NOT_CONFIRMED')
  await check.rejects(world.read('bonafide.exemptions.json'), 'nothing was written so far')
  check.equal(await codeOf(world, exempt('provenance-required'), {}, ['bare@1.0.0']), null)
  const verdicts = async (): Promise<unknown> => {
    const { stdout } = await world.run(['verify', '--json', ...world.trust])
    const report = JSON.parse(stdout) as { readonly packages: readonly Readonly<Record<string, unknown>>[] }
    return report.packages.map(({ name, verdict, exemption }) => [name, verdict, exemption])
  }
  check.strictSame(await verdicts(), [
    ['bare', 'exempt', { rules: ['provenance-required'], reason: 'read it' }],
    ['paint', 'trusted', null],
  ])
  // The same number with other bytes (B31): nobody exempted those.
  await world.editLock((text) => text.replace(bare.integrity, other.integrity))
  check.match(await verdicts(), [
    ['bare', 'refused', null],
    ['paint', 'trusted', null],
  ])
})

// util-linux gives a command a terminal of its own.
const script = '/usr/bin/script'
const skip = existsSync(script) ? false : 'no script(1) here'

await t.test(
  'on a real terminal a person is asked on stderr, and the result goes to stdout',
  { skip },
  async (check) => {
    const world = await moved('decide-pty')
    check.teardown(() => world.close())
    const before = await world.read('bonafide.lock')
    const asked = 'type painters/paint to confirm: '
    const cancelled = await onTerminal(world, 'pin paint > result.txt', asked, '\u0003')
    check.match(cancelled.screen, /owner id +\d+ -> 444 \(changed\)/u)
    check.match(cancelled.screen, /not confirmed, so nothing was written/u)
    check.equal(cancelled.status, 2)
    check.equal(await world.read('result.txt'), '', 'and stdout is empty')
    const ended = await onTerminal(world, 'pin paint > result.txt', asked, '\u0004')
    check.equal(ended.status, 2, 'the end of the input is no answer either')
    check.equal(await world.read('bonafide.lock'), before)
    const piped = await onTerminal(world, 'pin paint < package.json', 'there is nobody to be asked', '')
    check.equal(piped.status, 2, 'a file is nobody to ask')
    const typed = await onTerminal(world, 'pin paint > result.txt', asked, 'painters/paint\r')
    check.equal(typed.status, 0)
    check.match(await world.read('result.txt'), /^trusted +paint@2\.1\.0 [\s\S]*\nwrote bonafide\.lock/u)
    check.match(await world.read('bonafide.lock'), /painters\/paint/u)
  },
)

/** Runs the command in a shell on a terminal, types once a text has appeared, and gives what the screen showed. */
function onTerminal(
  world: World,
  line: string,
  until: string,
  keys: string,
): Promise<{ readonly status: number | null; readonly screen: string }> {
  const [word = '', ...rest] = line.split(' ')
  const command = [process.execPath, bin, word, ...world.trust, ...rest].join(' ')
  const { PATH } = process.env
  const child = spawn(script, ['-qec', command, '/dev/null'], {
    cwd: world.project,
    env: { ...world.env, PATH, TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let screen = ''
  let isTyped = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text
    if (isTyped || !screen.includes(until)) return
    isTyped = true
    child.stdin.write(keys)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => {
      resolve({ status, screen })
    })
  })
}
