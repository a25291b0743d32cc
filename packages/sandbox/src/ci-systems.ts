// SPDX-License-Identifier: Apache-2.0
import { jsonReply, notFound } from './answer.ts'
import type { Asked, Reply } from './answer.ts'
import type { SandboxClock } from './clock.ts'
import type { TokenIssuers } from './identity-token.ts'
import { ISSUERS, resolveJob } from './job.ts'
import type { CiKind, Job, JobSpec } from './job.ts'
import type { Seed } from './key-pair.ts'
import { circleCiEnvironment, gitHubEnvironment, gitLabEnvironment } from './ci-environment.ts'
import type { CiEnvironment, CiOptions } from './ci-environment.ts'
import { announceSecret } from './secret-channel.ts'

const LIFETIME_SECONDS = 300
// Where each CI system publishes its key; the first is the place that its discovery document names.
const KEYS: Readonly<Record<CiKind, string>> = {
  github: '.well-known/jwks',
  gitlab: 'oauth/discovery/keys',
  circleci: '.well-known/jwks-pub.json',
}
const KINDS = Object.keys(KEYS) as readonly CiKind[]

/** The CI systems: what their jobs see, and what their issuers answer over HTTP under a path for each. */
export class CiSystems {
  readonly #issuers: TokenIssuers
  readonly #seed: Seed
  readonly #clock: SandboxClock
  // The jobs of GitHub that may ask for tokens, by the token that they ask with.
  readonly #jobs = new Map<string, { readonly job: Job; readonly lifetimeSeconds: number }>()

  constructor(issuers: TokenIssuers, seed: Seed, clock: SandboxClock) {
    this.#issuers = issuers
    this.#seed = seed
    this.#clock = clock
  }

  /** The variables of a job. What CircleCI mints is no use to Fulcio: there is no provenance from there. */
  environment(
    kind: CiKind,
    spec: JobSpec,
    at: { readonly url: string; readonly registryUrl: string },
    { idTokens, lifetimeSeconds = LIFETIME_SECONDS }: CiOptions = {},
  ): CiEnvironment {
    const job = resolveJob({ ref: 'refs/heads/main', ...spec, issuer: ISSUERS[kind] }, 'token', '0.0.0')
    if (kind === 'github') {
      if (idTokens === null) return gitHubEnvironment(job, null)
      const token = this.#seed.bytes(`request token ${this.#jobs.size + 1}`, 32).toString('base64url')
      announceSecret('token', token)
      this.#jobs.set(token, { job, lifetimeSeconds })
      return gitHubEnvironment(job, { url: `${at.url}github/idtoken/${job.runId}?api-version=2.0`, token })
    }
    const npm = { NPM_ID_TOKEN: `npm:${new URL(at.registryUrl).hostname}` }
    const usual = kind === 'gitlab' ? { ...npm, SIGSTORE_ID_TOKEN: 'sigstore' } : npm
    const now = this.#clock.now()
    const tokens = Object.fromEntries(
      Object.entries(idTokens === undefined ? usual : (idTokens ?? {})).map(([name, audience]) => [
        name,
        this.#issuers.mint(job, audience, now, lifetimeSeconds),
      ]),
    )
    return kind === 'gitlab' ? gitLabEnvironment(job, tokens) : circleCiEnvironment(job, tokens)
  }

  /** Answers for all CI systems. */
  answer(asked: Asked, url: string): Reply {
    const { method, decodedPath } = asked
    if (method !== 'GET') return notFound()
    for (const kind of KINDS) {
      // An organisation of CircleCI has an issuer of its own.
      const prefix = kind === 'circleci' ? /^\/circleci\/org\/(?<org>[^/]+)\// : new RegExp(`^/${kind}/`, 'u')
      const match = prefix.exec(decodedPath)
      if (match === null) continue
      const org = match.groups?.['org']
      const base = match[0].slice(1)
      const rest = decodedPath.slice(match[0].length)
      if (rest === KEYS[kind]) return jsonReply(200, { keys: [this.#issuers.publishedKey(kind)] })
      if (rest === '.well-known/openid-configuration')
        return jsonReply(200, {
          issuer: org === undefined ? ISSUERS[kind] : `${ISSUERS[kind]}/${org}`,
          jwks_uri: `${url}${base}${KEYS[kind]}`,
          response_types_supported: ['id_token'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['ES256'],
          scopes_supported: ['openid'],
        })
      if (kind === 'github' && rest.startsWith('idtoken/')) return this.#idToken(asked, url)
    }
    return notFound()
  }

  #idToken({ path, headers }: Asked, base: string): Reply {
    const found = this.#jobs.get(/^Bearer (?<token>.+)$/u.exec(headers.authorization ?? '')?.groups?.['token'] ?? '')
    const url = new URL(path, base)
    // The identity of another job: each has a token of its own to ask with.
    if (found === undefined || url.pathname !== `/github/idtoken/${found.job.runId}`)
      return jsonReply(401, { message: 'The request is not authorized' })
    const audience = url.searchParams.get('audience') ?? found.job.ownerUrl
    const value = this.#issuers.mint(found.job, audience, this.#clock.now(), found.lifetimeSeconds)
    return jsonReply(200, { count: value.length, value })
  }
}
