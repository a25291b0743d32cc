// SPDX-License-Identifier: Apache-2.0
// Honest versions that the defaults refuse, counted over what is recorded; docs/false-positives.md says nothing else.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { noCorpus } from '../support/corpus.ts'
import { measure } from './measure.ts'
import type { Measured } from './measure.ts'
import { quantile } from './month.ts'
import { fillPage, renderTables } from './tables.ts'
import type { Followed } from './follow.ts'

const page = new URL('../../docs/false-positives.md', import.meta.url)
const refused = (all: readonly Followed[]): readonly Followed[] => all.filter(({ refusals }) => refusals.length > 0)

await t.test('the defaults against honest packages', { skip: noCorpus }, async (noise) => {
  const measured: Measured = await measure()
  const { pin, exempt } = measured.followed
  const peer = pin.filter(({ isPeerRefused }) => isPeerRefused)

  await noise.test('fewer versions are refused than by the peer’s rule', async (check) => {
    check.ok(pin.length > 2000, 'a replay of nothing refuses nothing')
    check.ok(peer.length > 0, 'the peer’s rule is at work')
    check.ok(refused(pin).length > 0, 'and so are ours')
    check.ok(refused(pin).length < peer.length)
    check.ok(refused(exempt).length < peer.length, 'even where a person learns nothing')
  })

  await noise.test('at most 15 decisions a month for 1,000 packages, nine months in ten', async (check) => {
    const { years, months } = measured.yearly.pin
    check.ok(years.flatMap(({ updates }) => updates).length > 500, 'a year without updates needs no decisions')
    check.ok(
      quantile(
        months.map(({ updates, entrances }) => updates + entrances),
        0.9,
      ) <= 15,
    )
  })

  await noise.test('packages that are known to trip such rules', async (check) => {
    const said = (spec: string): readonly string[] => {
      const found = pin.find(({ name, release }) => `${name}@${release.version}` === spec)
      if (found === undefined) throw new Error(`${spec} is not recorded`)
      return found.refusals
    }
    const backports = ['semver@5.7.2', 'semver@6.3.1', 'undici@5.28.5', 'undici@5.29.0', 'next@12.3.7']
    for (const spec of backports) check.strictSame(said(spec), [], `${spec}: the line never had provenance`)
    const forgotten = ['node-gyp@10.3.0', 'node-gyp@11.4.0', 'undici@6.19.0']
    for (const spec of forgotten) check.strictSame(said(spec), ['provenance-missing'], `${spec}: the line had it`)
    const settled = ['undici@6.21.3', 'undici@7.6.0', 'nuxt@2.18.1']
    for (const spec of settled) check.strictSame(said(spec), [], `${spec}: a person has decided about the line`)
    const babel = pin.filter(({ name }) => name.startsWith('@babel/'))
    check.not(babel.length, 0)
    check.strictSame(refused(babel), [], 'a trusted publisher without attestations')
  })

  await noise.test('the page tells these numbers', async (check) => {
    const text = readFileSync(page, 'utf8')
    check.equal(fillPage(text, renderTables(measured)), text, 'npm run noise -- --write')
  })
})
