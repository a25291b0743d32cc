// SPDX-License-Identifier: Apache-2.0
// The seven steps, from a job's identity to what those who install see.
import t from 'tap'
import { mkdir, writeFile } from 'node:fs/promises'
import { ISSUERS } from '@bonafide/sandbox'
import type { TrustSpec } from '@bonafide/sandbox'
import { DEFAULT_PUBLISH_POLICY } from '@bonafide/policy'
import type { PublishOptions } from '@bonafide/publish'
import { importExample } from '../support/readme.ts'
import { runMain } from '../support/world.ts'
import { sigstoreOf, startJob } from './job.ts'
import { SHORT } from './orders.ts'

const job = await startJob('publish-package')
const { sandbox } = job
t.teardown(() => job.close())

await t.test('a GitHub job publishes, and what it published is verified as a consumer would', async (rule) => {
  for (const rekor of [1, 2] as const) {
    const packed = await job.pack(`rocket-${rekor}`)
    const policy = { ...DEFAULT_PUBLISH_POLICY, sigstore: sigstoreOf(sandbox, rekor) }
    const report = await job.publish(packed, { policy })
    rule.strictSame(report.findings, [], `Rekor v${rekor}`)
    rule.match(report, {
      verdict: 'satisfied',
      outcome: 'published',
      package: { name: packed.name, version: '1.1.0', integrity: packed.integrity, tag: 'latest' },
      provenance: { identity: { repository: 'https://github.com/acme/rocket', ref: 'refs/tags/v1.1.0' } },
      consumer: { verdict: 'trusted' },
      exchange: { isRevoked: true },
    })
    rule.equal(sandbox.published(packed.name, '1.1.0')?.integrity, packed.integrity)
  }
  rule.equal(job.handedTokens(), 2, 'one exchange for each')
  rule.equal(job.liveTokens(), 0)
})

await t.test('a GitLab job publishes', async (rule) => {
  const trust: TrustSpec = {
    type: 'gitlab',
    claims: { project_path: 'acme/rocket', ci_config_ref_uri: { file: '.gitlab-ci.yml' } },
    permissions: ['createPackage'],
  }
  const repository = { type: 'git', url: 'git+https://gitlab.com/acme/rocket.git' }
  const packed = await job.pack('rocket-gitlab', { trust, manifest: { repository } })
  const report = await job.publish(packed, { env: job.env('gitlab', { trigger: 'push' }) })
  rule.match(report, { outcome: 'published', provenance: { identity: { issuer: ISSUERS.gitlab } } })
  rule.ok(
    report.findings.every(({ level }) => level === 'warn'),
    JSON.stringify(report.findings),
  )
})

await t.test('CircleCI cannot sign: refused, unless it is said that it goes without', async (rule) => {
  const env = job.env('circleci')
  const claims = JSON.parse(Buffer.from(env['NPM_ID_TOKEN']?.split('.')[1] ?? '', 'base64url').toString()) as never
  const trust = {
    type: 'circleci',
    claims: Object.fromEntries(
      ['org-id', 'project-id', 'pipeline-definition-id', 'vcs-origin'].map((name) => [
        `oidc.circleci.com/${name}`,
        claims[`oidc.circleci.com/${name}`],
      ]),
    ),
    permissions: ['createPackage'],
  } as unknown as TrustSpec
  const packed = await job.pack('rocket-circle', { trust })
  const refused = await job.publish(packed, { env })
  rule.match(refused, { verdict: 'refused', outcome: 'not-published' })
  rule.ok(refused.findings.some(({ code }) => code === 'provenance-unsupported'))
  const bare = await job.publish(packed, { env, withoutProvenance: true })
  rule.match(bare, { outcome: 'published', provenance: null })
  rule.ok(bare.findings.some(({ code, level }) => code === 'provenance-dropped' && level === 'warn'))
  rule.ok(
    bare.findings.every(({ level }) => level === 'warn'),
    JSON.stringify(bare.findings),
  )
})

await t.test('an issuer by NPM_ID_TOKEN alone', async (rule) => {
  const { NPM_ID_TOKEN, ...rest } = job.env('gitlab')
  const env = {
    HOME: rest['HOME'] ?? '',
    npm_config_registry: sandbox.registryUrl,
    NPM_ID_TOKEN: NPM_ID_TOKEN ?? '',
  }
  const trust: TrustSpec = {
    type: 'gitlab',
    claims: { project_path: 'acme/rocket', ci_config_ref_uri: { file: '.gitlab-ci.yml' } },
    permissions: ['createPackage'],
  }
  const packed = await job.pack('rocket-other', { trust })
  rule.match(await job.publish(packed, { env }), { verdict: 'refused', outcome: 'not-published' })
  const bare = await job.publish(packed, { env, withoutProvenance: true })
  rule.equal(bare.outcome, 'published', JSON.stringify(bare.findings))
})

