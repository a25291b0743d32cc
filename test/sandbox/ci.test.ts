// SPDX-License-Identifier: Apache-2.0
// The sandbox's CI systems, as Sigstore's identity providers, npm and its library find them by the variables of a job.
import t from 'tap'
import { createPublicKey, verify } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { verifyDocument } from '@bonafide/attestation'
import { CIContextProvider } from '@sigstore/sign'
import { ISSUERS, startSandbox } from '@bonafide/sandbox'
import type { CiEnvironment, CiKind, JobSpec, TrustSpec } from '@bonafide/sandbox'
import { coordinateOf, sandboxTrust } from '../attestation/trust.ts'
import { ended, openWorkbench } from '../support/clients.ts'
import type { Order } from '../support/provenance-publisher.ts'

const JOB: JobSpec = { repository: 'acme/by-job' }
const sandbox = await startSandbox({ seed: 'ci' })
const workbench = await openWorkbench(sandbox.registryUrl, 'no-token')
t.teardown(() => Promise.all([sandbox.close(), workbench.close()]))

/** Runs something with these variables, as inside a job. */
async function inside<T>(variables: CiEnvironment, run: () => Promise<T>): Promise<T> {
  const before = { ...process.env }
  Object.assign(process.env, variables)
  try {
    return await run()
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name]
    Object.assign(process.env, before)
  }
}

await t.test('Sigstore’s provider finds the identity of a job', async (rule) => {
  const provider = new CIContextProvider()
  for (const kind of ['github', 'gitlab'] as const) {
    const token = await inside(sandbox.ciEnvironment(kind, JOB), () => provider.getToken())
    const wanted = { issuer: ISSUERS[kind], audience: 'sigstore', now: sandbox.clock.now() }
    rule.match(sandbox.inside.issuers.verify(token, wanted), { kind }, kind)
  }
  await rule.rejects(
    inside(sandbox.ciEnvironment('circleci', JOB), () => provider.getToken()),
    'CircleCI: no tokens available',
  )
  await rule.rejects(
    inside(sandbox.ciEnvironment('github', JOB, { idTokens: null }), () => provider.getToken()),
    'a workflow without id-token: write',
  )
})

await t.test('an issuer publishes the key that its tokens are signed with', async (rule) => {
  const roots: Readonly<Record<CiKind, string>> = {
    github: `${sandbox.ciUrl}/github`,
    gitlab: `${sandbox.ciUrl}/gitlab`,
    circleci: `${sandbox.ciUrl}/circleci/org/${sandbox.ciEnvironment('circleci', JOB)['CIRCLE_ORGANIZATION_ID'] ?? ''}`,
  }
  for (const kind of ['github', 'gitlab', 'circleci'] as const) {
    const token = sandbox.identityToken({ ...JOB, issuer: ISSUERS[kind] })
    const [header = '', claims = '', signature = ''] = token.split('.')
    const { iss } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iss: string }
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }
    const found = (await (await fetch(`${roots[kind]}/.well-known/openid-configuration`)).json()) as {
      issuer: string
      jwks_uri: string
    }
    rule.equal(found.issuer, iss)
    const { keys } = (await (await fetch(found.jwks_uri)).json()) as { keys: (JsonWebKey & { kid: string })[] }
    const jwk = keys.find((key) => key.kid === kid)
    if (jwk === undefined) throw new Error('no key')
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    const signed = Buffer.from(`${header}.${claims}`)
    const bytes = Buffer.from(signature, 'base64url')
    rule.ok(verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, bytes), kind)
  }
  rule.equal((await fetch(`${sandbox.ciUrl}/travis/.well-known/openid-configuration`)).status, 404)
})

async function ask(url = '', token = ''): Promise<number> {
  const answer = await fetch(`${url}&audience=sigstore`, { headers: { authorization: `Bearer ${token}` } })
  return answer.status
}

await t.test('a job asks for its own identity alone', async (rule) => {
  const [one, other] = [JOB, { repository: 'evil/other' }].map((job) => sandbox.ciEnvironment('github', job))
  const [url, token] = [one?.['ACTIONS_ID_TOKEN_REQUEST_URL'], one?.['ACTIONS_ID_TOKEN_REQUEST_TOKEN']]
  rule.equal(await ask(url, token), 200)
  rule.equal(await ask(url), 401, 'no token')
  rule.equal(await ask(url, 'guessed'), 401)
  rule.equal(await ask(url, other?.['ACTIONS_ID_TOKEN_REQUEST_TOKEN']), 401, 'the token of another job')
  const answer = await fetch(url ?? '', { headers: { authorization: `Bearer ${token ?? ''}` } })
  const { value } = (await answer.json()) as { value: string }
  const wanted = { audience: 'https://github.com/acme', now: sandbox.clock.now() }
  rule.match(sandbox.inside.issuers.verify(value, wanted), { kind: 'github' }, 'the owner, where nothing is asked for')
})

