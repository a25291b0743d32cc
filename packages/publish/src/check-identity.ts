// SPDX-License-Identifier: Apache-2.0
import { publishFinding } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import type { CiProvider } from './ci-job.ts'
import type { IdentityTokenAnswer, NoIdentityToken } from './identity-token.ts'

type Fix = PublishFinding['fix']

/** What stands against an identity token, with the way to get one in this CI system. Empty where there is a good one. */
export function checkIdentity(
  answer: IdentityTokenAnswer,
  { provider, audience }: { readonly provider: CiProvider; readonly audience: string },
): readonly PublishFinding[] {
  if (answer.kind === 'found') return []
  const subject = 'the identity of this job'
  if (answer.kind === 'unreachable')
    return [
      publishFinding('identity-provider-unreachable', {
        level: 'undecided',
        subject,
        found: `the CI system did not answer: ${answer.detail}`,
        wanted: `an identity token for ${audience}`,
        where: { kind: 'url', url: answer.url },
        fix: ['run the job again; nothing was published'],
      }),
    ]
  if (answer.reason === 'not-offered' || answer.reason === 'denied')
    return [
      publishFinding('identity-token-missing', {
        subject,
        found: answer.reason === 'denied' ? `the CI system gives none: ${answer.detail}` : `none: ${answer.detail}`,
        wanted: `an identity token for ${audience}`,
        where: answer.where,
        fix: waysTo(provider, audience),
      }),
    ]
  return [
    publishFinding('identity-token-unusable', {
      subject,
      found: `${PROBLEMS[answer.reason]}: ${answer.detail}`,
      wanted: `an identity token for ${audience}, valid now`,
      where: answer.where,
      fix: waysAround(answer.reason, provider, audience),
    }),
  ]
}

const PROBLEMS: Readonly<Record<Exclude<NoIdentityToken, 'not-offered' | 'denied'>, string>> = {
  insecure: 'an address that is not asked',
  malformed: 'no identity token',
  expired: 'an identity token that is over',
  'not-yet-valid': 'an identity token that is not valid yet',
  'wrong-audience': 'an identity token for somebody else',
}

// A job that has an identity, and not one for now, needs no permission.
function waysAround(reason: NoIdentityToken, provider: CiProvider, audience: string): Fix {
  if (reason === 'not-yet-valid') return ['set the clock of this machine']
  if (reason === 'expired')
    return [
      'run the job again, with the release soon after its start',
      'set the clock of this machine, where it is ahead',
    ]
  return waysTo(provider, audience)
}

function waysTo(provider: CiProvider, audience: string): Fix {
  switch (provider) {
    case 'github':
      return [
        'give the job "permissions: { contents: read, id-token: write }"',
        'where it is the job of a fork’s pull request: release from the repository itself',
      ]
    case 'gitlab':
      return [`give the job "id_tokens: { NPM_ID_TOKEN: { aud: '${audience}' } }"`]
    case 'circleci':
      return [`export NPM_ID_TOKEN=$(circleci run oidc get --claims '{"aud":"${audience}"}')`]
    case 'other':
      return [`hand the job an identity token for ${audience} as NPM_ID_TOKEN, made anew for this run`]
    default:
      return unknownProvider(provider)
  }
}

function unknownProvider(provider: never): never {
  throw new TypeError(`no such CI system: ${String(provider)}`)
}
