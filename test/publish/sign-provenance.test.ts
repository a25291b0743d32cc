// SPDX-License-Identifier: Apache-2.0
// Provenance is what npm's own client would write, signed by any Sigstore, and verified as consumers verify it before anything is sent.
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseTrustedRoot } from '@bonafide/attestation'
import { Secret } from '@bonafide/core'
import { preparePackage, readCiJob, signProvenance, sigstoreServices, verifyOwnProvenance } from '@bonafide/publish'
import type { CiJob, RootsInForce, PreparedPackage, SignedProvenance, Signing, SigningOrder } from '@bonafide/publish'
import { ISSUERS, startSandbox } from '@bonafide/sandbox'
import type { CiEnvironment, JobSpec } from '@bonafide/sandbox'
import { DEFAULT_FULCIO_URL, DEFAULT_REKOR_URL } from '@sigstore/sign'
import t from 'tap'
import type { Test } from 'tap'
import type * as servicesModule from '../../packages/publish/src/sign/sigstore-services.ts'
import { sandboxTrust } from '../attestation/trust.ts'
import { ended } from '../support/clients.ts'
import type { Order } from '../support/provenance-publisher.ts'
import { archive } from '../verify/tar-archive.ts'

// Not exported by the package: who signs says where, and no more.
const source = new URL('../../packages/publish/src/sign/sigstore-services.ts', import.meta.url).href
const { addressesOf } = (await import(source)) as typeof servicesModule

type System = 'github' | 'gitlab'

const JOB: JobSpec = { repository: 'acme/paint', ref: 'refs/tags/v1.0.0' }
const PATIENCE = { retries: 1, firstPause: 1, attempt: 2000, total: 20_000 }
const sandbox = await startSandbox({ seed: 'sign-provenance' })
const other = await startSandbox({ seed: 'another Sigstore' })
const root = await mkdtemp(join(tmpdir(), 'bonafide-sign-'))
t.teardown(() => Promise.all([sandbox.close(), other.close(), rm(root, { recursive: true })]))

const v1 = sigstoreServices({ fulcio: sandbox.fulcioUrl, rekor: sandbox.rekorUrl, rekorVersion: 1, tsa: null })
const v1WithTsa = sigstoreServices({
  fulcio: `${sandbox.fulcioUrl}/`,
  rekor: sandbox.rekorUrl,
  rekorVersion: 1,
  tsa: sandbox.timestampUrl,
})
const v2 = sigstoreServices({
  fulcio: sandbox.fulcioUrl,
  rekor: sandbox.rekorV2Url,
  rekorVersion: 2,
  tsa: `${sandbox.timestampUrl}/api/v1/timestamp`,
})

async function prepare(name = '@acme/paint'): Promise<PreparedPackage> {
  const bytes = archive([{ path: 'package/package.json', body: JSON.stringify({ name, version: '1.0.0' }) }])
  const path = join(root, 'package.tgz')
  await writeFile(path, bytes)
  const sha512 = createHash('sha512').update(bytes).digest('hex')
  const preparation = await preparePackage({ kind: 'tarball', path, sha512 })
  if (preparation.kind === 'refused') throw new Error('refused')
  return preparation.prepared
}

const prepared = await prepare()

function environment(system: System, job: JobSpec = JOB): CiEnvironment {
  return sandbox.ciEnvironment(system, job)
}

/** The job as its variables tell it. */
function jobOf(system: System, env: CiEnvironment): CiJob {
  const job = readCiJob(env)
  if (job?.provider !== system) throw new Error(`no job of ${system}`)
  return job
}

function order(system: System = 'github', more: Partial<SigningOrder> = {}): SigningOrder {
  const identityToken = new Secret(sandbox.identityToken({ ...JOB, issuer: ISSUERS[system] }))
  const base = { prepared, job: { provider: system }, env: environment(system), identityToken, sigstore: v1 }
  return { ...base, patience: PATIENCE, ...more }
}

