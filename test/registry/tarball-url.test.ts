// SPDX-License-Identifier: Apache-2.0
import t from 'tap'
import { isCanonicalTarball, parseRegistryUrl } from '@bonafide/registry'

const REGISTRIES = ['https://r.example/', 'https://mirror.example:8443/api/npm/x/']

function holds(resolved: string, tarball: string | null = null, name = '@s/name'): boolean {
  return isCanonicalTarball(resolved, name, '1.2.3', tarball, REGISTRIES)
}

await t.test('the registry’s own path for name@version is accepted, under each registry in play', async (test) => {
  test.ok(holds('https://r.example/@s/name/-/name-1.2.3.tgz'))
  test.ok(holds('https://mirror.example:8443/api/npm/x/@s/name/-/name-1.2.3.tgz'))
  test.ok(isCanonicalTarball('https://r.example/name/-/name-1.2.3.tgz', 'name', '1.2.3', null, REGISTRIES))
  test.ok(holds('https://r.example/@s/name/-/name-1.2.3.tgz#0123456789abcdef'), 'yarn’s checksum fragment')
})

await t.test('the metadata’s own tarball URL is accepted, exactly', async (test) => {
  const tarball = 'https://cdn.example/blobs/77'
  test.ok(holds(tarball, tarball))
  test.notOk(holds('https://cdn.example/blobs/78', tarball))
  test.notOk(holds('http://cdn.example/blobs/77', tarball))
})

await t.test('lockfile injection: what only looks alike is refused', async (test) => {
  const attacks: readonly [string, string][] = [
    ['another host', 'https://evil.example/@s/name/-/name-1.2.3.tgz'],
    ['host as a prefix', 'https://r.example.evil.example/@s/name/-/name-1.2.3.tgz'],
    ['host as a user', 'https://r.example@evil.example/@s/name/-/name-1.2.3.tgz'],
    ['credentials', 'https://user:pass@r.example/@s/name/-/name-1.2.3.tgz'],
    ['plain http', 'http://r.example/@s/name/-/name-1.2.3.tgz'],
    ['another port', 'https://r.example:8443/@s/name/-/name-1.2.3.tgz'],
    ['another package', 'https://r.example/@s/nane/-/nane-1.2.3.tgz'],
    ['another scope', 'https://r.example/@t/name/-/name-1.2.3.tgz'],
    ['another version', 'https://r.example/@s/name/-/name-1.2.4.tgz'],
    ['another file', 'https://r.example/@s/name/-/other-1.2.3.tgz'],
    ['a query', 'https://r.example/@s/name/-/name-1.2.3.tgz?x=1'],
    ['an encoded slash', 'https://r.example/@s%2fname/-/name-1.2.3.tgz'],
    ['dot segments', 'https://r.example/@s/evil/../name/-/name-1.2.3.tgz'],
    ['encoded dot segments', 'https://r.example/@s/evil/%2e%2e/name/-/name-1.2.3.tgz'],
    ['a backslash', 'https://r.example\\@evil.example/@s/name/-/name-1.2.3.tgz'],
    ['a line break', 'https://r.example/@s/name/-/na\nme-1.2.3.tgz'],
    ['the prefix of a mirror left out', 'https://mirror.example:8443/@s/name/-/name-1.2.3.tgz'],
    ['git', 'git+ssh://git@r.example/@s/name.git'],
    ['file', 'file:///@s/name/-/name-1.2.3.tgz'],
    ['nothing', ''],
  ]
  for (const [label, resolved] of attacks) test.notOk(holds(resolved), label)
})

await t.test('no registry in play means no canonical path', async (test) => {
  test.notOk(isCanonicalTarball('https://r.example/name/-/name-1.0.0.tgz', 'name', '1.0.0', null, []))
})

await t.test('a registry’s URL has one spelling, without secrets', async (test) => {
  test.equal(parseRegistryUrl('HTTPS://User:Pass@R.example:443/npm?x=1#y'), 'https://r.example/npm/')
  for (const text of ['', 'r.example', 'ftp://r.example/', 'javascript:alert(1)'])
    test.equal(parseRegistryUrl(text), null)
})
