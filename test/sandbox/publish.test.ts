// SPDX-License-Identifier: Apache-2.0
import t from 'tap'
import { startSandbox } from '@bonafide/sandbox'
import type { Release, Sandbox, SandboxOptions } from '@bonafide/sandbox'
import { stockVerifier } from '../support/stock-verifier.ts'
import { ask, publishBody } from '../support/npm-request.ts'
import type { Answer, PublishBody } from '../support/npm-request.ts'

const NAME = '@acme/rocket'
const PATH = '@acme%2frocket'
const JOB = { repository: 'acme/rocket' }
const REPOSITORY = { repository: { type: 'git', url: 'git+https://github.com/acme/rocket.git' } }
const RELEASE: Release = { name: NAME, version: '1.0.0', manifest: REPOSITORY }
const ATTESTED: Release = { ...RELEASE, provenance: JOB }

await t.test('a version comes in signed, tagged, timed and under the name of who sent it', async (test) => {
  const { sandbox, put } = await started(test)
  const manifest = { gypfile: true, dependencies: { fuel: '^1.0.0' }, scripts: { test: 'true' } }
  const body = await publishBody({ ...RELEASE, manifest, files: { 'npm-shrinkwrap.json': '{}' }, tag: 'next' })
  sandbox.clock.advance(1000)
  test.match(await put(body), { status: 200, body: { ok: true } })
  const full = await ask(sandbox, 'GET', PATH)
  test.match(full.body, {
    'dist-tags': { next: '1.0.0' },
    time: { '1.0.0': '2026-01-15T12:00:01.000Z' },
    maintainers: [{ name: 'sandbox' }],
    versions: {
      '1.0.0': {
        ...manifest,
        _npmUser: { name: 'sandbox', email: 'sandbox@sandbox.test' },
        dist: {
          integrity: body.versions['1.0.0']?.dist['integrity'],
          tarball: `${sandbox.registryUrl}@acme/rocket/-/rocket-1.0.0.tgz`,
          fileCount: 3,
          signatures: [{ keyid: /^SHA256:/u, sig: String }],
          attestations: undefined,
        },
      },
    },
  })
  const { maintainers } = full.body as { maintainers: unknown }
  test.strictSame(maintainers, [{ name: 'sandbox', email: 'sandbox@sandbox.test' }], 'and nothing of the account')
  const abbreviated = await ask(sandbox, 'GET', PATH, { headers: { accept: 'application/vnd.npm.install-v1+json' } })
  test.match(abbreviated.body, { versions: { '1.0.0': { hasInstallScript: true, _hasShrinkwrap: true } } })
  const tarball = await fetch(`${sandbox.registryUrl}@acme/rocket/-/rocket-1.0.0.tgz`)
  const sent = body._attachments[`${NAME}-1.0.0.tgz`]?.data
  test.equal(Buffer.from(await tarball.arrayBuffer()).toString('base64'), sent)
})

await t.test(
  'provenance that came along is served beside the registry’s own statement, and both verify',
  async (test) => {
    const { sandbox, put } = await started(test)
    test.equal((await put(await publishBody(ATTESTED))).status, 200)
    const stock = stockVerifier(sandbox.trustedRoot(), sandbox.registryKeys())
    const document = await ask(sandbox, 'GET', `-/npm/v1/attestations/${PATH}@1.0.0`)
    const { attestations } = document.body as { attestations: { predicateType: string; bundle: never }[] }
    test.strictSame(
      attestations.map(({ predicateType }) => predicateType),
      ['https://github.com/npm/attestation/tree/main/specs/publish/v0.1', 'https://slsa.dev/provenance/v1'],
    )
    for (const { bundle, predicateType } of attestations) test.notMatch(stock(bundle), { code: String }, predicateType)
    test.match((await ask(sandbox, 'GET', `${PATH}/latest`)).body, {
      dist: { attestations: { provenance: { predicateType: 'https://slsa.dev/provenance/v1' } } },
    })
  },
)

await t.test('a number is used once, even where the version was taken away', async (test) => {
  const { sandbox, put } = await started(test)
  const body = await publishBody(RELEASE)
  await sandbox.publish({ name: NAME, version: '0.9.0' })
  await put(body)
  const refused = {
    status: 403,
    body: { error: /^You cannot publish over the previously published versions: 1\.0\.0/u },
  }
  test.match(await put(body), refused)
  sandbox.unpublish(NAME, '1.0.0')
  test.match(await put(body), refused)
})