const TRUST: Readonly<Record<CiKind, TrustSpec>> = {
  github: {
    type: 'github',
    claims: { repository: 'acme/by-job', workflow_ref: { file: 'release.yml' } },
    permissions: ['createPackage'],
  },
  gitlab: {
    type: 'gitlab',
    claims: { project_path: 'acme/by-job', ci_config_ref_uri: { file: '.gitlab-ci.yml' } },
    permissions: ['createPackage'],
  },
  circleci: {
    type: 'circleci',
    claims: circleCiTrust(sandbox.identityToken({ ...JOB, issuer: ISSUERS.circleci })),
    permissions: ['createPackage'],
  },
}

await t.test('npm publishes from each CI system without a token', async (rule) => {
  for (const kind of ['github', 'gitlab', 'circleci'] as const) {
    const name = `@acme/from-${kind}`
    await sandbox.publish({ name, version: '1.0.0' })
    sandbox.trust.add(name, TRUST[kind])
    const folder = await workbench.project(kind, { name, version: '1.1.0', license: 'MIT' })
    const { code, stderr } = await workbench.run('npm', folder, ['publish', '--access', 'public'], {
      ...sandbox.ciEnvironment(kind, JOB),
      npm_config_userconfig: join(workbench.folder, 'empty-user'),
      // npm would ask the public Sigstore.
      npm_config_provenance: 'false',
    })
    rule.equal(code, 0, stderr)
    const packument = (await (await fetch(`${sandbox.registryUrl}${name.replace('/', '%2f')}`)).json()) as object
    rule.match(packument, { versions: { '1.1.0': { _npmUser: { trustedPublisher: { id: kind } } } } }, kind)
  }
})

await t.test('npm’s library writes provenance that agrees with the certificate', async (rule) => {
  const program = fileURLToPath(new URL('../support/provenance-publisher.ts', import.meta.url))
  const { token } = sandbox.accounts.createToken()
  for (const kind of ['github', 'gitlab', 'circleci'] as const) {
    const name = `attested-${kind}`
    const repository = {
      type: 'git',
      url: `git+https://${kind === 'gitlab' ? 'gitlab' : 'github'}.com/acme/by-job.git`,
    }
    await sandbox.publish({ name, version: '1.0.0' })
    const folder = await workbench.project(`lib-${kind}`, { name, version: '1.1.0', license: 'MIT', repository })
    await workbench.run('npm', folder, ['pack'])
    const order: Order = {
      manifest: { name, version: '1.1.0', repository } as Order['manifest'],
      tarball: await readFile(join(folder, `${name}-1.1.0.tgz`), 'base64'),
      options: {
        registry: sandbox.registryUrl,
        [`//${new URL(sandbox.registryUrl).host}/:_authToken`]: token,
        access: 'public',
        provenance: true,
        fulcioURL: sandbox.fulcioUrl,
        rekorURL: sandbox.rekorUrl,
        tsaServerURL: sandbox.timestampUrl,
      },
    }
    const env = { ...sandbox.ciEnvironment(kind, JOB) }
    const { code, stderr } = await ended(process.execPath, [program, JSON.stringify(order)], { cwd: folder, env })
    if (kind === 'circleci') {
      rule.not(code, 0)
      rule.match(stderr, /provenance generation not supported/u)
      continue
    }
    rule.equal(code, 0, stderr)
    const published = sandbox.published(name, '1.1.0')
    if (published === undefined) throw new Error(`${name} is not there`)
    const trust = sandboxTrust(sandbox)
    const text = published.attestationsText ?? ''
    const { provenance, findings } = verifyDocument(coordinateOf(published), text, trust, sandbox.clock.now())
    rule.strictSame(findings, [])
    const host = kind === 'gitlab' ? 'https://gitlab.com' : 'https://github.com'
    rule.match(provenance?.identity, {
      issuer: ISSUERS[kind],
      repository: `${host}/acme/by-job`,
      ref: 'refs/heads/main',
    })
    rule.equal(provenance?.timestamps.length, 1, 'stamped, too')
  }
})

function circleCiTrust(token: string): Extract<TrustSpec, { type: 'circleci' }>['claims'] {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, string>
  const get = (name: string): string => claims[`oidc.circleci.com/${name}`] ?? ''
  return {
    'oidc.circleci.com/org-id': get('org-id'),
    'oidc.circleci.com/project-id': get('project-id'),
    'oidc.circleci.com/pipeline-definition-id': get('pipeline-definition-id'),
    'oidc.circleci.com/vcs-origin': get('vcs-origin'),
  }
}
