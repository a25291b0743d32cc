// SPDX-License-Identifier: Apache-2.0
// Tarballs that one client unpacks otherwise than another, or that nobody should unpack at all.
import { gzipSync } from 'node:zlib'
import t from 'tap'
import type * as contentsModule from '../../packages/verify/src/tarball-contents.ts'
import { END, archive, entriesOf } from './tar-archive.ts'
import type { ArchiveEntry } from './tar-archive.ts'

// Not exported by the package: who wants a verdict gives it a project.
const source = new URL('../../packages/verify/src/tarball-contents.ts', import.meta.url).href
const { readTarballContents } = (await import(source)) as typeof contentsModule

const MANIFEST: ArchiveEntry = { path: 'package/package.json', body: '{"name":"paint","version":"1.0.0"}' }

type TarballContents = Awaited<ReturnType<typeof readTarballContents>>
type TarballLimits = Parameters<typeof readTarballContents>[1]

// Bytes in pieces, as they come from a disk.
async function* pieces(bytes: Buffer, size = 1000): AsyncIterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function read(bytes: Buffer, limits?: TarballLimits): Promise<TarballContents> {
  return readTarballContents(pieces(bytes), limits)
}

async function oddities(...entries: readonly ArchiveEntry[]): Promise<readonly string[]> {
  return (await read(archive(entries))).oddities
}

await t.test('an honest tarball has nothing odd about it, whatever its folder is called', async (check) => {
  for (const folder of ['package', 'paint-1.0.0', 'node']) {
    const contents = await read(
      archive([
        { path: `${folder}/`, type: '5' },
        { ...MANIFEST, path: `${folder}/package.json` },
        { path: `${folder}/binding.gyp`, body: '{}' },
        { path: `${folder}/npm-shrinkwrap.json`, body: '{}' },
        { path: `${folder}/node_modules/@a/b/package.json`, body: '{"name":"@a/b"}' },
        { path: `${folder}/node_modules/@a/b/node_modules/c/package.json`, body: '{"name":"c"}' },
        { path: `${folder}/test/fixtures/package.json`, body: 'no JSON at all' },
        { path: `${folder}/test/node_modules/d/package.json`, body: '{}' },
        { path: `${folder}/bin/link`, type: '2', target: '../index.js' },
      ]),
    )
    check.strictSame(contents.oddities, [])
    check.match(contents.root, { folder: '', manifest: { name: 'paint' }, hasBindingGyp: true })
    check.equal(contents.hasShrinkwrap, true)
    check.strictSame(
      contents.bundled.map((carried) => carried.folder),
      ['node_modules/@a/b', 'node_modules/@a/b/node_modules/c'],
    )
  }
})

await t.test('two manifests in one tarball: the last one stands with npm, and others take the first', async (check) => {
  const other = { ...MANIFEST, body: '{"name":"paint","version":"1.0.0","scripts":{"install":"node x"}}' }
  check.match(await oddities(MANIFEST, other), ['package.json is there twice'])
  check.match(await oddities(MANIFEST, { ...other, path: 'another/package.json' }), ['package.json is there twice'])
  check.match(await oddities(MANIFEST, { ...other, path: 'package/./package.json' }), ['package.json is there twice'])
  check.match(await oddities(MANIFEST, { ...other, path: 'package/Package.json' }), [/on some systems/u])
  check.match(await oddities(MANIFEST, { ...other, path: 'package\\package.json' }), [/on some systems/u])
  check.strictSame(await oddities(MANIFEST, MANIFEST), [], 'the same twice is the same')
})

await t.test('a manifest that readers take differently, or not at all', async (check) => {
  const body = '{"name":"paint","scripts":{},"version":"1.0.0","scripts":{"install":"node x"}}'
  check.match(await oddities({ ...MANIFEST, body }), ['package.json says scripts twice'])
  check.match(await oddities({ ...MANIFEST, body: '[]' }), ['package.json is no JSON object'])
  check.match(await oddities({ path: 'package/index.js' }), ['no package.json'])
  check.match(await oddities({ ...MANIFEST, path: './package/package.json' }), ['no package.json'])
  check.match(await oddities({ path: 'package/package.json', type: '2', target: 'a.json' }), [/is a link/u])
  check.match(await oddities({ path: 'package/package.json/', type: '5' }), [/is a folder/u])
})

