// SPDX-License-Identifier: Apache-2.0
import type { TokenRights } from '@bonafide/registry'
import type { Credential } from './credential.ts'
import type { CredentialStanding, JudgedCredential, ListedReason } from './judged-credential.ts'
import type { TokenKind } from './token-kind.ts'
import { isPlugin } from './token-registry.ts'

const KINDS: Readonly<Record<TokenKind, string>> = {
  npm: 'npm token',
  'npm-wrong-checksum': 'npm token with a wrong checksum',
  uuid: 'token in the form of a UUID',
  jwt: 'signed token (JWT)',
  github: 'GitHub token',
  gitlab: 'GitLab token',
  'gitlab-job': 'GitLab job token',
  codeartifact: 'AWS CodeArtifact token',
  'jfrog-reference': 'JFrog reference token',
  'jfrog-api-key': 'JFrog API key',
  azure: 'Azure DevOps token',
  google: 'Google access token',
  nexus: 'Nexus token',
  buildkite: 'Buildkite token',
  'setup-node-dummy': 'dummy of setup-node',
  unexpanded: 'variable that is not set',
  phantom: 'phantom token',
  basic: 'password',
  unknown: 'credential',
}

const RIGHTS: Readonly<Record<TokenRights, string>> = {
  'read-only': 'may only read',
  'stage-only': 'may only stage',
  write: 'may write',
}

const LISTED: Readonly<Record<ListedReason, string>> = {
  dummy: 'no token at all',
  'unset-variable': 'no token at all',
  'no-token': 'under a name that speaks of no token',
  plugin: 'what it sends only itself knows',
  identity: 'tells who a job is, and publishes nothing',
  'other-registry': 'for another registry',
  'read-only': 'may only read',
  'other-packages': 'for other packages',
  'stage-only': 'may only stage',
  expired: 'has ended',
}

/** A credential in a few words: what it is, and of a secret what may be shown. */
export function nameOfCredential({ credential, kind }: Pick<JudgedCredential, 'credential' | 'kind'>): string {
  const { form, secret, unexpanded } = credential
  if (form === 'certificate') return 'client certificate'
  if (form === 'helper') return isPlugin(credential) ? 'plugin of Yarn' : 'program that hands out a token'
  if (kind === 'unexpanded') return unexpanded === null ? KINDS.unexpanded : `variable ${unexpanded}, which is not set`
  return secret === null ? KINDS[kind] : `${KINDS[kind]} ${String(secret)}`
}

/** All that is known of a credential, in one line. */
export function describeCredential(judged: JudgedCredential): string {
  const { credential, kind, facts, verdict } = judged
  const { created, expires, lifetime, lifetimeFrom, rights, bypass2fa, username } = facts
  const parts = [nameOfCredential(judged)]
  if (verdict.kind === 'listed') parts.push(LISTED[verdict.why])
  if (created !== null) parts.push(`made ${dayOf(created)}`)
  if (expires === 'never') parts.push('without an end')
  else if (lifetime !== null) parts.push(LIVES[lifetimeFrom ?? 'registry'](renderSeconds(lifetime)))
  else if (expires !== null) parts.push(`ends ${dayOf(expires)}`)
  if (rights !== null && !(verdict.kind === 'listed' && LISTED[verdict.why] === RIGHTS[rights]))
    parts.push(RIGHTS[rights])
  if (bypass2fa === true) parts.push('bypasses 2FA')
  if (username !== null) parts.push(`of ${username}`)
  if (verdict.kind === 'refused' && verdict.why !== 'long-lived') parts.push(...whyUnknown(judged))
  if (verdict.kind === 'undecided' && judged.standing.kind === 'unreachable')
    parts.push(`the registry could not be asked (${judged.standing.detail})`)
  if (credential.sentBy.length > 0 && kind !== 'unexpanded') parts.push(`sent by ${listOf(credential.sentBy)}`)
  return parts.join(', ')
}

const LIVES: Readonly<Record<NonNullable<JudgedCredential['facts']['lifetimeFrom']>, (time: string) => string>> = {
  registry: (time) => `lives ${time}`,
  token: (time) => `lives ${time} by its own word`,
  documented: (time) => `lives up to ${time}, as its kind may`,
  remaining: (time) => `ends in ${time}, made nobody knows when`,
}

function whyUnknown({ credential, kind, facts, standing, verdict }: JudgedCredential): readonly string[] {
  if (credential.form === 'helper') return ['never run by bonafide, so that nothing tells its age']
  if (credential.form === 'certificate') return ['nothing tells how long it is good']
  if (kind === 'basic') return ['a password has no end']
  if (verdict.kind === 'refused' && verdict.why === 'no-end')
    return facts.expires instanceof Date ? ['past its own end, and the registry still takes it'] : []
  if (facts.created !== null && facts.lifetime === null) return ['dates that cannot be']
  return [WHY[standing.kind](standing)]
}

const WHY: Readonly<Record<CredentialStanding['kind'], (standing: CredentialStanding) => string>> = {
  'not-asked': () => 'nothing tells its age',
  listed: () => 'the registry does not say when it ends',
  unlisted: () => 'not on the list of tokens (a session, say), so that nothing tells its age',
  ambiguous: () => 'several tokens on the list look like it, so that nothing tells its age',
  denied: (standing) => {
    const status = 'status' in standing ? standing.status : 'no'
    return `unknown age: the registry answered ${status} to the question${status === 401 ? ', as to a token that has ended' : ''}`
  },
  'no-list': () => 'unknown age: the registry has no list of tokens',
  unreachable: () => 'the registry could not be asked',
}

/** A place in the words of a sentence. */
export function wordsOfPlace({ place }: Pick<Credential, 'place'>): string {
  switch (place.kind) {
    case 'file':
      return place.line === null ? place.path : `line ${place.line} of ${place.path}`
    case 'commit':
      return `${place.path ?? 'the message'} in ${place.commit}`
    case 'variable':
      return `the variable ${place.name}`
    case 'option':
      return `the option ${place.name}`
    case 'url':
      return place.url
    default:
      throw new TypeError(`no such place: ${JSON.stringify(place satisfies never)}`)
  }
}

/** A time span in the largest unit of which there is at least one, such as `90 days` or `1 hour`; never rounded up. */
export function renderSeconds(seconds: number): string {
  const span = Math.max(0, seconds)
  const [unit, size] = UNITS.find(([, each]) => span >= each) ?? ['second', 1]
  const count = Math.floor(span / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
