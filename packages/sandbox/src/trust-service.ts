// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util'
import type { AccountStore } from './account-store.ts'
import { Refusal, jsonBody, jsonReply } from './answer.ts'
import type { Asked, Handler, Reply } from './answer.ts'
import type { SandboxClock } from './clock.ts'
import type { Gate } from './gate.ts'
import type { TokenIssuers } from './identity-token.ts'
import { NAME } from './package-path.ts'
import type { PackageStore } from './package-store.ts'
import { isTrusted, readTrustSpec, trustedPublisherOf } from './trust-configuration.ts'
import type { TrustStore } from './trust-store.ts'

const TRUST = new RegExp(String.raw`^/-/package/${NAME}/trust(?:/(?<id>[^/]+))?$`, 'u')
const EXCHANGE = new RegExp(String.raw`^/-/npm/v1/oidc/token/exchange/package/${NAME}$`, 'u')
const MOST = 10

/** Lists, makes and takes away the configurations by which jobs are trusted. Every request needs the one-time password. */
export function createTrustService(trust: TrustStore, store: PackageStore, gate: Gate): Handler {
  const create = (name: string, body: unknown): Reply => {
    if (!Array.isArray(body) || body.length === 0) throw new Refusal(400, 'a list of configurations is wanted')
    const specs = body.map(readTrustSpec)
    const known = trust.list(name)
    if (known.length + specs.length > MOST) throw new Refusal(400, `a package has ${MOST} trusted publishers at most`)
    if (specs.some((spec) => known.some((one) => one.type === spec.type && isDeepStrictEqual(one.claims, spec.claims))))
      throw new Refusal(409, 'there is such a configuration')
    return jsonReply(
      201,
      specs.map((spec) => trust.add(name, spec)),
    )
  }
  return (asked) => {
    const { method, decodedPath: path, body } = asked
    const { name, id } = TRUST.exec(path)?.groups ?? {}
    if (name === undefined) return null
    gate.govern(asked, name)
    if (store.get(name) === undefined) throw new Refusal(404, 'Not found')
    if (method === 'GET' && id === undefined) return jsonReply(200, trust.list(name))
    if (method === 'POST' && id === undefined) return create(name, jsonBody(body))
    if (method !== 'DELETE' || id === undefined) return null
    if (!trust.remove(name, id)) throw new Refusal(404, 'Not found')
    return { status: 204, headers: {}, body: Buffer.alloc(0) }
  }
}

/** Gives a job a token for one package in exchange for its identity. */
export function createExchangeService(
  trust: TrustStore,
  accounts: AccountStore,
  issuers: TokenIssuers,
  clock: SandboxClock,
  url: () => string,
): Handler {
  return (asked) => {
    const name = EXCHANGE.exec(asked.decodedPath)?.groups?.['name']
    if (name === undefined || asked.method !== 'POST') return null
    const identity = identityOf(asked)
    const found = issuers.verify(identity, { audience: `npm:${new URL(url()).hostname}`, now: clock.now() })
    if ('problem' in found) throw problem(401, found.problem)
    // What is not there, and what does not trust this job, look the same from outside.
    const matching = trust.list(name).filter((one) => isTrusted(one, found))
    const [first] = matching
    if (first === undefined) throw problem(404, 'package not found')
    const { token, created, expiry } = accounts.createExchanged({
      package: name,
      publisher: trustedPublisherOf(first),
      mayPublish: matching.some(({ permissions }) => permissions.includes('createPackage')),
      mayStage: matching.some(({ permissions }) => permissions.includes('createStagedPackage')),
    })
    const times = { created: created.toISOString(), expires: expiry?.toISOString() }
    return jsonReply(201, { token_type: 'oidc', token, ...times })
  }
}

function identityOf({ headers }: Asked): string {
  if (headers.authorization === undefined) throw problem(401, 'no identity token')
  const token = /^Bearer (?<token>[\w-]+\.[\w-]+\.[\w-]+)$/u.exec(headers.authorization)?.groups?.['token']
  if (token === undefined) throw problem(400, 'the identity token is no JSON web token')
  return token
}

function problem(status: number, message: string): Refusal {
  return new Refusal(status, `OIDC token exchange error - ${message}`)
}