await t.test('what contradicts itself is refused, and nothing of it is kept', async (test) => {
  const { sandbox, put } = await started(test)
  const wrong: Record<string, (body: PublishBody) => void> = {
    'another name outside': (body) => (body.name = 'rocket'),
    'another id': (body) => (body._id = 'rocket'),
    'another name inside': (body) => (versionIn(body)['name'] = 'rocket'),
    'another version inside': (body) => (versionIn(body)['version'] = '1.0.1'),
    'two versions': (body) => (body.versions['1.0.1'] = versionIn(body)),
    'no version': (body) => (body.versions = {}),
    'a range': (body) => (body.versions = { '^1.0.0': versionIn(body) }),
    'no tag': (body) => (body['dist-tags'] = {}),
    'a tag of another version': (body) => (body['dist-tags']['next'] = '0.1.0'),
    'a tag that is a range': (body) => (body['dist-tags'] = { 'v1.x': '1.0.0' }),
    'another sha512': (body) => (versionIn(body).dist['integrity'] = `sha512-${'A'.repeat(86)}==`),
    'no sha512': (body) => delete versionIn(body).dist['integrity'],
    'another sha1': (body) => (versionIn(body).dist['shasum'] = '0'.repeat(40)),
    'another length': (body) => (tarballIn(body).length += 1),
    'a tarball of another version': (body) => {
      body._attachments = { [`${NAME}-1.0.1.tgz`]: tarballIn(body) }
    },
    'no tarball but text': (body) => {
      const bytes = Buffer.from('no tarball')
      Object.assign(tarballIn(body), { data: bytes.toString('base64'), length: bytes.length })
    },
    'an attachment more': (body) => (body._attachments['notes.txt'] = tarballIn(body)),
    'an access that there is not': (body) => (body.access = 'private'),
  }
  const honest = await publishBody(RELEASE)
  for (const [what, change] of Object.entries(wrong)) {
    const body = structuredClone(honest)
    change(body)
    test.match(await put(body), { status: 400, body: { error: String } }, what)
  }
  test.match(await put('text'), { status: 400 })
  test.match(await ask(sandbox, 'PUT', '@acme%2f..', { token: token(sandbox), body: honest }), { status: 400 })
  test.equal((await ask(sandbox, 'GET', PATH)).status, 404)
  test.equal((await put(honest)).status, 200, 'as it was, it is taken')
})

await t.test('provenance that is not that of the version is refused with 422', async (test) => {
  const { sandbox, put } = await started(test)
  const honest = await publishBody(ATTESTED)
  const other = await publishBody({ ...ATTESTED, manifest: { ...REPOSITORY, description: 'another tarball' } })
  const elsewhere = await publishBody({ ...ATTESTED, name: '@acme/fuel' })
  const stranger = await startSandbox({ seed: 'stranger' })
  test.teardown(() => stranger.close())
  const foreign = await stranger.publish(ATTESTED)
  const with_ = (provenance: unknown): PublishBody => {
    const data = JSON.stringify(provenance)
    const attachment = { content_type: 'application/json', data, length: data.length }
    return { ...honest, _attachments: { ...honest._attachments, [`${NAME}-1.0.0.sigstore`]: attachment } }
  }
  const bundle = bundleOf(honest) as { dsseEnvelope: { signatures: { sig: string }[] } }
  const { dsseEnvelope } = bundleOf(other)
  const wrong: Record<string, PublishBody> = {
    'of another tarball': with_(bundleOf(other)),
    'of another package': with_(bundleOf(elsewhere)),
    'of another Sigstore': with_(foreign.attestations?.attestations[1]?.bundle),
    'the registry’s own statement': with_(foreign.attestations?.attestations[0]?.bundle),
    'with another signature': with_({
      ...bundle,
      dsseEnvelope: { ...bundle.dsseEnvelope, signatures: (dsseEnvelope as typeof bundle.dsseEnvelope).signatures },
    }),
    'no bundle': with_({}),
    'no object': with_([]),
    'of another repository': await publishBody({ ...ATTESTED, provenance: { repository: 'mallory/rocket' } }),
    'of a private repository': await publishBody({ ...ATTESTED, provenance: { ...JOB, visibility: 'private' } }),
    'of somebody’s own runner': await publishBody({ ...ATTESTED, provenance: { ...JOB, runner: 'self-hosted' } }),
    'without a repository in package.json': await publishBody({ ...ATTESTED, manifest: {} }),
  }
  for (const [what, body] of Object.entries(wrong)) {
    const answer = await put(body)
    test.match(answer, { status: 422, body: { error: /^Error verifying sigstore provenance bundle: / } }, what)
  }
  test.match(await put(wrong['of another repository'] ?? null), {
    body: { error: /"repository\.url" is ".*acme.*", expected to match "https:\/\/github\.com\/mallory\/rocket"/u },
  })
  test.equal((await ask(sandbox, 'GET', PATH)).status, 404)
  test.equal((await put(honest)).status, 200, 'its own is taken')
})