await t.test('a dry run does the exchange, and signs and sends nothing', async (rule) => {
  const packed = await job.pack('rocket-dry')
  const [before, handed] = [sandbox.requests.length, job.handedTokens()]
  const report = await job.publish(packed, { isDryRun: true })
  rule.match(report, { verdict: 'satisfied', outcome: 'ready', isDryRun: true, provenance: null })
  rule.equal(job.handedTokens(), handed + 1)
  rule.equal(job.liveTokens(), 0)
  const seen = sandbox.requests.slice(before)
  rule.notOk(seen.some(({ service }) => ['fulcio', 'rekor', 'rekor-v2', 'timestamp'].includes(service)))
  rule.notOk(seen.some(({ method }) => method === 'PUT'))
})

await t.test('it waits for approval where that is asked for', async (rule) => {
  const packed = await job.pack('rocket-staged', {
    trust: {
      type: 'github',
      claims: { repository: 'acme/rocket', workflow_ref: { file: 'release.yml' } },
      permissions: ['createStagedPackage'],
    },
  })
  const refused = await job.publish(packed)
  rule.match(refused, { outcome: 'not-published', findings: [{ code: 'send-not-permitted' }] })
  const report = await job.publish(packed, { isStaged: true })
  rule.match(report, { verdict: 'satisfied', outcome: 'staged', stageId: /^[\da-f-]{36}$/u })
  rule.equal(sandbox.published(packed.name, '1.1.0'), undefined)
  rule.equal(job.liveTokens(), 0)
})

await t.test('what is there already with the same bytes is done', async (rule) => {
  const packed = await job.pack('rocket-twice')
  rule.match(await job.publish(packed), { outcome: 'published' })
  const logged = sandbox.requests.filter(({ service }) => service === 'rekor').length
  const again = await job.publish(packed)
  rule.strictSame(again.findings, [])
  rule.match(again, { verdict: 'satisfied', outcome: 'already-published', provenance: null })
  rule.equal(sandbox.requests.filter(({ service }) => service === 'rekor').length, logged, 'not signed again')
})

await t.test('outside CI nothing is published, with --stage neither', async (rule) => {
  const packed = await job.pack('rocket-home')
  const before = sandbox.requests.length
  for (const isStaged of [false, true]) {
    const report = await job.publish(packed, { env: { HOME: job.folder }, isStaged })
    rule.match(report, { verdict: 'refused', outcome: 'not-published', findings: [{ code: 'publish-outside-ci' }] })
    rule.equal(report.findings[0]?.fix.length, 3, 'three ways out')
  }
  rule.equal(sandbox.requests.length, before)
})

await t.test('all that stands against a release is told at once, and nothing is exchanged', async (rule) => {
  const packed = await job.pack('rocket-wrong', { manifest: { dependencies: { left: 'git+https://x.test/left.git' } } })
  const handed = job.handedTokens()
  const report = await job.publish(packed, {
    env: job.env('github', { ref: 'refs/heads/main', trigger: 'pull_request' }),
  })
  const codes = report.findings.map(({ code }) => code)
  rule.ok(
    ['release-trigger', 'package-exotic-dependency'].every((code) => (codes as readonly string[]).includes(code)),
    codes.join(),
  )
  rule.equal(job.handedTokens(), handed)
})

await t.test('two tokens travel, each to one place, and neither is told', async (rule) => {
  const packed = await job.pack('rocket-silent')
  const before = sandbox.requests.length
  const env: Readonly<Record<string, string>> = { ...job.env(), NPM_CONFIG_USERCONFIG: `${job.folder}/npmrc` }
  const host = new URL(sandbox.registryUrl).host
  // npm would publish with this one.
  await writeFile(`${job.folder}/npmrc`, `//${host}/${packed.name}:_authToken=XXXXX-XXXXX-XXXXX-XXXXX\n`)
  const stages: string[] = []
  const report = await job.publish(packed, { env, onStage: (...words) => stages.push(words.join(' ')) })
  rule.equal(report.outcome, 'published', JSON.stringify(report.findings))
  const seen = sandbox.requests.slice(before).filter(({ service }) => service === 'registry')
  const shown = seen.flatMap(({ method, path, headers }) =>
    method === 'GET' || headers.authorization === undefined
      ? []
      : [`${method} ${path.replace(/token\/npm_.*/u, 'token/...')}`],
  )
  rule.strictSame(shown, [
    'POST /-/npm/v1/oidc/token/exchange/package/rocket-silent',
    'PUT /rocket-silent',
    'DELETE /-/user/token/...',
  ])
  const sent = seen.find(({ method }) => method === 'PUT')?.headers.authorization?.replace('Bearer ', '') ?? ''
  rule.match(sent, /^npm_/u)
  for (const text of [JSON.stringify(report), stages.join('\n')])
    for (const secret of [sent, env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? '']) rule.notOk(text.includes(secret))
})