function signed(signing: Signing): SignedProvenance {
  if (signing.kind === 'signed') return signing
  throw new Error(signing.findings.map(({ code, found }) => `${code}: ${found}`).join('\n'))
}

function codes(outcome: Signing | ReturnType<typeof verifyOwnProvenance>): readonly string[] {
  return outcome.kind === 'failed' ? outcome.findings.map(({ code, level }) => `${level} ${code}`) : []
}

function trust(of = sandbox): RootsInForce {
  return { ...sandboxTrust(of), privateRoots: [], findings: [] }
}

function verify(provenance: SignedProvenance, more: Partial<Parameters<typeof verifyOwnProvenance>[0]> = {}) {
  const job = jobOf('github', environment('github'))
  const all = { prepared, signed: provenance, trust: trust(), job, now: sandbox.clock.now(), ...more }
  return verifyOwnProvenance(all)
}

function statementOf({ bundle }: SignedProvenance): unknown {
  const { payload } = bundle.json['dsseEnvelope'] as { readonly payload: string }
  return JSON.parse(Buffer.from(payload, 'base64').toString())
}

await t.test('a job of each CI system, by each kind of log', async (check) => {
  for (const system of ['github', 'gitlab'] as const) {
    for (const [name, sigstore] of Object.entries({ v1, v1WithTsa, v2 })) {
      const provenance = signed(await signProvenance(order(system, { sigstore })))
      check.equal(provenance.bundle.mediaType, 'application/vnd.dev.sigstore.bundle.v0.3+json', name)
      const outcome = verify(provenance, { job: jobOf(system, environment(system)) })
      check.strictSame(codes(outcome), [], `${system} ${name}`)
      check.match(outcome, {
        kind: 'verified',
        evidence: {
          coordinate: { name: '@acme/paint', version: '1.0.0', integrity: prepared.integrity },
          identity: { repository: `https://${system}.com/acme/paint`, ref: 'refs/tags/v1.0.0' },
          log: [{ kind: name === 'v2' ? 'dsse/0.0.2' : 'dsse/0.0.1', logIndex: provenance.log.index }],
        },
      })
    }
  }
})

await t.test('a person finds the entry in the log', async (check) => {
  const { log } = signed(await signProvenance(order()))
  check.ok(log.page?.startsWith(sandbox.rekorUrl))
  check.equal((await fetch(log.page ?? '')).status, 200)
  check.equal(signed(await signProvenance(order('github', { sigstore: v2 }))).log.page, null)
})

// What npm's own library writes in the same job.
async function byLibrary(system: System, name: string): Promise<unknown> {
  const program = fileURLToPath(new URL('../support/provenance-publisher.ts', import.meta.url))
  const account = sandbox.accounts.createToken()
  const url = `git+https://${system}.com/acme/paint.git`
  const { tarball } = await prepare(name)
  const task: Order = {
    manifest: { name, version: '1.0.0', repository: { type: 'git', url } } as Order['manifest'],
    tarball: tarball.toString('base64'),
    options: {
      registry: sandbox.registryUrl,
      [`//${new URL(sandbox.registryUrl).host}/:_authToken`]: account.token,
      access: 'public',
      provenance: true,
      fulcioURL: sandbox.fulcioUrl,
      rekorURL: sandbox.rekorUrl,
    },
  }
  const { code, stderr } = await ended(process.execPath, [program, JSON.stringify(task)], {
    cwd: root,
    env: { ...environment(system) },
  })
  if (code !== 0) throw new Error(stderr)
  const entry = sandbox
    .published(name, '1.0.0')
    ?.attestations?.attestations.find(({ predicateType }) => predicateType.startsWith('https://slsa.dev/'))
  return JSON.parse(Buffer.from(entry?.bundle.dsseEnvelope.payload ?? '', 'base64').toString())
}

await t.test('the statement is the one that npm’s library writes, field by field', async (check) => {
  for (const system of ['github', 'gitlab'] as const) {
    const name = `@acme/by-library-${system}`
    const own = statementOf(signed(await signProvenance(order(system, { prepared: await prepare(name) }))))
    check.strictSame(own, await byLibrary(system, name), system)
  }
})

