// SPDX-License-Identifier: Apache-2.0
// What anybody on this machine can make a gateway do, request by request.
import { connect } from 'node:net'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { Gateway } from '@bonafide/gateway'
import { startSandbox } from '@bonafide/sandbox'
import type { Manifest } from '@bonafide/sandbox'
import type { SourceOptions } from '@bonafide/verify'
import { importExample } from '../support/readme.ts'
import { tarballUrl } from '../support/world.ts'
import { ask, get, startScene } from './scene.ts'
import type { Got } from './scene.ts'

interface Packument {
  readonly versions: Readonly<Record<string, { readonly dist: Readonly<Record<string, unknown>> }>>
}

interface Example {
  readonly behindGateway: (
    dir: string,
    install: (url: string) => Promise<void>,
    more: Partial<SourceOptions>,
  ) => Promise<readonly string[]>
}

const distOf = ({ json }: Got, version = '1.0.0'): Readonly<Record<string, unknown>> =>
  (json as Packument).versions[version]?.dist ?? {}

const keptAt =
  (path: string) =>
  (manifest: Manifest): Manifest => ({ ...manifest, dist: { ...manifest.dist, tarball: path } })

const paths = (requests: readonly { readonly path: string }[]): readonly string[] => requests.map(({ path }) => path)

await t.test(
  'an honest version is handed out as it was published, a stolen one is refused with the reason',
  async (check) => {
    const { world, open } = await startScene(check)
    const refusals: string[] = []
    const gateway = await open({ onRefusal: ({ version }) => refusals.push(version) })
    const honest = await get(gateway, 'paint/-/paint-1.0.0.tgz')
    check.equal(honest.status, 200)
    check.strictSame(honest.body, world.sandbox.published('paint', '1.0.0')?.tarball)
    check.equal(honest.headers['content-length'], String(honest.body.length))
    const [first, second] = await Promise.all([
      get(gateway, 'paint/-/paint-1.0.1.tgz'),
      get(gateway, 'paint/-/paint-1.0.1.tgz', { kind: 'pnpm' }),
    ])
    check.strictSame([first.status, second.status], [403, 403])
    check.match(first.error, 'bonafide: refused paint@1.0.1: regression-unpinned')
    check.match(first.error, 'instead: paint@1.0.0')
    check.equal(first.headers['npm-notice'], first.error)
    check.strictSame(refusals, ['1.0.1'], 'told once, however many ask')
    check.match(gateway.log, {
      served: [{ name: 'paint', version: '1.0.0', verdict: 'trusted' }],
      refused: [{ name: 'paint', version: '1.0.1', verdict: 'refused', passes: '1.0.0' }],
    })
    check.equal(gateway.log.served.length, 1)
    check.equal(gateway.log.refused.length, 1)
  },
)

await t.test('each client finds dist.tarball written so that its lockfile stays clean', async (check) => {
  const { world, open } = await startScene(check)
  await world.release('@tools/brush', '1.0.0')
  const gateway = await open()
  const upstream = tarballUrl(world.sandbox.registryUrl, '@tools/brush', '1.0.0')
  for (const kind of ['npm', 'deno'] as const)
    check.equal(distOf(await get(gateway, '@tools%2fbrush', { kind }))['tarball'], upstream, kind)
  for (const kind of ['pnpm', 'yarn'] as const)
    check.equal(
      distOf(await get(gateway, '@tools/brush', { kind }))['tarball'],
      `${gateway.registryFor(kind)}@tools/brush/-/brush-1.0.0.tgz`,
      kind,
    )
  const bun = distOf(await get(gateway, '@tools%2Fbrush', { kind: 'bun' }))
  check.notOk('tarball' in bun)
  const direct = (await (await fetch(`${world.sandbox.registryUrl}@tools%2fbrush`)).json()) as Packument
  const { tarball: _, ...rest } = direct.versions['1.0.0']?.dist ?? {}
  check.strictSame(bun, rest, 'integrity, signatures and attestations are as they came')
})

