// SPDX-License-Identifier: Apache-2.0
// The recipe for an air gap, run as it stands: its commands, in its order, on two machines that share nothing but what is carried.
import { cp, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { splitWords } from '../cli/transcript.ts'
import { runMain, startWorld } from '../support/world.ts'

const page = await readFile(new URL('../../docs/recipes/air-gap.md', import.meta.url), 'utf8')
const commands = [...page.matchAll(/^```sh\n(.*)\n```$/gmu)].map(([, line = '']) => splitWords(line))

await t.test('export where registries answer, carry, verify where nobody does', async (check) => {
  const [exporting = [], importing = [], ...more] = commands
  check.strictSame(more, [])
  check.strictSame([exporting[0], importing[0]], ['bonafide', 'bonafide'])
  const world = await startWorld('air-gap')
  check.teardown(() => world.close())
  await world.lock([await world.release('paint', '1.0.0'), await world.release('plain', '1.0.0', { provenance: null })])
  await world.run(['init', ...world.trust])
  const exported = await world.run([...exporting.slice(1), ...world.trust])
  check.equal(exported.status, 0)
  const digest = /sha256:([0-9a-f]{64})$/mu.exec(exported.stdout)?.[1] ?? 'none'

  // Another machine: a checkout, the trust that it was set up with, an empty cache. And no registry any more.
  const other = join(world.root, 'other')
  await mkdir(other)
  const files = ['package.json', 'package-lock.json', 'bonafide.json', 'bonafide.lock', 'evidence.json.gz']
  for (const name of files) await cp(join(world.project, name), join(other, name))
  await world.sandbox.close()
  const env = { HOME: join(world.root, 'other-home'), PATH: world.env['PATH'] }
  const words = importing.slice(1).map((word) => (word === '"$DIGEST"' ? digest : word))
  check.ok(words.includes(digest))
  const judged = await runMain([...words, ...world.trust], other, env)
  check.equal(judged.status, 0, judged.stdout + judged.stderr)
  check.match(judged.stdout, /^trusted +paint@1\.0\.0/mu)
  check.match(judged.stdout, /^unattested plain@1\.0\.0/mu)
  check.match(judged.stdout, new RegExp(`answered in place of registries.*${digest}`, 'u'))
  // Without the file nobody can tell.
  const alone = await runMain(['verify', '--offline', ...world.trust], other, env)
  check.equal(alone.status, 3)
})