await t.test('without a statement nothing is asked of anybody', async (check) => {
  const before = sandbox.requests.length
  const unsupported = { job: { provider: 'circleci' as const }, env: sandbox.ciEnvironment('circleci', JOB) }
  check.strictSame(codes(await signProvenance(order('github', unsupported))), ['refuse provenance-unsupported'])
  check.strictSame(codes(await signProvenance(order('github', { job: { provider: 'other' } }))), [
    'refuse provenance-unsupported',
  ])
  for (const name of ['GITHUB_SHA', 'GITHUB_WORKFLOW_REF', 'RUNNER_ENVIRONMENT']) {
    const env = { ...environment('github'), [name]: undefined }
    const outcome = await signProvenance(order('github', { env }))
    check.match(outcome, { kind: 'failed', findings: [{ code: 'provenance-incomplete', where: { name } }] })
  }
  check.equal(sandbox.requests.length, before)
})

await t.test('without services of one’s own they are those of Sigstore’s library', (check) => {
  const { fulcio, rekor, rekorVersion, tsa } = addressesOf(sigstoreServices(null))
  check.strictSame([fulcio, rekor, rekorVersion, tsa], [DEFAULT_FULCIO_URL, DEFAULT_REKOR_URL, 1, null])
  check.end()
})

await t.test('an identity token travels by https, or not at all', async (check) => {
  const urls = { fulcio: 'https://fulcio.example', rekor: 'https://rekor.example', rekorVersion: 1 as const, tsa: null }
  for (const sigstore of [
    { ...urls, fulcio: 'http://fulcio.example' },
    { ...urls, rekor: 'http://rekor.example' },
    { ...urls, tsa: 'http://tsa.example' },
    { ...urls, fulcio: 'https://user:password@fulcio.example' },
    { ...urls, fulcio: 'file:///fulcio' },
    { ...urls, rekorVersion: 2 as const },
  ])
    await check.rejects(signProvenance(order('github', { sigstore: sigstoreServices(sigstore) })), TypeError)
})

const ENTRIES = '/api/v1/log/entries'
const CERTIFICATE = '/api/v2/signingCert'
const STAMP = '/api/v1/timestamp'

await t.test('a service that is down, says no, or talks nonsense', async (check) => {
  type Fault = Parameters<typeof sandbox.fault>[1]
  const cases: readonly (readonly [string, Fault, string])[] = [
    [CERTIFICATE, { kind: 'status', status: 503 }, 'undecided signing-unreachable'],
    [CERTIFICATE, { kind: 'status', status: 429 }, 'undecided signing-unreachable'],
    [CERTIFICATE, { kind: 'reset' }, 'undecided signing-unreachable'],
    [CERTIFICATE, { kind: 'hang' }, 'undecided signing-unreachable'],
    [CERTIFICATE, { kind: 'status', status: 401 }, 'refuse signing-refused'],
    [CERTIFICATE, { kind: 'status', status: 400 }, 'refuse signing-refused'],
    [CERTIFICATE, { kind: 'cut-json' }, 'undecided signing-nonsense'],
    [CERTIFICATE, { kind: 'cut-connection' }, 'undecided signing-unreachable'],
    [ENTRIES, { kind: 'status', status: 502 }, 'undecided signing-unreachable'],
    [ENTRIES, { kind: 'reset' }, 'undecided signing-unreachable'],
    [ENTRIES, { kind: 'status', status: 400 }, 'refuse signing-refused'],
    [ENTRIES, { kind: 'cut-json' }, 'undecided signing-nonsense'],
    [STAMP, { kind: 'status', status: 500 }, 'undecided signing-unreachable'],
    [STAMP, { kind: 'hang' }, 'undecided signing-unreachable'],
    [STAMP, { kind: 'status', status: 404 }, 'refuse signing-refused'],
    ['/api/v2/log/entries', { kind: 'status', status: 503 }, 'undecided signing-unreachable'],
    ['/api/v2/log/entries', { kind: 'cut-json' }, 'undecided signing-nonsense'],
    ['/api/v2/log/entries', { kind: 'status', status: 400 }, 'refuse signing-refused'],
  ]
  for (const [path, fault, wanted] of cases) {
    const undo = sandbox.fault({ path, method: 'POST' }, fault)
    const sigstore = path.startsWith('/api/v2/log') ? v2 : v1WithTsa
    const asked = order('github', { sigstore, patience: { ...PATIENCE, attempt: fault.kind === 'hang' ? 200 : 2000 } })
    const outcome = await signProvenance(asked)
    undo()
    check.strictSame(codes(outcome), [wanted], `${path} ${JSON.stringify(fault)}`)
    const [, payload = ''] = asked.identityToken.reveal().split('.')
    check.notOk(JSON.stringify(outcome).includes(payload.slice(0, 20)), 'no token in it')
  }
})

