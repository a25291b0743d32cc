// SPDX-License-Identifier: Apache-2.0
import t from 'tap'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { startSandbox } from '@bonafide/sandbox'
import type { Fault, Sandbox } from '@bonafide/sandbox'

const JOB = { repository: 'acme/rocket' }
const ABBREVIATED = { accept: 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8' }
const OIDC = { id: 'github', oidcConfigId: 'oidc:1' }

interface Document {
  readonly 'dist-tags': Record<string, string>
  readonly versions: Record<string, Record<string, unknown> & { readonly dist: Record<string, unknown> }>
  readonly time?: Record<string, string>
}

await t.test('full metadata tells times, publishers, signatures and the claim of attestations', async (test) => {
  const sandbox = await started(test)
  const { integrity } = await publishRocket(sandbox)
  const document = await json(sandbox, '@acme%2frocket')
  test.match(document.versions['1.0.0'], {
    _npmUser: { name: 'GitHub Actions', trustedPublisher: OIDC },
    scripts: { postinstall: 'node build' },
    dist: {
      integrity,
      tarball: `${sandbox.registryUrl}@acme/rocket/-/rocket-1.0.0.tgz`,
      signatures: [{ keyid: /^SHA256:/u, sig: String }],
      attestations: {
        url: `${sandbox.registryUrl}-/npm/v1/attestations/@acme/rocket@1.0.0`,
        provenance: { predicateType: 'https://slsa.dev/provenance/v1' },
      },
    },
  })
  test.equal(document.time?.['1.0.0'], '2026-01-15T12:00:00.000Z')
  test.strictSame(await json(sandbox, '@acme/rocket'), document, 'the slash of a scope may come unescaped')
})

await t.test(
  'abbreviated metadata has no times and no publishers, but signatures and the hint of scripts',
  async (test) => {
    const sandbox = await started(test)
    await publishRocket(sandbox)
    const response = await fetch(`${sandbox.registryUrl}@acme%2frocket`, { headers: ABBREVIATED })
    test.equal(response.headers.get('content-type'), 'application/vnd.npm.install-v1+json')
    const document = (await response.json()) as Document
    test.notOk(document.time)
    const manifest = document.versions['1.0.0']
    test.match(manifest, { hasInstallScript: true, dependencies: { fuel: '^1.0.0' } })
    test.match(manifest?.dist, { signatures: [{}], attestations: {} })
    test.notMatch(manifest, { _npmUser: {} })
    test.notMatch(manifest, { scripts: {} })
  },
)

await t.test('one version, by number and by tag, and the words for what is not there', async (test) => {
  const sandbox = await started(test)
  await publishRocket(sandbox)
  await sandbox.publish({ name: '@acme/rocket', version: '2.0.0-rc.1', tag: 'next' })
  for (const wanted of ['1.0.0', 'latest'])
    test.match(await json(sandbox, `@acme%2frocket/${wanted}`), { version: '1.0.0' })
  test.match(await json(sandbox, '@acme%2frocket/next'), { version: '2.0.0-rc.1' })
  const answers = {
    'no-such-package': [404, '{"error":"Not found"}'],
    '@acme%2frocket/9.9.9': [404, '"version not found: 9.9.9"'],
    '-/npm/v1/attestations/@acme%2frocket@2.0.0-rc.1': [404, '{"error":"Not found"}'],
    '-/npm/v1/attestations/nobody@1.0.0': [404, '{"error":"Not found"}'],
    '@acme/rocket/-/rocket-9.9.9.tgz': [404, '{"error":"Not found"}'],
    '-/no-such-thing': [404, '{"error":"Not found"}'],
  }
  for (const [path, wanted] of Object.entries(answers)) {
    const response = await fetch(`${sandbox.registryUrl}${path}`)
    test.strictSame([response.status, await response.text()], wanted, path)
  }
})

await t.test('the tarball is what the integrity says, and a swapped one is not', async (test) => {
  const sandbox = await started(test)
  const { integrity, tarball } = await publishRocket(sandbox)
  const digest = async (): Promise<string> => {
    const response = await fetch(`${sandbox.registryUrl}@acme%2frocket/-/rocket-1.0.0.tgz`)
    return `sha512-${createHash('sha512')
      .update(Buffer.from(await response.arrayBuffer()))
      .digest('base64')}`
  }
  test.equal(await digest(), integrity)
  sandbox.serveTarball('@acme/rocket', '1.0.0', Buffer.concat([tarball, Buffer.from('!')]))
  test.not(await digest(), integrity)
})

await t.test(
  'attestations come under both spellings of a scope, and the keys with the end of the older',
  async (test) => {
    const sandbox = await started(test)
    const { attestationsText } = await publishRocket(sandbox)
    for (const scope of ['@acme/', '@acme%2f', '@acme%2F']) {
      const response = await fetch(`${sandbox.registryUrl}-/npm/v1/attestations/${scope}rocket@1.0.0`)
      test.equal(await response.text(), attestationsText, scope)
    }
    test.match(await json(sandbox, '-/npm/v1/keys'), {
      keys: [{ expires: '2025-01-29T00:00:00.000Z' }, { expires: null, scheme: 'ecdsa-sha2-nistp256' }],
    })
  },
)

await t.test('what a client has already is not sent again, until it changes', async (test) => {
  const sandbox = await started(test)
  await publishRocket(sandbox)
  const url = `${sandbox.registryUrl}@acme%2frocket`
  const etag = (await fetch(url)).headers.get('etag') ?? ''
  const again = (): Promise<Response> => fetch(url, { headers: { 'if-none-match': etag } })
  test.equal((await again()).status, 304)
  await sandbox.publish({ name: '@acme/rocket', version: '1.0.1' })
  test.equal((await again()).status, 200)
})

await t.test('an unpublished version is gone from the versions and stays in time', async (test) => {
  const sandbox = await started(test)
  await publishRocket(sandbox)
  await sandbox.publish({ name: '@acme/rocket', version: '1.0.1', provenance: JOB })
  sandbox.unpublish('@acme/rocket', '1.0.1')
  const document = await json(sandbox, '@acme%2frocket')
  test.strictSame(Object.keys(document.versions), ['1.0.0'])
  test.equal(document['dist-tags']['latest'], '1.0.0')
  test.ok(document.time?.['1.0.1'])
  test.equal((await fetch(`${sandbox.registryUrl}-/npm/v1/attestations/@acme%2frocket@1.0.1`)).status, 404)
  test.equal((await fetch(`${sandbox.registryUrl}@acme/rocket/-/rocket-1.0.1.tgz`)).status, 404)
  test.throws(() => sandbox.unpublish('@acme/rocket', '1.0.1'))
  await test.rejects(sandbox.publish({ name: '@acme/rocket', version: '1.0.1' }), 'a number is never used again')
})

await t.test('edited metadata is served, and time moves only where it is moved', async (test) => {
  const sandbox = await started(test)
  await publishRocket(sandbox)
  sandbox.editManifest('@acme/rocket', '1.0.0', (manifest) => ({ ...manifest, dependencies: { evil: '1.0.0' } }))
  test.match(await json(sandbox, '@acme%2frocket/latest'), { dependencies: { evil: '1.0.0' } })
  sandbox.clock.advance(1500)
  const { publishedAt } = await sandbox.publish({ name: 'later', version: '1.0.0' })
  test.equal(publishedAt.toISOString(), '2026-01-15T12:00:01.500Z')
  sandbox.clock.set(new Date(0))
  test.equal(sandbox.clock.now().getTime(), 0)
})

await t.test('requests are kept with the credentials that came along', async (test) => {
  const sandbox = await started(test)
  await fetch(`${sandbox.registryUrl}nobody`, { headers: { authorization: 'Bearer npm_secret' } })
  test.match(sandbox.requests, [
    { service: 'registry', method: 'GET', path: '/nobody', headers: { authorization: 'Bearer npm_secret' } },
  ])
})

await t.test('a mirror that knows nothing of attestations', async (test) => {
  const sandbox = await started(test)
  await publishRocket(sandbox)
  const undo = sandbox.actAsPlainMirror()
  test.equal((await fetch(`${sandbox.registryUrl}-/npm/v1/keys`)).status, 404)
  test.equal((await fetch(`${sandbox.registryUrl}-/npm/v1/attestations/@acme%2frocket@1.0.0`)).status, 404)
  const { dist } = (await json(sandbox, '@acme%2frocket')).versions['1.0.0'] ?? { dist: {} }
  test.type(dist['integrity'], 'string')
  test.notOk('signatures' in dist || 'attestations' in dist)
  test.match(await json(sandbox, '@acme%2frocket/1.0.0'), { dist: { signatures: undefined } })
  test.equal((await fetch(`${sandbox.registryUrl}@acme/rocket/-/rocket-1.0.0.tgz`)).status, 200)
  undo()
  test.equal((await fetch(`${sandbox.registryUrl}-/npm/v1/keys`)).status, 200)
})

await t.test('faults, one by one, and all is well afterwards', async (test) => {
  const sandbox = await started(test)
  await publishRocket(sandbox)
  const path = '/@acme/rocket'
  const url = `${sandbox.registryUrl}@acme%2frocket`
  const whole = await (await fetch(url)).text()
  const seen = async (fault: Fault): Promise<string> => {
    const undo = sandbox.fault({ path, service: 'registry', method: 'GET' }, fault)
    try {
      const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(300) })
      const { status, headers } = response
      const body = await response.text()
      const size = body === whole ? 'whole' : body.length < whole.length ? 'less' : 'more'
      const words = ['content-type', 'retry-after', 'location', 'www-authenticate'].map((name) => headers.get(name))
      return [status, size, ...words.filter((word) => word !== null)].join(' ')
    } catch (error) {
      return error instanceof Error ? error.name : 'error'
    } finally {
      undo()
    }
  }
  const retry = { 'retry-after': '7' }
  test.equal(await seen({ kind: 'status', status: 503, headers: retry }), '503 less application/json 7')
  test.equal(await seen({ kind: 'login' }), '401 less application/json Bearer')
  test.equal(await seen({ kind: 'login', status: 403 }), '403 less application/json Bearer')
  test.equal(await seen({ kind: 'cut-json' }), '200 less application/json')
  test.equal(await seen({ kind: 'cut-connection' }), 'TypeError')
  test.equal(await seen({ kind: 'oversized', bytes: 200_000 }), '200 more application/json')
  test.equal(await seen({ kind: 'drip', milliseconds: 1 }), 'TimeoutError')
  test.equal(await seen({ kind: 'hang' }), 'TimeoutError')
  test.equal(await seen({ kind: 'content-type', contentType: 'text/html' }), '200 whole text/html')
  test.equal(await seen({ kind: 'redirect', location: 'http://127.0.0.1:1/' }), '302 less http://127.0.0.1:1/')
  test.equal(await seen({ kind: 'reset' }), 'TypeError')
  test.equal(await seen({ kind: 'edit', edit: (body) => `${body.toString()} ` }), '200 more application/json')
  test.equal(await seen({ kind: 'strip', fields: ['time', '_npmUser'] }), '200 less application/json')
  test.equal(await (await fetch(url)).text(), whole, 'all is well')
})