await t.test('paths and links that lead out of the package', async (check) => {
  check.match(await oddities(MANIFEST, { path: 'package/../../.bashrc', body: 'x' }), [/leads out of the package/u])
  check.match(await oddities(MANIFEST, { path: '/package/x', body: 'x' }), [/leads out of the package/u])
  check.match(await oddities(MANIFEST, { path: 'package/a', type: '2', target: '../..' }), [/link out of the package/u])
  check.match(await oddities(MANIFEST, { path: 'package/a', type: '2', target: '/etc' }), [/link out of the package/u])
  check.match(await oddities(MANIFEST, { path: 'package/a', type: '6' }), [/neither file nor link/u])
})

await t.test('what stands behind the end of an archive is read by some', async (check) => {
  const behind = entriesOf([{ ...MANIFEST, body: '{}' }])
  const files = { path: 'package/zeros', body: Buffer.alloc(3000) }
  const first = entriesOf([MANIFEST, files, { ...files, path: 'package/more' }])
  for (const size of [100, 512, 1000, 100_000]) {
    const odd = async (...parts: readonly Buffer[]): Promise<readonly string[]> =>
      (await readTarballContents(pieces(gzipSync(Buffer.concat(parts)), size))).oddities
    check.strictSame(await odd(first, END, END, END), [], 'more of nothing')
    check.strictSame(await odd(first, END, behind, END), ['something behind the end of the archive'])
    check.strictSame(await odd(first, END.subarray(512), behind, END), [
      'something behind the end of the archive',
      'package.json is there twice',
    ])
  }
})

await t.test('files and pieces of every size: all is read, and reading ends', async (check) => {
  const files = Array.from({ length: 60 }, (_, index) => ({
    path: `package/node_modules/p${index}/package.json`,
    body: JSON.stringify({ name: 'x'.repeat((index * 397) % 2100) }),
  }))
  const bytes = gzipSync(Buffer.concat([entriesOf([MANIFEST, ...files]), END]), { level: 0 })
  for (const size of [1, 7, 100, 511, 512, 513, 1024, 1500, 16_384, 1_000_000]) {
    const { bundled, oddities: odd } = await readTarballContents(pieces(bytes, size))
    check.strictSame([bundled.length, odd], [60, []], `pieces of ${size}`)
  }
})

await t.test('damaged, cut, empty and twice compressed', async (check) => {
  const whole = archive([MANIFEST, { path: 'package/index.js', body: 'x'.repeat(5000) }])
  const header = entriesOf([MANIFEST])
  header[0] = 0x71
  check.match((await read(gzipSync(Buffer.concat([entriesOf([MANIFEST]), header, END])))).oddities, [/damaged/u])
  check.not((await read(whole.subarray(0, whole.length - 20))).oddities.length, 0, 'cut')
  check.not((await read(Buffer.alloc(0))).oddities.length, 0, 'empty')
  check.not((await read(gzipSync(Buffer.alloc(0)))).oddities.length, 0, 'an archive of nothing')
  check.match((await read(gzipSync(whole))).oddities, ['what is unpacked is compressed once more'])
  check.match((await read(entriesOf([MANIFEST]))).oddities, [/no gzip file/u])
})

await t.test('a bomb ends at the limits: bytes, files, the size of a manifest', async (check) => {
  const limits = { maxEntries: 10, maxUnpacked: 1_000_000, maxManifest: 1000 }
  const zeros = gzipSync(Buffer.concat([entriesOf([MANIFEST]), Buffer.alloc(50_000_000)]))
  check.match((await read(zeros, limits)).oddities, [/unpacks to more than 1000000 bytes/u])
  const many = Array.from({ length: 11 }, (_, index) => ({ path: `package/${index}` }))
  check.match((await read(archive([MANIFEST, ...many]), limits)).oddities, [/more than 10 files/u])
  const large = { ...MANIFEST, body: `{"name":"${'x'.repeat(2000)}"}` }
  check.match((await read(archive([large]), limits)).oddities, [/more than 1000 bytes/u])
})
