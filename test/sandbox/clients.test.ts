// SPDX-License-Identifier: Apache-2.0
// Programs that we did not write, against the sandbox: Sigstore's client, its TUF client, npm.
import t from 'tap'
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { initTUF } from '@sigstore/tuf'
import { attest, verify } from 'sigstore'
import { ISSUERS, startSandbox } from '@bonafide/sandbox'
import type { BundleJson, Sandbox, SandboxOptions } from '@bonafide/sandbox'
import { stockVerifier } from '../support/stock-verifier.ts'

const REPOSITORY = { repository: 'acme/rocket' }
const STATEMENT = Buffer.from(
  '{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"x","predicate":{}}',
)
const INTOTO = 'application/vnd.in-toto+json'

await t.test('the sigstore client signs here, and verifies with what TUF serves', async (test) => {
  const { sandbox, tuf } = await started(test)
  const job = {
    ...REPOSITORY,
    ref: 'refs/tags/v1.0.0',
    signer: { repository: 'o/shared', workflow: '.github/workflows/p.yml', ref: 'refs/heads/main' },
  }
  for (const legacyCompatibility of [false, true]) {
    const bundle = await attest(STATEMENT, INTOTO, {
      fulcioURL: sandbox.fulcioUrl,
      rekorURL: sandbox.rekorUrl,
      identityToken: sandbox.identityToken(job),
      legacyCompatibility,
      retry: 0,
    })
    const signer = await verify(bundle, {
      tufMirrorURL: tuf.mirrorURL,
      tufRootPath: tuf.rootPath,
      tufCachePath: tuf.cachePath,
      retry: 0,
    })
    test.equal(
      signer.identity?.subjectAlternativeName,
      'https://github.com/o/shared/.github/workflows/p.yml@refs/heads/main',
      legacyCompatibility ? 'intoto' : 'dsse',
    )
  }
  test.strictSame(
    sandbox.requests
      .filter(({ service }) => service === 'fulcio' || service === 'rekor')
      .map(({ method, path }) => `${method} ${path}`),
    ['POST /api/v2/signingCert', 'POST /api/v1/log/entries', 'POST /api/v2/signingCert', 'POST /api/v1/log/entries'],
  )
})

await t.test('no certificate for a token that is foreign, expired or for somebody else', async (test) => {
  const { sandbox } = await started(test)
  const stranger = await startSandbox({ seed: 'stranger' })
  test.teardown(() => stranger.close())
  const tokens = {
    foreign: stranger.identityToken(REPOSITORY),
    expired: sandbox.identityToken(REPOSITORY, { lifetimeSeconds: 0 }),
    'by CircleCI': sandbox.identityToken({ ...REPOSITORY, issuer: ISSUERS.circleci }),
    'for npm': sandbox.identityToken(REPOSITORY, { audience: 'npm:registry' }),
  }
  for (const [what, identityToken] of Object.entries(tokens)) {
    const options = { fulcioURL: sandbox.fulcioUrl, rekorURL: sandbox.rekorUrl, identityToken, retry: 0 }
    await test.rejects(attest(STATEMENT, INTOTO, options), { code: 'CA_CREATE_SIGNING_CERTIFICATE_ERROR' }, what)
  }
})

await t.test('the log gives back what it took in, and takes nothing twice or unsigned', async (test) => {
  const { sandbox } = await started(test)
  const { attestations } = await sandbox.publish({ name: 'rocket', version: '1.0.0', provenance: REPOSITORY })
  const bundle = attestations?.attestations[1]?.bundle
  const [entry] = bundle?.verificationMaterial.tlogEntries ?? []
  const logged = await fetch(`${sandbox.rekorUrl}/api/v1/log/entries?logIndex=${entry?.logIndex}`)
  const [[uuid, { body }] = ['', { body: '' }]] = Object.entries(
    (await logged.json()) as Record<string, { body: string }>,
  )
  test.equal(body, entry?.canonicalizedBody)
  test.equal((await fetch(`${sandbox.rekorUrl}/api/v1/log/entries/${uuid}`)).status, 200)
  test.equal((await fetch(`${sandbox.rekorUrl}/api/v1/log/entries/${uuid.replace(/.$/u, 'x')}`)).status, 404)

  const { spec } = JSON.parse(Buffer.from(body, 'base64').toString()) as {
    spec: { signatures: [{ verifier: string }] }
  }
  const propose = (envelope: unknown): Promise<Response> =>
    fetch(`${sandbox.rekorUrl}/api/v1/log/entries`, {
      method: 'POST',
      body: JSON.stringify({
        kind: 'dsse',
        apiVersion: '0.0.1',
        spec: { proposedContent: { envelope: JSON.stringify(envelope), verifiers: [spec.signatures[0].verifier] } },
      }),
    })
  const { payload = '', payloadType = '', signatures } = bundle?.dsseEnvelope ?? {}
  const again = await propose({ payload, payloadType, signatures: [{ sig: signatures?.[0].sig }] })
  test.equal(again.status, 409)
  test.equal(again.headers.get('location'), `/api/v1/log/entries/${uuid}`)
  test.equal((await propose({ payload: `e30${payload}`, payloadType, signatures })).status, 400)
})

