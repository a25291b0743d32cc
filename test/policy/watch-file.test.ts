// SPDX-License-Identifier: Apache-2.0
// What a repository records of its packages: one form, and nothing in it that is not understood.
import t from 'tap'
import { parseWatchRecord, renderWatchRecord } from '@bonafide/policy'
import type { WatchRecord } from '@bonafide/policy'

const SHA512 = `sha512-${'A'.repeat(86)}==`

const RECORD: WatchRecord = new Map([
  [
    '@acme/rocket',
    {
      maintainers: ['ada', 'bob'],
      publishers: ['oidc:1'],
      latest: '0.4',
      deprecated: ['0.1.0', '0.2.0'],
      withdrawn: ['0.3.0'],
      versions: new Map([['0.4.1', SHA512]]),
    },
  ],
  ['zebra', { maintainers: [], publishers: [], latest: null, deprecated: [], withdrawn: [], versions: new Map() }],
])

await t.test('what is written is read, and written in one order', (check) => {
  const text = renderWatchRecord(RECORD)
  check.strictSame(parseWatchRecord(text, 'bonafide.watch.json'), RECORD)
  const turned: WatchRecord = new Map(
    [...RECORD].toReversed().map(([name, one]) => [name, { ...one, maintainers: one.maintainers.toReversed() }]),
  )
  check.equal(renderWatchRecord(turned), text)
  check.strictSame(parseWatchRecord('{"version":1,"packages":{}}', 'x'), new Map())
  check.end()
})

const of = (one: object): string => JSON.stringify({ version: 1, packages: { rocket: one } })

await t.test('mistakes, at their place', (check) => {
  const whole = { maintainers: [], publishers: [], deprecated: [], withdrawn: [], versions: {} }
  for (const [title, text, wanted] of [
    ['no JSON', '{', 'JSON'],
    ['another version', '{"version":2,"packages":{}}', '1'],
    ['a misspelt key', of({ ...whole, maintainer: [] }), /"maintainers"/u],
    ['a key that is missing', of({ ...whole, versions: undefined }), '"versions"'],
    ['a range in the place of a version', of({ ...whole, deprecated: ['^1.0.0'] }), 'an exact version'],
    ['bytes that are no sha512', of({ ...whole, versions: { '1.0.0': 'sha1-x' } }), 'one sha512'],
    ['a line that is none', of({ ...whole, latest: '1.x' }), 'a release line such as 1 or 0.4'],
    ['no name', JSON.stringify({ version: 1, packages: { '../x': whole } }), 'a package name'],
  ] as const)
    check.throws(
      () => parseWatchRecord(text, 'bonafide.watch.json'),
      { code: 'BONAFIDE_WATCH_MALFORMED', detail: { path: 'bonafide.watch.json', wanted } },
      title,
    )
  check.end()
})