await t.test('a fault that is told how often ends by itself, and touches no other path', async (test) => {
  const sandbox = await started(test)
  await publishRocket(sandbox)
  sandbox.fault({ path: /^\/@acme\//gu, times: 2 }, { kind: 'status', status: 500 })
  const statuses: number[] = []
  for (const path of ['-/npm/v1/keys', '@acme%2frocket', '@acme%2frocket', '@acme%2frocket'])
    statuses.push((await fetch(`${sandbox.registryUrl}${path}`)).status)
  test.strictSame(statuses, [200, 500, 500, 200])
})

await t.test('a process that forgets to close its sandbox ends all the same', async (test) => {
  const program = `
    import { startSandbox } from '@bonafide/sandbox'
    const sandbox = await startSandbox()
    await (await fetch(sandbox.registryUrl + '-/npm/v1/keys')).text()
    console.log('done')`
  const args = ['--conditions=bonafide-source', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname, timeout: 20_000 })
  test.equal(stdout, 'done\n')
})

await t.test('the example of the README runs', async (test) => {
  const readme = await readFile(new URL('../../packages/sandbox/README.md', import.meta.url), 'utf8')
  const program = /```ts\n(?<program>.*?)```/su.exec(readme)?.groups?.['program'] ?? ''
  const args = ['--conditions=bonafide-source', '--input-type=module-typescript', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname, timeout: 20_000 })
  test.match(stdout, /^http:\/\/127\.0\.0\.1:\d+\/ attestations\[1\] \d+ \d+\n$/u)
})

async function started(test: Pick<typeof t, 'teardown'>): Promise<Sandbox> {
  const sandbox = await startSandbox()
  test.teardown(() => sandbox.close())
  return sandbox
}

function publishRocket(sandbox: Sandbox): ReturnType<Sandbox['publish']> {
  return sandbox.publish({
    name: '@acme/rocket',
    version: '1.0.0',
    manifest: { dependencies: { fuel: '^1.0.0' }, scripts: { postinstall: 'node build' } },
    provenance: JOB,
    publisher: { name: 'GitHub Actions', email: 'oidc@sandbox.test', trustedPublisher: OIDC },
  })
}

async function json(sandbox: Sandbox, path: string): Promise<Document> {
  return (await (await fetch(`${sandbox.registryUrl}${path}`)).json()) as Document
}
