// SPDX-License-Identifier: Apache-2.0
// What a run asks for grows with the lockfile's entries, and no faster. Times are for the bench; these are counts.
import t from 'tap'
import type { Test } from 'tap'
import type { Published } from '@bonafide/sandbox'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

async function worldOf(test: Test, packages: number): Promise<World> {
  const world = await startWorld('growth')
  test.teardown(() => world.close())
  const published: Published[] = []
  for (let index = 0; index < packages; index += 1) {
    await world.release(`p${index}`, '1.0.0')
    published.push(await world.release(`p${index}`, '1.1.0'))
  }
  await world.lock(published)
  return world
}

/** How many requests of the registry a command makes. */
async function requestsOf(world: World, ...words: readonly string[]): Promise<number> {
  const before = world.sandbox.requests.length
  const { status, stderr } = await world.run([...words, ...world.trust])
  if (status !== 0 && status !== 1) throw new Error(stderr)
  return world.sandbox.requests.length - before
}

await t.test('twice the entries are twice the requests, with and without a record, cold and warm', async (test) => {
  const [small, large] = [await worldOf(test, 8), await worldOf(test, 16)]
  for (const words of [
    ['verify'],
    ['verify'],
    ['verify', '--tarballs'],
    ['init'],
    ['verify'],
    ['verify', '--tarballs'],
  ]) {
    const [few, many] = [await requestsOf(small, ...words), await requestsOf(large, ...words)]
    test.ok(few > 0)
    test.equal(many, 2 * few, words.join(' '))
  }
})