await t.test('every entry is proved in every later tree', async (test) => {
  const { sandbox } = await started(test)
  const stock = stockVerifier(sandbox.trustedRoot(), sandbox.registryKeys())
  const bundles: BundleJson[] = []
  for (let minor = 0; minor < 7; minor += 1) {
    const { attestations } = await sandbox.publish({ name: 'rocket', version: `1.${minor}.0`, provenance: REPOSITORY })
    bundles.push(...(attestations?.attestations ?? []).map(({ bundle }) => bundle))
  }
  for (const bundle of bundles) {
    const [entry] = bundle.verificationMaterial.tlogEntries
    const answer = await fetch(`${sandbox.rekorUrl}/api/v1/log/entries?logIndex=${entry?.logIndex}`)
    const [logged] = Object.values(
      (await answer.json()) as Record<string, { verification: { inclusionProof: RekorProof } }>,
    )
    const proof = logged?.verification.inclusionProof
    const inclusionProof = {
      logIndex: String(proof?.logIndex),
      treeSize: String(proof?.treeSize),
      rootHash: Buffer.from(proof?.rootHash ?? '', 'hex').toString('base64'),
      hashes: proof?.hashes.map((hash) => Buffer.from(hash, 'hex').toString('base64')),
      checkpoint: { envelope: proof?.checkpoint },
    }
    test.equal(inclusionProof.treeSize, '14')
    const verificationMaterial = { ...bundle.verificationMaterial, tlogEntries: [{ ...entry, inclusionProof }] }
    test.notMatch(stock({ ...bundle, verificationMaterial }), { code: String }, `entry ${inclusionProof.logIndex}`)
  }
})

await t.test('the TUF client gets the trusted root and the keys of each host', async (test) => {
  const { sandbox, tuf } = await started(test, { keyHosts: ['registry.sandbox.test'] })
  const client = await initTUF(tuf)
  test.equal(await client.getTarget('trusted_root.json'), sandbox.trustedRoot())
  for (const host of [new URL(sandbox.registryUrl).host, 'registry.sandbox.test'])
    test.equal(await client.getTarget(`${host}/keys.json`), sandbox.registryKeys(), host)
  await test.rejects(client.getTarget('nobody/keys.json'))
})

await t.test('the TUF client sees a new trusted root after the old one', async (test) => {
  const { sandbox, tuf } = await started(test)
  await initTUF(tuf)
  sandbox.changeTuf({ trustedRoot: '{"another": true}' })
  const client = await initTUF(tuf)
  test.equal(await client.getTarget('trusted_root.json'), '{"another": true}')
})

await t.test('the TUF client refuses a repository whose signatures have ended', async (test) => {
  const past = new Date('2020-01-01T00:00:00Z')
  for (const role of ['timestamp', 'snapshot', 'targets'] as const) {
    const { tuf } = await started(test, { tufExpires: { [role]: past } })
    await test.rejects(initTUF(tuf), /expired/u, role)
  }
  const { sandbox, tuf } = await started(test, { tufExpires: { root: past } })
  await test.rejects(initTUF(tuf), /expired/u, 'root')
  sandbox.changeTuf({ expires: { root: new Date('2100-01-01T00:00:00Z') } })
  await test.resolves(initTUF(tuf), 'a newer root mends it')
})

await t.test('npm installs from the registry, and its lockfile holds our integrity', async (test) => {
  const { sandbox } = await started(test)
  await sandbox.publish({ name: '@acme/fuel', version: '2.1.0', files: { 'lib/deep/burn.js': 'module.exports = 1\n' } })
  const rocket = await sandbox.publish({
    name: 'rocket',
    version: '1.0.0',
    manifest: { dependencies: { '@acme/fuel': '^2.0.0' }, scripts: { postinstall: 'exit 1' } },
    provenance: REPOSITORY,
  })
  const folder = test.testdir({ project: { 'package.json': '{"name":"project","version":"1.0.0"}' }, empty: '' })
  await mkdir(join(folder, 'home'))
  const npm = ['install', 'rocket', '--ignore-scripts', '--no-audit', '--no-fund', '--registry', sandbox.registryUrl]
  await promisify(execFile)('npm', npm, {
    cwd: join(folder, 'project'),
    env: {
      // The npm that stands beside the Node at hand, not one that a package brought along.
      PATH: (process.env['PATH'] ?? '')
        .split(delimiter)
        .filter((part) => !part.includes('node_modules'))
        .join(delimiter),
      HOME: join(folder, 'home'),
      npm_config_cache: join(folder, 'cache'),
      npm_config_userconfig: join(folder, 'empty'),
      npm_config_update_notifier: 'false',
    },
  })
  const installed = join(folder, 'project', 'node_modules')
  test.equal(await readFile(join(installed, '@acme', 'fuel', 'lib', 'deep', 'burn.js'), 'utf8'), 'module.exports = 1\n')
  const lock = JSON.parse(await readFile(join(folder, 'project', 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { integrity: string; hasInstallScript?: boolean }>
  }
  test.match(lock.packages['node_modules/rocket'], { integrity: rocket.integrity, hasInstallScript: true })
  test.ok(sandbox.requests.every(({ headers }) => headers.authorization === undefined))
})

interface RekorProof {
  readonly logIndex: number
  readonly treeSize: number
  readonly rootHash: string
  readonly hashes: readonly string[]
  readonly checkpoint: string
}

async function started(
  test: Pick<typeof t, 'teardown' | 'testdir'>,
  options: SandboxOptions = {},
): Promise<{ sandbox: Sandbox; tuf: { mirrorURL: string; rootPath: string; cachePath: string; retry: number } }> {
  const sandbox = await startSandbox(options)
  test.teardown(() => sandbox.close())
  const folder = test.testdir()
  const rootPath = join(folder, `root-${new URL(sandbox.tufUrl).port}.json`)
  await writeFile(rootPath, sandbox.tufRoot())
  const cachePath = join(folder, `cache-${new URL(sandbox.tufUrl).port}`)
  return { sandbox, tuf: { mirrorURL: sandbox.tufUrl, rootPath, cachePath, retry: 0 } }
}
