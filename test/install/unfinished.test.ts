// SPDX-License-Identifier: Apache-2.0
// An installation that is killed at any moment: afterwards stands the old tree or the new, or `verify` says that it is neither.
import { spawn } from 'node:child_process'
import { createHash, hash } from 'node:crypto'
import { mkdir, readFile, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Published } from '@bonafide/sandbox'
import { UNFINISHED, isUnfinished } from '@bonafide/verify'
import { openScene, place, readTree } from './scene.ts'

const PROGRAM = fileURLToPath(new URL('../../packages/cli/bin/bonafide.js', import.meta.url))
const KILLS = 50
const PACKAGES = 40

// Numbers between 0 and 1, the same for the same seed.
function* numbers(seed: string): Generator<number, never> {
  for (let nth = 0; ; nth += 1) yield createHash('sha256').update(`${seed} ${nth}`).digest().readUInt32BE(0) / 2 ** 32
}

await t.test(`killed ${KILLS} times while one tree replaces another`, async (check) => {
  const scene = await openScene(check, 'killed')
  const { world, bonafide, env } = scene
  const generations = await Promise.all(
    ['1.0.0', '1.1.0'].map((version) =>
      Promise.all(
        Array.from({ length: PACKAGES }, (_, nth) =>
          world.release(nth % 5 === 0 ? `p${nth}` : `@acme/p${nth}`, version, {
            manifest: { bin: 'index.js' },
            files: { 'lib/a.js': `${version} ${nth}`, 'lib/b.js': 'b'.repeat(nth * 100) },
          }),
        ),
      ),
    ),
  )
  const scripts = { postinstall: "node -e \"require('fs').writeFileSync('node_modules/built', '')\"" }
  const lockTo = (versions: readonly Published[]): Promise<void> =>
    world.lock(versions, {
      manifest: { scripts },
      packages: Object.fromEntries(
        versions.map(({ name, version, integrity }) => [
          `node_modules/${name}`,
          { version, integrity, bin: { [name.slice(name.indexOf('/') + 1)]: 'index.js' } },
        ]),
      ),
    })
  // What is left out is fetched and unpacked all the same, and costs less here.
  await world.write('bonafide.json', JSON.stringify({ version: 1, outside: ['@acme/*'] }))
  const modules = join(world.project, 'node_modules')
  const trees: string[] = []
  let longest = 0
  for (const generation of generations) {
    await lockTo(generation)
    const started = performance.now()
    check.equal(await start().ended, 0)
    longest = Math.max(longest, performance.now() - started)
    trees.push(JSON.stringify(await readTree(modules)))
  }
  check.not(trees[0], trees[1])

  function start(): { readonly kill: () => void; readonly ended: Promise<number | null> } {
    const child = spawn(process.execPath, [PROGRAM, 'ci', ...world.trust], {
      cwd: world.project,
      env: { ...env },
      stdio: 'ignore',
    })
    const ended = new Promise<number | null>((resolve) => {
      child.on('exit', (code) => resolve(code))
    })
    return { kill: () => void child.kill('SIGKILL'), ended }
  }

  const random = numbers('killed')
  const seen = { old: 0, next: 0, unfinished: 0 }
  const faults: string[] = []
  for (let nth = 0; nth < KILLS; nth += 1) {
    const [before, after] = nth % 2 === 0 ? [1, 0] : [0, 1]
    await lockTo(generations[after] ?? [])
    const run = start()
    const state = { isOver: false }
    void run.ended.then(() => (state.isOver = true))
    if (nth % 3 === 0) await sleep(random.next().value * longest)
    else {
      // Two of three while something changes, which is the shorter part.
      while (!state.isOver && !(await isUnfinished(world.project))) await sleep(1)
      await sleep(random.next().value * longest * 0.3)
    }
    run.kill()
    await run.ended
    const tree = JSON.stringify(await readTree(modules))
    const judged = await bonafide('verify', '--json')
    const isKnown = judged.stdout.includes('"install-unfinished"')
    if (isKnown) seen.unfinished += 1
    else if (tree === trees[after]) seen.next += 1
    else if (tree === trees[before]) seen.old += 1
    else faults.push(`${nth}: a half that verify calls ${judged.status}`)
    if (isKnown !== (judged.status === 1)) faults.push(`${nth}: exit ${judged.status}`)
    const healed = await bonafide('ci')
    if (healed.status !== 0 || JSON.stringify(await readTree(modules)) !== trees[after])
      faults.push(`${nth}: not healed: ${healed.stderr}`)
  }
  check.strictSame(faults, [])
  check.comment(`old ${seen.old}, new ${seen.next}, unfinished ${seen.unfinished}`)
  check.ok(seen.unfinished > 0, 'some were caught in the middle')
  check.ok(seen.old + seen.next > 0, 'and some before it or after it')
  check.equal((await bonafide('verify')).status, 0)

  const cache = join(world.root, 'cache', 'bonafide')
  const names = (await readdir(cache, { recursive: true })).filter((name) => name.includes('content-v2/sha512/'))
  const files = names.filter((name) => /\/[0-9a-f]{124}$/u.test(name))
  check.ok(files.length >= 2 * PACKAGES)
  for (const name of files) {
    if (name.startsWith('stores/')) continue
    const wanted = name.slice(name.lastIndexOf('sha512/') + 'sha512/'.length).replaceAll('/', '')
    if (hash('sha512', await readFile(join(cache, name))) !== wanted) check.fail(`${name} is not what it is called`)
  }
})

await t.test('the marker cannot be used to have something else written or removed', async (check) => {
  const { world, bonafide, lock, tree } = await openScene(check, 'marker')
  await world.release('axe', '1.0.0')
  await lock({ dependencies: { axe: '1.0.0' } })
  const precious = join(world.root, 'precious')
  await mkdir(precious)
  await place(world, 'node_modules/x', '')
  await symlink(precious, join(world.project, ...UNFINISHED.split('/')))
  check.match((await bonafide('verify')).stdout, /install-unfinished/)
  check.equal((await bonafide('ci')).status, 0)
  check.strictSame(await readdir(precious), [])
  check.strictSame(
    Object.keys(await tree()).filter((path) => !path.startsWith('axe/')),
    ['.package-lock.json'],
  )
  check.equal((await bonafide('verify')).status, 0)
})