await t.test('a version is deprecated, and the deprecation taken back', async (test) => {
  const { sandbox, put } = await started(test)
  await put(await publishBody(RELEASE))
  const before = (await ask(sandbox, 'GET', PATH)).body as { versions: Record<string, Record<string, unknown>> }
  for (const [deprecated, wanted] of [
    ['too old', 'too old'],
    ['', undefined],
  ] as const) {
    // A client sends everything back; of that nothing but the message is heeded.
    const body = structuredClone(before)
    Object.assign(body.versions['1.0.0'] ?? {}, { deprecated, dependencies: { evil: '*' } })
    test.equal((await put(body)).status, 200)
    const after = (await ask(sandbox, 'GET', `${PATH}/1.0.0`)).body as Record<string, unknown>
    test.equal(after['deprecated'], wanted)
    test.notOk(after['dependencies'])
  }
})

await t.test('dist-tags are listed, moved and taken away', async (test) => {
  const { sandbox } = await started(test)
  await sandbox.publish({ name: NAME, version: '1.0.0' })
  await sandbox.publish({ name: NAME, version: '2.0.0' })
  const tags = (): Promise<Answer> => ask(sandbox, 'GET', `-/package/${PATH}/dist-tags`)
  const change = (method: string, tag: string, body?: unknown): Promise<Answer> =>
    ask(sandbox, method, `-/package/${PATH}/dist-tags/${tag}`, { token: token(sandbox), body })
  test.strictSame((await tags()).body, { latest: '2.0.0' })
  test.equal((await change('PUT', 'legacy', '1.0.0')).status, 200)
  test.equal((await change('PUT', 'latest', '1.0.0')).status, 200)
  test.strictSame((await tags()).body, { latest: '1.0.0', legacy: '1.0.0' })
  test.equal((await change('DELETE', 'legacy')).status, 200)
  test.strictSame((await tags()).body, { latest: '1.0.0' })
  test.equal((await change('DELETE', 'legacy')).status, 404)
  test.equal((await change('DELETE', 'latest')).status, 400)
  test.equal((await change('PUT', 'legacy', '9.9.9')).status, 400, 'no such version')
  test.equal((await change('PUT', '1.x', '1.0.0')).status, 400, 'a range is no tag')
  test.equal((await ask(sandbox, 'GET', '-/package/nobody/dist-tags')).status, 404)
  test.equal((await ask(sandbox, 'PUT', `-/package/${PATH}/dist-tags/x`, { body: '1.0.0' })).status, 401)
})

