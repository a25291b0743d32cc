// SPDX-License-Identifier: Apache-2.0
// What is sent is what npm sends, and nothing but the job's token goes with it.
import t from 'tap'
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Secret, toSha512 } from '@bonafide/core'
import type { JsonObject } from '@bonafide/core'
import { upload, uploadByRequest } from '@bonafide/publish'
import type { UploadOrder } from '@bonafide/publish'
import { startSandbox } from '@bonafide/sandbox'
import { DEFAULT_MIRROR_URL } from '@sigstore/tuf'
import { ended, missing, openWorkbench } from '../support/clients.ts'
import { playPublicTuf } from '../support/public-tuf.ts'
import { TRUST, exchanged, jsonObject, orderFor, ready } from './orders.ts'

const SEED = 'upload'
const sandbox = await startSandbox({ seed: SEED })
const ear = await startEar()
const workbench = await openWorkbench(ear.url, 'npm_the-token-of-a-person')
t.teardown(() => Promise.all([sandbox.close(), ear.close(), workbench.close()]))

interface Heard {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: JsonObject
}

/** A registry that takes everything and remembers it. */
async function startEar() {
  const heard: Heard[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      const text = Buffer.concat(chunks).toString()
      if (method !== 'GET') heard.push({ method, path, headers, body: jsonObject(JSON.parse(text)) })
      response.writeHead(method === 'GET' ? 404 : 200, { 'content-type': 'application/json' }).end('{"ok":true}')
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}/`, heard, close }
}

function lastHeard(): Heard {
  const last = ear.heard.at(-1)
  if (last === undefined) throw new Error('nothing was sent')
  return last
}

/** The manifest of a document, without what sending adds to it. */
function manifestOf(body: JsonObject, version: string): JsonObject {
  const { [version]: manifest } = jsonObject(body['versions'])
  const { _id, dist: _dist, _nodeVersion, _npmVersion, ...rest } = jsonObject(manifest)
  return rest
}

/** A document without the version of npm, which is not ours to tell. */
function withoutNpm(body: JsonObject): JsonObject {
  const versions = Object.entries(jsonObject(body['versions'])).map(([version, manifest]) => {
    const { _npmVersion, ...rest } = jsonObject(manifest)
    return [version, rest] as const
  })
  return jsonObject({ ...body, versions: Object.fromEntries(versions) })
}

const FORMS: readonly (readonly [string, object])[] = [
  ['rocket', {}],
  ['@acme/rocket', { access: 'public' }],
  ['@acme/engine', { access: 'restricted', tag: 'next' }],
  ['described', { description: undefined, patched: true }],
]

await t.test('npm itself sends the same document', { skip: missing('npm') }, async (rule) => {
  for (const [index, [name, form]] of FORMS.entries()) {
    const { access = null, tag = 'latest' } = form as Pick<Partial<UploadOrder>, 'access' | 'tag'>
    const folder = await workbench.project(`npm-${index}`, {
      name,
      version: '1.2.3',
      description: 'description' in form ? undefined : 'Ünïcode',
      keywords: ['a', 'b'],
      bin: 'cli.js',
      scripts: { test: 'true' },
      license: 'MIT',
      repository: 'github:acme/rocket',
      dependencies: { left: '^1.0.0' },
      ...('patched' in form ? { patchedDependencies: { left: 'left.patch' } } : {}),
    })
    const packed = await workbench.run('npm', folder, ['pack', '--json'])
    rule.equal(packed.code, 0, packed.stderr)
    const file = `${name.replace('@', '').replace('/', '-')}-1.2.3.tgz`
    const options = [`--tag=${tag}`, ...(access === null ? [] : [`--access=${access}`])]
    const { code, stderr } = await workbench.run('npm', folder, ['publish', `./${file}`, ...options])
    rule.equal(code, 0, stderr)
    const npm = lastHeard()
    const tarball = await readFile(join(folder, file))
    const order: UploadOrder = {
      prepared: {
        name,
        version: '1.2.3',
        manifest: jsonObject({
          ...manifestOf(npm.body, '1.2.3'),
          ...('patched' in form ? { patchedDependencies: { left: 'left.patch' } } : {}),
        }),
        tarball,
        integrity: toSha512(createHash('sha512').update(tarball).digest()),
        source: { kind: 'tarball', path: file },
        files: [],
        publishConfig: { access: null, tag: null, registry: null },
      },
      registry: ear.url,
      tag,
      access,
      bundle: null,
      token: new Secret('the-token-of-a-job'),
      isStaged: false,
      isPublicSigstore: false,
      otp: null,
      connectionTo: () => ({ rejectUnauthorized: true }),
      readAs: () => null,
      deadline: 5000,
    }
    for (const [how, send] of Object.entries({ upload, uploadByRequest })) {
      rule.match(await send(order), { kind: 'accepted' })
      const ours = lastHeard()
      rule.strictSame(ours.body, withoutNpm(npm.body), `${name}, by ${how}`)
      rule.equal(ours.path, npm.path)
      rule.equal(ours.method, npm.method)
      rule.equal(ours.headers.authorization, 'Bearer the-token-of-a-job')
    }
  }
})

await t.test('with provenance, npm’s library sends it where it is public, and we send the same', async (rule) => {
  const made = await ready(SEED, 'attested', '1.1.0')
  const tuf = await playPublicTuf(sandbox, workbench.folder)
  const program = fileURLToPath(new URL('upload-program.ts', import.meta.url))
  const { prepared, bundle } = made
  const run = (env: Readonly<Record<string, string>>) =>
    ended(
      process.execPath,
      [
        '--conditions=bonafide-source',
        program,
        JSON.stringify({
          ...prepared,
          tarball: prepared.tarball.toString('base64'),
          bundle: bundle.json,
          mediaType: bundle.mediaType,
          registry: ear.url,
          token: 'the-token-of-a-job',
        }),
      ],
      { cwd: workbench.folder, env: { ...env, HOME: workbench.folder } },
    )
  const before = ear.heard.length
  const byLibrary = await run({ ...tuf.env, XDG_DATA_HOME: await seededClient() })
  rule.equal(byLibrary.stdout, '{"kind":"accepted","stageId":null}', byLibrary.stderr)
  const library = lastHeard()
  rule.match(library.headers['user-agent'], /npm-registry-fetch|make-fetch-happen/u, 'npm’s library')
  rule.ok(tuf.served.length > 0, 'it has asked for the public root')
  await tuf.close()

  // Nobody plays the public TUF repository any more.
  const byRequest = await run({ ...tuf.env, XDG_DATA_HOME: join(workbench.folder, 'nothing') })
  rule.equal(byRequest.stdout, '{"kind":"accepted","stageId":null}', byRequest.stderr)
  rule.equal(ear.heard.length - before, 2, 'each sent once')
  rule.strictSame(lastHeard().body, library.body)
  rule.not(lastHeard().headers['user-agent'], library.headers['user-agent'], 'by our own request')
})

/** A folder in which Sigstore's client starts from the sandbox's root metadata. */
async function seededClient(): Promise<string> {
  const folder = join(workbench.folder, 'data')
  const place = join(folder, 'sigstore-js', encodeURIComponent(new URL(DEFAULT_MIRROR_URL).host))
  await mkdir(place, { recursive: true })
  await writeFile(join(place, 'root.json'), sandbox.tufRoot())
  return folder
}

await t.test('no credential of the surroundings is sent', async (rule) => {
  const name = 'surrounded'
  await sandbox.publish({ name, version: '1.0.0' })
  sandbox.trust.add(name, TRUST)
  const made = await ready(SEED, name, '1.1.0', {
    manifest: {
      publishConfig: { [`//${new URL(sandbox.registryUrl).host}/:_authToken`]: 'planted', registry: ear.url },
    },
  })
  const token = await exchanged(sandbox, name)
  const before = { ...process.env }
  process.env['NODE_AUTH_TOKEN'] = 'planted'
  process.env[`npm_config_//${new URL(sandbox.registryUrl).host}/:_authToken`] = 'planted'
  process.env['npm_config_registry'] = ear.url
  t.teardown(() => Object.assign(process.env, before))
  const start = sandbox.requests.length
  rule.match(await upload(await orderFor(sandbox, made, { token, bundle: null })), { kind: 'accepted' })
  const sent = sandbox.requests.slice(start).filter(({ method }) => method === 'PUT')
  rule.strictSame(
    sent.map(({ headers }) => headers.authorization),
    [`Bearer ${token.reveal()}`],
  )
})

await t.test('a one-time password goes along where somebody gave one', async (rule) => {
  const made = await ready(SEED, 'with-otp', '1.1.0')
  const order = { ...(await orderFor(sandbox, made, { token: new Secret('x'), bundle: null })), registry: ear.url }
  for (const send of [upload, uploadByRequest]) {
    await send({ ...order, otp: new Secret('123456') })
    rule.equal(lastHeard().headers['npm-otp'], '123456')
    await send(order)
    rule.equal(lastHeard().headers['npm-otp'], undefined)
  }
})