await t.test(
  'both forms of metadata, with an ETag of our own: no copy from elsewhere is ever current',
  async (check) => {
    const { world, open } = await startScene(check)
    const gateway = await open()
    const accept = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8'
    const full = await get(gateway, 'paint')
    const short = await get(gateway, 'paint', { headers: { accept } })
    check.ok('time' in (full.json as object))
    check.notOk('time' in (short.json as object))
    check.equal(short.headers['content-type'], 'application/vnd.npm.install-v1+json')
    const theirs = (await fetch(`${world.sandbox.registryUrl}paint`)).headers.get('etag') ?? ''
    check.equal((await get(gateway, 'paint', { headers: { 'if-none-match': theirs } })).status, 200)
    const since = { 'if-modified-since': new Date(Date.now() + 86_400_000).toUTCString() }
    check.equal((await get(gateway, 'paint', { headers: since })).status, 200)
    const own = full.headers.etag ?? ''
    check.equal((await get(gateway, 'paint', { headers: { 'if-none-match': own } })).status, 304)
    check.equal((await get(gateway, 'paint', { kind: 'bun', headers: { 'if-none-match': own } })).status, 200)
    check.match((await get(gateway, 'paint/latest', { kind: 'bun' })).json, {
      version: '1.0.1',
      dist: { shasum: String },
    })
    check.equal((await get(gateway, 'paint/9.9.9')).status, 404)
  },
)

