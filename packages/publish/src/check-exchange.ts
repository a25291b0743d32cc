// SPDX-License-Identifier: Apache-2.0
import { publishFinding } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import { CLOCK_SKEW } from '@bonafide/policy'
import type { PublishPolicy } from '@bonafide/policy'
import type { Revocation, TokenExchange } from '@bonafide/registry'
import type { CiJob } from './ci-job.ts'

/** What was exchanged, for what, and by what it is judged. */
export interface ExchangeContext {
  readonly name: string
  readonly job: CiJob
  readonly policy: PublishPolicy
  readonly now: Date
}

/**
 * What stands against the token that a registry gave, or against its giving none. Empty where there is one that ends in time; in every other
 * case nothing else is tried, and a token that was given is to be revoked.
 */
export function checkExchange(exchange: TokenExchange, context: ExchangeContext): readonly PublishFinding[] {
  const where = { kind: 'url', url: exchange.url } as const
  switch (exchange.kind) {
    case 'granted':
      return checkLifetime(exchange, context)
    case 'denied':
      return [
        publishFinding('exchange-denied', {
          subject: context.name,
          found: `the registry gives this job no token: HTTP ${exchange.status}${exchange.message === '' ? '' : `, ${exchange.message}`}`,
          wanted: 'a package whose trusted publisher is this job',
          where,
          fix: waysToTrust(exchange.status, context),
        }),
      ]
    case 'unreachable':
    case 'nonsense':
      return [
        publishFinding('exchange-unreachable', {
          level: 'undecided',
          subject: context.name,
          found: `the registry ${exchange.kind === 'nonsense' ? 'answered nonsense' : 'did not answer'}: ${exchange.detail}`,
          wanted: 'a token for this job, or a no',
          where,
          fix: ['run the job again; nothing was published'],
        }),
      ]
    default:
      return unknownExchange(exchange)
  }
}

// A registry that answers an identity with a token that outlives the job: what this is all about.
function checkLifetime(
  { created, expires, url }: Extract<TokenExchange, { kind: 'granted' }>,
  { name, policy, now }: ExchangeContext,
): readonly PublishFinding[] {
  const limit = policy.maxTokenLifetime
  // By the registry's own times, or by our clock where that makes it longer: a token that was made tomorrow lives no shorter for that.
  const made = Math.min(created?.getTime() ?? now.getTime(), now.getTime())
  // One that should be over and is handed out all the same: nobody can tell when it ends.
  const isOver = expires !== null && expires.getTime() + CLOCK_SKEW * 1000 < now.getTime()
  const seconds = expires === null || isOver ? Number.POSITIVE_INFINITY : (expires.getTime() - made) / 1000
  if (seconds <= limit + CLOCK_SKEW) return []
  return [
    publishFinding('exchanged-token-long-lived', {
      subject: `the token that the registry gave for ${name}`,
      found:
        expires === null
          ? 'it names no end'
          : isOver
            ? `it names an end that has passed: ${expires.toISOString()}`
            : `it lives ${Math.ceil(seconds / 60)} minutes, until ${expires.toISOString()}`,
      wanted: `${Math.floor(limit / 60)} minutes at most`,
      where: { kind: 'url', url },
      fix: [
        'ask whoever runs the registry for tokens that end with the job',
        '"publish": { "maxTokenLifetime": ... } in bonafide.json, at most 7d, and have it reviewed',
      ],
    }),
  ]
}

/** A token that could not be taken back: it lives until its end, if it has one. Empty where it was. */
export function checkRevocation(
  revocation: Revocation,
  { name, findings }: { readonly name: string; readonly findings: readonly PublishFinding[] },
): readonly PublishFinding[] {
  if (revocation.kind === 'revoked') return []
  return [
    publishFinding('exchanged-token-unrevoked', {
      level: 'warn',
      subject: `the token that the registry gave for ${name}`,
      found: `it could not be revoked: ${revocation.detail}`,
      wanted: 'a token that is worth nothing once it was used',
      fix: [
        // What is left of a token that should never have been given does not go away.
        findings.some(({ code }) => code === 'exchanged-token-long-lived')
          ? 'have it revoked by whoever runs the registry: it does not end with this job'
          : 'nothing: it ends by itself',
      ],
    }),
  ]
}

function waysToTrust(status: number, { name, job }: ExchangeContext): PublishFinding['fix'] {
  if (status === 401 || status === 400)
    return ['look at the clock of this machine, and at the audience that the registry wants', `npm trust list ${name}`]
  if (status === 403) return [`npm trust list ${name}: whether it lets this job publish, or stage alone`]
  const file = job.workflow?.slice(job.workflow.lastIndexOf('/') + 1) ?? 'FILE'
  const place = job.repository ?? 'OWNER/NAME'
  const trust =
    job.provider === 'gitlab'
      ? `npm trust gitlab ${name} --file ${file} --project ${place} --allow-publish`
      : job.provider === 'circleci'
        ? `npm trust circleci ${name}`
        : `npm trust github ${name} --file ${file} --repository ${place} --allow-publish`
  return [
    `${trust}, once, by an owner of the package`,
    `npm trust list ${name}: letters, workflow file and environment have to be the job’s exactly`,
  ]
}

function unknownExchange(exchange: never): never {
  throw new TypeError(`no such exchange: ${JSON.stringify(exchange)}`)
}
