// SPDX-License-Identifier: Apache-2.0
import t from 'tap'
import { ISSUERS, startSandbox } from '@bonafide/sandbox'
import type { VerifiedToken } from '@bonafide/sandbox'

const AUDIENCE = 'npm:registry.sandbox.test'
const sandbox = await startSandbox({ seed: 'tokens' })
t.teardown(() => sandbox.close())
const { issuers } = sandbox.inside

function verified(token: string, more: { readonly issuer?: string; readonly now?: Date } = {}): VerifiedToken {
  const answer = issuers.verify(token, { audience: AUDIENCE, now: sandbox.clock.now(), ...more })
  if ('problem' in answer) throw new Error(answer.problem)
  return answer
}

const mint = (issuer: string, lifetimeSeconds = 300): string =>
  sandbox.identityToken({ repository: 'acme/rocket', issuer }, { audience: AUDIENCE, lifetimeSeconds })

await t.test('each CI system makes its own claims', async (rule) => {
  rule.match(verified(mint(ISSUERS.github)), {
    kind: 'github',
    claims: {
      iss: ISSUERS.github,
      sub: 'repo:acme/rocket:ref:refs/heads/main',
      aud: AUDIENCE,
      repository: 'acme/rocket',
      workflow_ref: 'acme/rocket/.github/workflows/release.yml@refs/heads/main',
      ref_type: 'branch',
      runner_environment: 'github-hosted',
    },
  })
  rule.match(verified(mint(ISSUERS.gitlab)), {
    kind: 'gitlab',
    claims: {
      iss: ISSUERS.gitlab,
      sub: 'project_path:acme/rocket:ref_type:branch:ref:main',
      namespace_path: 'acme',
      project_path: 'acme/rocket',
      ref_path: 'refs/heads/main',
      ci_config_ref_uri: 'gitlab.com/acme/rocket//.gitlab-ci.yml@refs/heads/main',
      pipeline_source: 'push',
    },
  })
  const { kind, claims } = verified(mint(ISSUERS.circleci))
  if (kind !== 'circleci') throw new Error(kind)
  const org = claims['oidc.circleci.com/org-id']
  rule.equal(claims.iss, `${ISSUERS.circleci}/${org}`)
  rule.ok(claims.sub.startsWith(`org/${org}/project/${claims['oidc.circleci.com/project-id']}/user/`))
  rule.equal(claims['oidc.circleci.com/vcs-origin'], 'github.com/acme/rocket')
})

function problem(
  token: string,
  more: { readonly issuer?: string; readonly audience?: string; readonly now?: Date } = {},
) {
  const answer = issuers.verify(token, { audience: AUDIENCE, now: sandbox.clock.now(), ...more })
  return 'problem' in answer ? answer.problem : undefined
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

await t.test('a token counts for its issuer, its audience and its time alone', async (rule) => {
  const token = mint(ISSUERS.github)
  const now = sandbox.clock.now()
  const after = (seconds: number): Date => new Date(now.getTime() + seconds * 1000)
  rule.equal(problem(token, { issuer: ISSUERS.github }), undefined)
  rule.equal(problem(token, { now: after(299) }), undefined)
  rule.equal(problem(token, { issuer: ISSUERS.gitlab }), `the token is by ${ISSUERS.github}`)
  rule.equal(problem(token, { audience: 'sigstore' }), `the token is for "${AUDIENCE}"`)
  rule.equal(problem(token, { now: after(300) }), 'the token has expired')
  rule.equal(problem(token, { now: after(-1) }), 'the token is not valid yet')
})

await t.test('a token that nobody minted is none', async (rule) => {
  const [header = '', claims = '', signature = ''] = mint(ISSUERS.github).split('.')
  const own = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object
  for (const [what, token] of Object.entries({
    nothing: '',
    'no token': 'npm_0123',
    'no signature': `${header}.${claims}`,
    'JSON that is no object': `${header}.${encoded([])}.${signature}`,
  }))
    rule.type(problem(token), 'string', what)
  const foreign = 'the token was not minted here'
  rule.equal(problem(`${header}.${encoded({ ...own, repository: 'evil/rocket' })}.${signature}`), foreign)
  rule.equal(problem(`${header}.${claims}.`), foreign, 'an empty signature')
  rule.equal(problem(`${header}.${claims}.${signature}=`), foreign, 'a second spelling of the signature')
  const wayOut = 'the token is signed with another key'
  rule.equal(problem(`${encoded({ alg: 'none', typ: 'JWT' })}.${claims}.`), wayOut)
  rule.equal(problem(`${encoded({ alg: 'HS256', typ: 'JWT', kid: 'sandbox-github' })}.${claims}.${signature}`), wayOut)

  // Another CI system speaks for GitHub: under its own key id, and under GitHub's.
  const [gitlab = ''] = mint(ISSUERS.gitlab).split('.')
  const key = sandbox.inside.seed.keyPair('token issuer gitlab')
  const signed = (head: string): string => `${head}.${key.sign(Buffer.from(head), 'compact').toString('base64url')}`
  rule.equal(problem(signed(`${gitlab}.${claims}`)), wayOut)
  rule.equal(problem(signed(`${header}.${claims}`)), foreign)
  const other = mint(ISSUERS.gitlab).split('.')
  rule.equal(problem(signed(`${gitlab}.${other[1] ?? ''}`)), undefined, 'and for itself it may speak')
})