await t.test('who does not know the path of this run finds nothing, and no web page gets in', async (check) => {
  const { world, open } = await startScene(check)
  const [gateway, other] = [await open(), await open()]
  const before = world.sandbox.requests.length
  const [, secret = ''] = new URL(gateway.registryFor('npm')).pathname.split('/')
  const [, foreign = ''] = new URL(other.registryFor('npm')).pathname.split('/')
  check.ok(secret.length >= 32 && secret !== foreign)
  for (const path of [
    '',
    'paint',
    `${foreign}/npm/paint`,
    `${secret.slice(0, -1)}/npm/paint`,
    `${secret}/nqm/paint`,
    secret,
  ])
    check.equal((await get(gateway, `!/${path}`)).status, 404, path)
  const { port } = new URL(gateway.registryFor('npm'))
  for (const host of [`localhost:${port}`, 'evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1.:${port}`])
    check.equal((await get(gateway, 'paint', { headers: { host } })).status, 403, host)
  for (const headers of [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])
    check.equal((await get(gateway, 'paint', { headers })).status, 403, JSON.stringify(headers))
  check.equal(world.sandbox.requests.length, before, 'nobody else was asked about any of it')
  check.equal((await get(gateway, 'paint', { headers: { 'sec-fetch-site': 'none' } })).status, 200)
})

await t.test('second spellings of a path lead nowhere', async (check) => {
  const { world, open } = await startScene(check)
  await world.release('@tools/brush', '1.0.0')
  const gateway = await open()
  // With metadata in hand, which tells paths.
  check.equal((await get(gateway, 'paint')).status, 200)
  check.equal((await get(gateway, '@tools/brush/-/brush-1.0.0.tgz')).status, 200)
  check.equal((await get(gateway, '@tools%2fbrush/-/brush-1.0.0.tgz')).status, 200)
  for (const path of [
    '@tools%252fbrush',
    '@tools%252fbrush/-/brush-1.0.0.tgz',
    '@tools%2f..%2fpaint',
    '..%2f..%2fpaint',
    '../paint',
    'paint/../brush',
    './paint',
    'paint//-/paint-1.0.0.tgz',
    'paint/-/..%2fpaint-1.0.0.tgz',
    'paint%2f-%2fpaint-1.0.0.tgz',
    'paint/-/%2e%2e/paint-1.0.0.tgz',
    'paint\\-\\paint-1.0.0.tgz',
    'paint%00',
    'paint%ff',
    '%',
    'brush/-/paint-1.0.0.tgz',
    '@tools/brush/-/paint-1.0.0.tgz',
    'paint/-/paint-1.0.0.tgz.tgz',
    'paint/-/paint-latest.tgz',
    'elsewhere/paint/-/paint-1.0.0.tgz',
    '-/npm/v1/keys',
    '-/v1/search?text=paint',
    'node_modules',
  ])
    check.equal((await get(gateway, path)).status, 404, path)
  check.strictSame(
    gateway.log.served.map(({ name }) => name),
    ['@tools/brush'],
  )
})

await t.test('a version that the metadata does not list is not asked for', async (check) => {
  const { world, open } = await startScene(check)
  const gateway = await open()
  check.equal((await get(gateway, 'paint/-/paint-6.6.6.tgz')).status, 404)
  check.equal((await get(gateway, 'nobody/-/nobody-1.0.0.tgz')).status, 404)
  check.notOk(paths(world.sandbox.requests).some((path) => path.endsWith('.tgz')))
})

await t.test('HEAD says what GET would, and a range is answered with the whole', async (check) => {
  const { open } = await startScene(check)
  const gateway = await open()
  const whole = await get(gateway, 'paint/-/paint-1.0.0.tgz')
  const head = await get(gateway, 'paint/-/paint-1.0.0.tgz', { method: 'HEAD' })
  check.match(head, { status: 200, headers: { 'content-length': String(whole.body.length) } })
  check.equal(head.body.length, 0)
  check.equal((await get(gateway, 'paint/-/paint-1.0.1.tgz', { method: 'HEAD' })).status, 403)
  const part = await get(gateway, 'paint/-/paint-1.0.0.tgz', { headers: { range: 'bytes=5-' } })
  check.equal(part.status, 200)
  check.strictSame(part.body, whole.body)
})

await t.test(
  'nothing can be published, changed or asked of the account, and audits are not answered with a yes',
  async (check) => {
    const { world, open } = await startScene(check)
    const gateway = await open()
    const before = world.sandbox.requests.length
    for (const [method, path, status] of [
      ['PUT', 'paint', 403],
      ['DELETE', 'paint/-rev/1', 403],
      ['PUT', '-/user/org.couchdb.user:me', 403],
      ['POST', '-/npm/v1/security/advisories/bulk', 404],
      ['POST', '-/npm/v1/security/audits/quick', 404],
      ['POST', '-/npm/v1/tokens', 404],
      ['GET', '-/npm/v1/tokens', 404],
      ['GET', '-/whoami', 404],
      ['OPTIONS', 'paint', 403],
    ] as const)
      check.equal((await get(gateway, path, { method })).status, status, `${method} ${path}`)
    check.equal((await get(gateway, '-/ping')).status, 200)
    check.equal(world.sandbox.requests.length, before)
  },
)

await t.test('attestations are handed on, for those who verify by themselves', async (check) => {
  const { world, open } = await startScene(check)
  await world.release('@tools/brush', '1.0.0')
  const gateway = await open()
  for (const path of ['paint@1.0.0', '@tools%2fbrush@1.0.0'])
    check.match((await get(gateway, `-/npm/v1/attestations/${path}`)).json, { attestations: [{}, {}] }, path)
  check.equal((await get(gateway, '-/npm/v1/attestations/paint@1.0.1')).status, 404)
})

await t.test('as a proxy it leads nowhere, and says who wanted to go where', async (check) => {
  const { world, open } = await startScene(check)
  const gateway = await open()
  check.match(await tunnel(gateway, 'registry.example:443'), 'HTTP/1.1 403 Forbidden')
  check.match(await tunnel(gateway, 'evil\u001b[2J.example:443'), 'HTTP/1.1 400')
  const proxy = new URL(gateway.proxyUrl)
  const before = world.sandbox.requests.length
  const direct = await ask(proxy, `${world.sandbox.registryUrl}paint`, 'GET', {})
  check.equal(direct.status, 403)
  check.match(direct.error, 'nothing is fetched past the gateway')
  check.equal((await ask(proxy, '/paint', 'GET', { host: '::error::.example' })).status, 403)
  check.equal(world.sandbox.requests.length, before)
  const { host } = new URL(world.sandbox.registryUrl)
  check.strictSame(gateway.log.waysOut, ['registry.example:443', host, ':\\u{3a}error:\\u{3a}.example'])
})

await t.test('a client’s credential stays with the client, and the user’s is used and not shown', async (check) => {
  const { world, open } = await startScene(check)
  const { host } = new URL(world.sandbox.registryUrl)
  await world.write('.npmrc', `//${host}/:_authToken=the-users-token\n`)
  const gateway = await open()
  const headers = { authorization: 'Bearer the-clients-token', 'npm-otp': '123456' }
  const got = await Promise.all(
    ['paint', 'paint/-/paint-1.0.0.tgz', 'paint/-/paint-1.0.1.tgz', 'gone'].map((path) =>
      get(gateway, path, { headers }),
    ),
  )
  const sent = world.sandbox.requests.map((request) => request.headers.authorization)
  check.ok(sent.includes('Bearer the-users-token'))
  check.notOk(JSON.stringify(world.sandbox.requests).includes('the-clients-token'))
  check.notOk(JSON.stringify([got, gateway.log]).includes('s-token'))
})

await t.test(
  'a scope with a registry of its own is asked there, with the token for it, and nowhere else',
  async (check) => {
    const { world, open } = await startScene(check)
    const inside = await startSandbox({ seed: 'inside' })
    check.teardown(() => inside.close())
    await inside.publish({ name: '@inside/tool', version: '1.0.0' })
    const { host } = new URL(inside.registryUrl)
    await world.write('.npmrc', `@inside:registry=${inside.registryUrl}\n//${host}/:_authToken=inside-token\n`)
    await world.write('bonafide.json', JSON.stringify({ version: 1, outside: ['@inside/*'] }))
    const gateway = await open()
    check.equal((await get(gateway, '@inside%2ftool', { kind: 'pnpm' })).status, 200)
    check.equal((await get(gateway, '@inside/tool/-/tool-1.0.0.tgz')).status, 200)
    check.ok(inside.requests.every(({ headers }) => headers.authorization === 'Bearer inside-token'))
    check.notOk(paths(world.sandbox.requests).some((path) => path.includes('inside')))
  },
)

await t.test('a name of a private scope without a registry is not told to anybody', async (check) => {
  const { world, open } = await startScene(check)
  const gateway = await open({
    over: (sources) => ({
      ...sources,
      client: {
        ...sources.client,
        downloadRegistryOf: () => null,
        fetchServedPackument: async () => ({ kind: 'private' }),
      },
    }),
  })
  const before = world.sandbox.requests.length
  for (const path of ['@inside%2fname', '@inside/name/-/name-1.0.0.tgz'])
    check.equal((await get(gateway, path)).status, 404)
  check.equal(world.sandbox.requests.length, before)
})

await t.test('a registry that serves other bytes the second time', async (check) => {
  const { world, open } = await startScene(check)
  const { sandbox } = world
  const published = sandbox.published('paint', '1.0.0')
  if (published === undefined) throw new Error('not published')
  const approved = [{ name: 'paint', version: '1.0.0', integrity: published.integrity }]
  const swapped = await open({ approved, sources: { cacheDir: `${world.root}/cold` } })
  sandbox.serveTarball('paint', '1.0.0', gzipSync('other bytes'))
  const got = await get(swapped, 'paint/-/paint-1.0.0.tgz')
  check.equal(got.status, 403)
  check.match(got.error, 'refused paint@1.0.0: tarball-mismatch')
  check.match(swapped.log, { served: [], refused: [{ findings: [{ code: 'tarball-mismatch' }] }] })
  // Judged from bytes that were right, then swapped: what was judged is what is served.
  sandbox.serveTarball('paint', '1.0.0', published.tarball)
  const kept = await open({ sources: { cacheDir: `${world.root}/cold` } })
  const first = await get(kept, 'paint/-/paint-1.0.0.tgz')
  sandbox.serveTarball('paint', '1.0.0', gzipSync('other bytes'))
  const second = await get(kept, 'paint/-/paint-1.0.0.tgz')
  check.strictSame([first.status, second.status], [200, 200])
  check.strictSame(second.body, published.tarball)
})

await t.test(
  'an approved version is handed out without a judgement, and no other bytes under its name',
  async (check) => {
    const { world, open } = await startScene(check)
    const stolen = world.sandbox.published('paint', '1.0.1')
    if (stolen === undefined) throw new Error('not published')
    const resolved = `${world.sandbox.registryUrl}download/odd/path`
    const gateway = await open({
      approved: [{ name: 'paint', version: '1.0.1', integrity: stolen.integrity, resolved }],
    })
    check.equal((await get(gateway, 'paint/-/paint-1.0.1.tgz')).status, 200)
    check.equal((await get(gateway, 'download/odd/path')).status, 200, 'by the path that the lockfile has')
    check.equal((await get(gateway, 'download/odd/other')).status, 404)
    check.match(gateway.log.served, [{ verdict: 'approved', sha512: stolen.integrity }])
  },
)

await t.test('an approved version that the registry no longer has is not there, and that is logged', async (check) => {
  const { world, open } = await startScene(check)
  const integrity = world.sandbox.published('paint', '1.0.0')?.integrity
  if (integrity === undefined) throw new Error('not published')
  const gateway = await open({ approved: [{ name: 'ghost', version: '1.0.0', integrity }] })
  check.equal((await get(gateway, 'ghost/-/ghost-1.0.0.tgz')).status, 404)
  check.match(gateway.log.undecided, [{ name: 'ghost', version: '1.0.0', findings: [{ code: 'tarball-unavailable' }] }])
})

await t.test('redirects are followed by us within the rules, and never handed to a client', async (check) => {
  const { world, open } = await startScene(check)
  const { sandbox } = world
  sandbox.fault({ path: /^\/moved/u }, { kind: 'redirect', location: 'http://127.0.0.1:9/elsewhere' })
  sandbox.fault({ path: '/paint/-/paint-1.0.0.tgz' }, { kind: 'redirect', location: 'file:///etc/passwd' })
  const gateway = await open()
  for (const path of ['moved', 'paint/-/paint-1.0.0.tgz']) {
    const { status, headers } = await get(gateway, path)
    check.equal(status, 503, path)
    check.notOk('location' in headers)
  }
})

await t.test('what a package says of itself repaints no terminal in which its refusal is shown', async (check) => {
  const { world, open } = await startScene(check)
  const escape = '\u001b[2Jhttps://evil.example/\u202e.tgz'
  await world.release('paint', '1.1.0', { manifest: { dependencies: { brush: escape } } })
  const gateway = await open()
  const got = await get(gateway, 'paint/-/paint-1.1.0.tgz', { kind: 'yarn' })
  check.equal(got.status, 403)
  check.match(got.error, 'exotic-dependency')
  check.match(got.error, String.raw`\u{1b}[2J`)
  check.notMatch(`${got.error}${got.phrase}${got.headers['npm-notice'] as string}`, /[\p{C}\u202e]/u)
})

await t.test('nobody could tell: 503, and not a word of tampering', async (check) => {
  const { world, open } = await startScene(check)
  const { sandbox } = world
  sandbox.fault({ path: '/-/npm/v1/attestations/paint@1.0.0' }, { kind: 'login', status: 403 })
  sandbox.fault({ path: '/closed' }, { kind: 'login' })
  sandbox.fault({ path: '/nonsense' }, { kind: 'content-type', contentType: 'text/html' })
  const gateway = await open()
  const got = await get(gateway, 'paint/-/paint-1.0.0.tgz')
  check.equal(got.status, 503)
  check.match(got.error, 'bonafide: undecided paint@1.0.0: registry-needs-login')
  const closed = await get(gateway, 'closed')
  check.equal(closed.status, 503)
  check.match(closed.error, 'undecided closed: registry-needs-login')
  check.match(gateway.log.undecided, [
    { name: 'paint', version: '1.0.0' },
    { name: 'closed', version: null },
  ])
  check.strictSame(gateway.log.refused, [])
})

await t.test('where the policy only looks on, what is refused is served and logged', async (check) => {
  const { world, open } = await startScene(check)
  await world.write('bonafide.json', JSON.stringify({ version: 1, mode: 'observe', observeUntil: '2026-12-31' }))
  const gateway = await open()
  check.equal((await get(gateway, 'paint/-/paint-1.0.1.tgz')).status, 200)
  check.match(gateway.log, { served: [{ verdict: 'refused' }], refused: [{ version: '1.0.1' }] })
})

await t.test('what the policy leaves out passes, unasked, and is counted', async (check) => {
  const { world, open } = await startScene(check)
  await world.write('bonafide.json', JSON.stringify({ version: 1, outside: ['paint'] }))
  const gateway = await open()
  check.equal((await get(gateway, 'paint/-/paint-1.0.1.tgz')).status, 200)
  check.match(gateway.log, { served: [{ verdict: 'outside' }], refused: [] })
  check.notOk(paths(world.sandbox.requests).some((path) => path.includes('attestations')))
})

await t.test(
  'a package that the policy leaves out may come without any integrity, as old registries have it',
  async (check) => {
    const { world, open } = await startScene(check)
    world.sandbox.editManifest('paint', '1.0.1', (manifest) => {
      const { integrity: _, ...dist } = manifest.dist
      return { ...manifest, dist }
    })
    const judged = await open()
    check.not((await get(judged, 'paint/-/paint-1.0.1.tgz')).status, 200)
    await world.write('bonafide.json', JSON.stringify({ version: 1, outside: ['paint'] }))
    const gateway = await open()
    check.equal((await get(gateway, 'paint/-/paint-1.0.1.tgz')).status, 200)
  },
)

await t.test('npm asks below the gateway for the whole path that a registry has, and for no other', async (check) => {
  const { open } = await startScene(check)
  const gateway = await open({
    over: (sources) => {
      const { registries } = sources.client
      const scopes = new Map([['@inside', 'http://127.0.0.1:9/api/npm/']])
      return { ...sources, client: { ...sources.client, registries: { ...registries, scopes } } }
    },
  })
  check.equal((await get(gateway, 'api/npm/paint/-/paint-1.0.0.tgz')).status, 200)
  check.equal((await get(gateway, 'api/npm/paint/-/paint-1.0.1.tgz')).status, 403)
  check.equal((await get(gateway, 'api/paint/-/paint-1.0.0.tgz')).status, 404)
})

await t.test('a tarball at a path of the registry’s own is the version whose metadata names it', async (check) => {
  const { world, open } = await startScene(check)
  world.sandbox.editManifest('paint', '1.0.1', keptAt('download/paint/abc'))
  await world.release('brush', '1.0.0')
  await world.release('brush', '1.0.1')
  for (const version of ['1.0.0', '1.0.1']) world.sandbox.editManifest('brush', version, keptAt('download/brush/one'))
  const gateway = await open()
  check.equal((await get(gateway, 'download/paint/abc')).status, 404, 'before anybody was told of it')
  for (const name of ['paint', 'brush']) await get(gateway, name)
  check.equal((await get(gateway, 'download/paint/abc')).status, 403, 'it is judged as that version')
  check.equal((await get(gateway, 'download/brush/one')).status, 404, 'two versions at one path are none')
})

await t.test(
  'large tarballs come as they are, and who does not read theirs keeps nobody else waiting',
  async (check) => {
    const { world, open } = await startScene(check)
    const noise = randomBytes(5 * 1024 * 1024).toString('base64')
    const { tarball } = await world.release('large', '1.0.0', { files: { 'noise.txt': noise } })
    check.ok(tarball.length > 4 * 1024 * 1024)
    const gateway = await open()
    const { hostname, port, pathname } = new URL(gateway.registryFor('npm'))
    const idle = connect(Number(port), hostname)
    idle.on('error', () => {})
    idle.pause()
    idle.write(`GET ${pathname}large/-/large-1.0.0.tgz HTTP/1.1\r\nhost: ${hostname}:${port}\r\n\r\n`)
    const [large, small] = await Promise.all([
      get(gateway, 'large/-/large-1.0.0.tgz'),
      get(gateway, 'paint/-/paint-1.0.0.tgz'),
    ])
    check.ok(large.body.equals(tarball))
    check.equal(small.status, 200)
    const ended = once(idle, 'close')
    idle.resume()
    await gateway.close()
    await ended
  },
)

await t.test('sources that do not look into tarballs are refused', async (check) => {
  const { open } = await startScene(check)
  await check.rejects(open({ sources: { tarballs: false } }), TypeError)
})

await t.test('hundreds ask at once, and each version is judged once', async (check) => {
  const { world, open } = await startScene(check)
  const names = Array.from({ length: 20 }, (_, index) => `part-${index}`)
  for (const name of names) await world.release(name, '1.0.0')
  const gateway = await open()
  const got = await Promise.all(
    names.flatMap((name) => Array.from({ length: 10 }, () => get(gateway, `${name}/-/${name}-1.0.0.tgz`))),
  )
  check.strictSame([...new Set(got.map(({ status }) => status))], [200])
  check.equal(gateway.log.served.length, 20)
  const asked = paths(world.sandbox.requests).filter((path) => path.endsWith('.tgz'))
  check.equal(asked.length, 20)
})

await t.test(
  'who says nothing, half a request or nonsense holds nobody up, and the end is the end for all',
  async (check) => {
    const { open } = await startScene(check)
    const gateway = await open()
    const { hostname, port } = new URL(gateway.proxyUrl)
    const slow = Array.from({ length: 50 }, () => connect(Number(port), hostname))
    await Promise.all(slow.map((socket) => once(socket, 'connect')))
    for (const socket of slow) socket.write('GET / HTTP/1.1\r\nhost: ')
    check.equal((await get(gateway, 'paint/-/paint-1.0.0.tgz')).status, 200)
    const ends = slow.map((socket) => once(socket, 'close').catch(() => null))
    for (const socket of slow) socket.on('error', () => {})
    await gateway.close()
    await Promise.all(ends)
    await check.rejects(get(gateway, 'paint'), { code: 'ECONNREFUSED' })
  },
)

await t.test('the example of the README', async (check) => {
  const { world } = await startScene(check)
  const { sandbox, env, trust } = world
  const { behindGateway } = (await importExample('gateway', check.testdir({}))) as Example
  const [, registry, , trustedRoot, , registryKeys] = trust
  const now = new Date(sandbox.clock.now().getTime() + 30 * 86_400_000)
  const more = { env, now, registry, trustedRoot, registryKeys }
  const statuses: number[] = []
  const refused = await behindGateway(
    world.project,
    async (url) => {
      for (const version of ['1.0.0', '1.0.1']) {
        const { status } = await fetch(`${url}paint/-/paint-${version}.tgz`)
        statuses.push(status)
      }
    },
    more,
  )
  check.strictSame(statuses, [200, 403])
  check.strictSame(refused, ['paint@1.0.1'])
})

function tunnel(gateway: Gateway, target: string): Promise<string> {
  const { hostname, port } = new URL(gateway.proxyUrl)
  const socket = connect(Number(port), hostname)
  socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`)
  return new Promise((resolve, reject) => {
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
  })
}