await t.test('an outage that ends while one is patient', async (check) => {
  for (const path of [CERTIFICATE, ENTRIES, STAMP]) {
    sandbox.fault({ path, method: 'POST', times: 1 }, { kind: 'status', status: 503 })
    check.strictSame(codes(verify(signed(await signProvenance(order('github', { sigstore: v1WithTsa }))))), [], path)
  }
})

await t.test('an entry whose receipt got lost is fetched, not made again', async (check) => {
  sandbox.fault({ path: ENTRIES, method: 'POST', times: 1 }, { kind: 'hang' })
  const provenance = signed(await signProvenance(order('github', { patience: { ...PATIENCE, attempt: 300 } })))
  check.strictSame(codes(verify(provenance)), [])
  const gets = sandbox.requests.filter(({ method, path }) => method === 'GET' && path.startsWith(`${ENTRIES}/`))
  check.equal(gets.length, 1)
})

await t.test('an end to all patience', async (check) => {
  const undo = sandbox.fault({ path: ENTRIES, method: 'POST' }, { kind: 'hang' })
  const outcome = await signProvenance(order('github', { patience: { ...PATIENCE, attempt: 5000, total: 100 } }))
  undo()
  check.match(outcome, { kind: 'failed', findings: [{ code: 'signing-unreachable', found: /DEADLINE/u }] })
})

await t.test('identity tokens that are none, expired, or for somebody else', async (check) => {
  const tokens = [
    'no token',
    sandbox.identityToken(JOB, { audience: 'npm:127.0.0.1' }),
    sandbox.identityToken(JOB, { lifetimeSeconds: -60 }),
    other.identityToken(JOB),
  ]
  for (const text of tokens) {
    const outcome = await signProvenance(order('github', { identityToken: new Secret(text) }))
    check.strictSame(codes(outcome), ['refuse signing-refused'])
    check.notOk(JSON.stringify(outcome).includes(text))
  }
})