await t.test('a version, then the whole package is unpublished as npm does it', async (test) => {
  const { sandbox } = await started(test)
  for (const number of ['1.0.0', '2.0.0', '3.0.0']) await sandbox.publish({ name: NAME, version: number })
  const write = { token: token(sandbox) }
  const read = async (): Promise<{ _rev: string; versions: object; time: object }> =>
    (await ask(sandbox, 'GET', `${PATH}?write=true`)).body as { _rev: string; versions: object; time: object }
  const before = await read()
  const { '3.0.0': _, ...versions } = before.versions as Record<string, unknown>
  const body = { ...before, versions, 'dist-tags': { latest: '1.0.0', odd: '3.0.0' } }
  test.equal((await ask(sandbox, 'PUT', `${PATH}/-rev/0-nothing`, { ...write, body })).status, 409)
  test.equal((await ask(sandbox, 'PUT', `${PATH}/-rev/${before._rev}`, { body })).status, 401)
  test.equal((await ask(sandbox, 'PUT', `${PATH}/-rev/${before._rev}`, { ...write, body })).status, 200)
  const after = await read()
  test.match(after, { 'dist-tags': { latest: '1.0.0', odd: undefined }, time: { '3.0.0': String } })
  test.strictSame(Object.keys(after.versions), ['1.0.0', '2.0.0'])
  const tarball_ = `@acme/rocket/-/rocket-3.0.0.tgz/-rev/${after._rev}`
  test.equal((await ask(sandbox, 'DELETE', tarball_, write)).status, 200)
  test.equal((await ask(sandbox, 'DELETE', `${PATH}/-rev/${before._rev}`, write)).status, 409)
  test.equal((await ask(sandbox, 'DELETE', `${PATH}/-rev/${after._rev}`, write)).status, 200)
  test.match(await read(), {
    versions: {},
    time: { unpublished: { time: '2026-01-15T12:00:00.000Z', versions: ['1.0.0', '2.0.0', '3.0.0'] } },
  })
  test.equal((await ask(sandbox, 'DELETE', 'nobody/-rev/1', write)).status, 404)
})

await t.test('who may not read a package learns nothing of it', async (test) => {
  const { sandbox, put } = await started(test)
  const body = { ...(await publishBody(RELEASE)), access: 'restricted' }
  test.equal((await put(body)).status, 200)
  sandbox.accounts.addUser({ name: 'mallory' })
  const paths = [
    PATH,
    `${PATH}/1.0.0`,
    '@acme/rocket/-/rocket-1.0.0.tgz',
    `-/package/${PATH}/visibility`,
    `-/package/${PATH}/dist-tags`,
  ]
  const mallory = sandbox.accounts.createToken({ user: 'mallory' }).token
  for (const path of paths) {
    test.equal((await ask(sandbox, 'GET', path)).status, 404, path)
    test.equal((await ask(sandbox, 'GET', path, { token: mallory })).status, 404, path)
    test.equal((await ask(sandbox, 'GET', path, { token: token(sandbox) })).status, 200, path)
  }
  const visibility = `-/package/${PATH}/visibility`
  test.strictSame((await ask(sandbox, 'GET', visibility, { token: token(sandbox) })).body, { public: false })
  await sandbox.publish({ name: 'open', version: '1.0.0' })
  test.strictSame((await ask(sandbox, 'GET', '-/package/open/visibility')).body, { public: true })
})

await t.test('too many requests changes nothing; an answer that gets lost leaves a version published', async (test) => {
  const { sandbox, put } = await started(test)
  const match = { path: '/@acme/rocket', method: 'PUT', times: 1 }
  const body = await publishBody(RELEASE)
  sandbox.fault(match, { kind: 'status', status: 429, headers: { 'retry-after': '3' } })
  const refused = await put(body)
  test.equal(refused.status, 429)
  test.equal(refused.headers.get('retry-after'), '3')
  test.equal((await ask(sandbox, 'GET', PATH)).status, 404)
  sandbox.fault(match, { kind: 'reset' })
  await test.rejects(put(body), { name: 'TypeError' })
  test.match(await put(body), { status: 403 }, 'who tries again learns that it is there')
  test.equal((await ask(sandbox, 'GET', PATH)).status, 200)
})

async function started(
  test: Pick<typeof t, 'teardown'>,
  options: SandboxOptions = {},
): Promise<{ sandbox: Sandbox; put: (body: unknown) => Promise<Answer> }> {
  const sandbox = await startSandbox(options)
  test.teardown(() => sandbox.close())
  return { sandbox, put: (body) => ask(sandbox, 'PUT', PATH, { token: token(sandbox), body }) }
}

function token(sandbox: Sandbox): string {
  return sandbox.accounts.createToken().token
}

function versionIn(body: PublishBody): PublishBody['versions'][string] {
  return body.versions['1.0.0'] ?? { dist: {} }
}

function tarballIn(body: PublishBody): PublishBody['_attachments'][string] {
  return body._attachments[`${NAME}-1.0.0.tgz`] ?? { content_type: '', data: '', length: 0 }
}

function bundleOf({ name, _attachments }: PublishBody): Record<string, unknown> {
  return JSON.parse(_attachments[`${name}-1.0.0.sigstore`]?.data ?? '') as Record<string, unknown>
}
