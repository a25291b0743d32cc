// SPDX-License-Identifier: Apache-2.0
// Archives that are made to cost more than they look like.
import t from 'tap'
import type * as archiveModule from '../../packages/verify/src/archive-files.ts'
import { deflateRawSync } from 'node:zlib'
import { zipOf } from './zip-archive.ts'
import type { ZipPart } from './zip-archive.ts'

const source = new URL('../../packages/verify/src/archive-files.ts', import.meta.url).href
const { listArchiveFiles } = (await import(source)) as typeof archiveModule

const file = (name: string, content: Buffer | string, more: Partial<ZipPart> = {}): ZipPart => ({
  name: `node_modules/@acme/fuel/${name}`,
  content: Buffer.from(content),
  ...more,
})

const problemOf = async (bytes: Buffer, limits?: { maxEntries: number; maxUnpacked: number }): Promise<string> => {
  const listing = await listArchiveFiles(bytes, '@acme/fuel', limits)
  return listing.state === 'odd' ? listing.problem : `${listing.files.size} files`
}

const show = async (bytes: Buffer): Promise<string> => {
  const listing = await listArchiveFiles(bytes, '@acme/fuel')
  return listing.state === 'odd' ? 'odd' : JSON.stringify([...listing.files])
}

await t.test('an archive of an honest size is listed', async (check) => {
  const folders = [
    'node_modules/',
    'node_modules/@acme/',
    'node_modules/@acme/fuel/',
    'node_modules/@acme/fuel/lib/',
  ].map((name): ZipPart => ({ name, content: Buffer.alloc(0), mode: 0o040755 }))
  const bytes = zipOf([
    ...folders,
    file('package.json', '{}'),
    file('lib/a.js', 'a', { isDeflated: true, mode: 0o100755 }),
  ])
  const listing = await listArchiveFiles(bytes, '@acme/fuel')
  check.match(listing, { state: 'listed' })
  if (listing.state !== 'listed') return
  check.strictSame([...listing.files.keys()], ['package.json', 'lib/a.js'])
  check.match(listing.files.get('lib/a.js'), { kind: 'file', isExecutable: true })
})

await t.test('bombs stop at the limits, or at what they say of themselves', async (check) => {
  const big = Buffer.alloc(4 * 1024 * 1024)
  const limits = { maxEntries: 3, maxUnpacked: 1024 * 1024 }
  check.match(
    await problemOf(zipOf([file('a', big, { isDeflated: true })]), limits),
    /unpacks to more than 1048576 bytes/u,
  )
  const many = Array.from({ length: 4 }, (_, nth) => file(`f${nth}`, ''))
  check.match(await problemOf(zipOf(many), limits), /more than 3 files/u)
  const half = Array.from({ length: 3 }, (_, nth) => file(`f${nth}`, Buffer.alloc(512 * 1024), { isDeflated: true }))
  check.match(await problemOf(zipOf(half), limits), /unpacks to more than/u, 'all of it together')
  // It says that it is small, and is not.
  const liar = zipOf([file('a', 'x', { isDeflated: true, raw: deflateRawSync(big) })])
  check.match(await problemOf(liar, limits), /too many bytes|size|mismatch/iu)
  const short = zipOf([file('a', 'xxxx', { raw: Buffer.from('x') })])
  check.match(await problemOf(short, limits), /size|stored/iu)
})

await t.test('what is no archive, or is cut anywhere, is odd and nothing else', async (check) => {
  const whole = zipOf([file('package.json', '{}'), file('index.js', 'module.exports = 1')])
  check.equal(await problemOf(whole), '2 files')
  for (let end = 0; end < whole.length; end += 1) {
    const listing = await listArchiveFiles(whole.subarray(0, end), '@acme/fuel')
    if (listing.state !== 'odd') check.fail(`cut at ${end}`)
  }
  check.equal(await problemOf(zipOf([])), '0 files', 'an empty one holds nothing, and lacks what the tarball holds')
})

await t.test('a byte changed anywhere changes what is listed, or is odd', async (check) => {
  const whole = zipOf([file('package.json', '{}'), file('index.js', 'module.exports = 1', { isDeflated: true })])
  const honest = await show(whole)
  let same = 0
  for (let at = 0; at < whole.length; at += 1) {
    const bytes = Buffer.from(whole)
    bytes[at] = (bytes[at] ?? 0) ^ 0xff
    if ((await show(bytes)) === honest) same += 1
  }
  // Times, versions, checksums of the format's own and the like, by which no file becomes another one.
  check.ok(same < whole.length / 4, `${same} of ${whole.length}`)
})