/** A service that passes requests on, and gives out the first answer for every one after it. */
async function repeating(check: Test, target: string): Promise<string> {
  let first: string | undefined
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const headers = { 'content-type': 'application/json' }
    const options = { method: request.method ?? 'POST', headers, body: Buffer.concat(chunks) }
    const answer = await fetch(`${target}${request.url ?? ''}`, options)
    first ??= await answer.text()
    response.writeHead(201, headers).end(first)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  check.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

await t.test('a log that answers with another entry', async (check) => {
  for (const [version, url] of [
    [1, sandbox.rekorUrl],
    [2, sandbox.rekorV2Url],
  ] as const) {
    const rekor = await repeating(check, url)
    const services = { fulcio: sandbox.fulcioUrl, rekor, rekorVersion: version, tsa: sandbox.timestampUrl }
    const sigstore = sigstoreServices(services)
    check.strictSame(codes(verify(signed(await signProvenance(order('github', { sigstore }))))), [], 'its own')
    const provenance = signed(await signProvenance(order('github', { sigstore })))
    check.strictSame(codes(verify(provenance)), ['refuse provenance-invalid'], `version ${version}`)
  }
})

await t.test('a certificate of which the key is another’s', async (check) => {
  const { fulcioUrl: fulcio, rekorUrl: rekor, timestampUrl: tsa } = sandbox
  const services = { fulcio, rekor, rekorVersion: 1 as const, tsa }
  const certified = sigstoreServices({ ...services, fulcio: await repeating(check, fulcio) })
  await signProvenance(order('github', { sigstore: certified }))
  // The log verifies what it takes in.
  check.strictSame(codes(await signProvenance(order('github', { sigstore: certified }))), ['refuse signing-refused'])
})

function token(job: JobSpec): Secret {
  return new Secret(sandbox.identityToken(job))
}

await t.test('a certificate for another job', async (check) => {
  // Beside honest variables: the predicate tells of this job, and the certificate of another.
  for (const job of [
    { ...JOB, repository: 'evil/paint' },
    { ...JOB, ref: 'refs/heads/main' },
    { ...JOB, trigger: 'pull_request_target' },
  ]) {
    const provenance = signed(await signProvenance(order('github', { identityToken: token(job) })))
    check.ok(codes(verify(provenance)).includes('refuse provenance-invalid'), JSON.stringify(job))
  }
  // Variables and certificate agree, and both are of another job than the one that was checked.
  const evil = { ...JOB, repository: 'evil/paint' }
  const consistent = { env: environment('github', evil), identityToken: token(evil) }
  const outcome = verify(signed(await signProvenance(order('github', consistent))))
  check.match(outcome, { kind: 'failed', findings: [{ code: 'provenance-other-job', found: /evil\/paint/u }] })
  const workflow = { ...JOB, workflow: '.github/workflows/evil.yml' }
  const same = { env: environment('github', workflow), identityToken: token(workflow) }
  check.strictSame(codes(verify(signed(await signProvenance(order('github', same))))), ['refuse provenance-other-job'])
})

await t.test('provenance for other bytes, or another version', async (check) => {
  const provenance = signed(await signProvenance(order()))
  const swapped = { ...prepared, integrity: (await prepare('@acme/other')).integrity }
  check.strictSame(codes(verify(provenance, { prepared: swapped })), ['refuse provenance-invalid'])
  check.strictSame(codes(verify(provenance, { prepared: { ...prepared, version: '1.0.1' } })), [
    'refuse provenance-invalid',
  ])
})

await t.test('clocks, and roots that nobody has', async (check) => {
  const provenance = signed(await signProvenance(order()))
  const early = new Date(sandbox.clock.now().getTime() - 3_600_000)
  check.strictSame(
    codes(verify(provenance, { now: early })),
    ['undecided provenance-unverified'],
    'our clock is behind',
  )
  const foreign = verify(provenance, { trust: trust(other) })
  check.match(foreign, { kind: 'failed', findings: [{ code: 'provenance-invalid', fix: [/trustedRoots/u] }] })
  const none = { root: null, registryKeys: null, privateRoots: [], findings: [] }
  check.equal(verify(provenance, { trust: none }).kind, 'failed', 'never a yes without a root')
  const noKeys = { ...trust(), registryKeys: null }
  check.strictSame(codes(verify(provenance, { trust: noKeys })), [], 'the registry has said nothing yet')
})

await t.test('a private Sigstore vouches for its scopes alone', async (check) => {
  const privateRoots = [{ root: parseTrustedRoot(sandbox.trustedRoot()), scopes: ['@acme'] }]
  const own = { ...trust(other), privateRoots }
  check.strictSame(codes(verify(signed(await signProvenance(order())), { trust: own })), [])
  const stranger = await prepare('paint')
  const provenance = signed(await signProvenance(order('github', { prepared: stranger })))
  check.strictSame(codes(verify(provenance, { trust: own, prepared: stranger })), ['refuse provenance-invalid'])
})