await t.test('`bonafide verify` accepts what was published, elsewhere and later', async (rule) => {
  const packed = await job.pack('rocket-installed')
  rule.match(await job.publish(packed), { outcome: 'published' })
  const place = `${job.folder}/consumer`
  await mkdir(place)
  const { name, version, integrity } = packed
  const resolved = `${sandbox.registryUrl}${name}/-/${name}-${version}.tgz`
  const root = { name: 'shop', version: '1.0.0', dependencies: { [name]: version } }
  const packages = { '': root, [`node_modules/${name}`]: { version, resolved, integrity } }
  await writeFile(`${place}/package.json`, JSON.stringify(root))
  await writeFile(
    `${place}/package-lock.json`,
    JSON.stringify({ name: 'shop', version: '1.0.0', lockfileVersion: 3, packages }),
  )
  const later = new Date(sandbox.clock.now().getTime() + 4 * 24 * 3_600_000).toISOString()
  const trust = ['--trusted-root', `${job.folder}/trusted_root.json`, '--registry-keys', `${job.folder}/keys.json`]
  const words = ['verify', '--registry', sandbox.registryUrl, '--now', later, '--tarballs', ...trust]
  const ran = await runMain(words, place, { HOME: `${place}/home`, XDG_CACHE_HOME: `${place}/cache` })
  rule.equal(ran.status, 0, ran.stdout)
})

await t.test('a credential that outlives the job refuses the release, whatever is sent in the end', async (rule) => {
  const host = new URL(sandbox.registryUrl).host
  const npmrc = `${job.folder}/npmrc`
  const env = { ...job.env(), npm_config_userconfig: npmrc }
  const packed = await job.pack('@acme/rocket-guarded')
  const [handed, before] = [job.handedTokens(), sandbox.requests.length]
  const long = sandbox.accounts.createToken({ expiry: null }).token
  await writeFile(npmrc, `//${host}/:_authToken=${long}\n`)
  const refused = await job.publish(packed, { env })
  rule.match(refused, { verdict: 'refused', findings: [{ code: 'credential-long-lived' }] })
  rule.notOk(JSON.stringify(refused).includes(long))
  rule.equal(job.handedTokens(), handed, 'nothing was exchanged')
  rule.notOk(sandbox.requests.slice(before).some(({ method }) => method === 'PUT'))
  await writeFile(npmrc, `//${host}/${packed.name.replace('/', '%2f')}:_authToken=${long}\n`)
  rule.match(
    await job.publish(packed, { env }),
    { verdict: 'refused', findings: [{ code: 'credential-long-lived' }] },
    'under the package’s own key, which beats the identity in npm',
  )
  const reading = sandbox.accounts.createToken({ permission: 'read' }).token
  await writeFile(npmrc, `//${host}/:_authToken=${reading}\n`)
  rule.match(await job.publish(packed, { env }), { outcome: 'published', findings: [] })
})

await t.test('a registry by plain http is told nothing', async (rule) => {
  const packed = await job.pack('rocket-plain')
  const before = sandbox.requests.length
  const report = await job.publish(packed, { registry: 'http://registry.example/' })
  rule.match(report, { verdict: 'refused', outcome: 'not-published', findings: [{ code: 'exchange-insecure' }] })
  rule.equal(report.findings.length, 1)
  rule.equal(sandbox.requests.length, before)
})

await t.test('the example of the README publishes', async (rule) => {
  const { release } = (await importExample('publish', t.testdir())) as {
    readonly release: (path: string, sha512: string, more: Partial<PublishOptions>) => Promise<string>
  }
  const { path, sha512, name } = await job.pack('rocket-readme')
  const more: Partial<PublishOptions> = {
    cwd: job.folder,
    env: job.env(),
    now: () => sandbox.clock.now(),
    policy: { ...DEFAULT_PUBLISH_POLICY, sigstore: sigstoreOf(sandbox) },
    trust: { trustedRoot: `${job.folder}/trusted_root.json`, registryKeys: `${job.folder}/keys.json` },
    patience: SHORT,
  }
  await writeFile(`${job.folder}/trusted_root.json`, sandbox.trustedRoot())
  rule.equal(await release(path, sha512, more), 'published')
  rule.equal(await release(path, '0'.repeat(128), more), 'not-published package-digest')
  rule.ok(sandbox.published(name, '1.1.0'))
})
