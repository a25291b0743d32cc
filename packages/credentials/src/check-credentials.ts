// SPDX-License-Identifier: Apache-2.0
import { publishFinding } from '@bonafide/core'
import type { PublishCode, PublishFinding } from '@bonafide/core'
import { CLOCK_SKEW } from '@bonafide/policy'
import type { Credential, FoundCredentials } from './credential.ts'
import { describeCredential, nameOfCredential, renderSeconds, wordsOfPlace } from './describe-credential.ts'
import type { JudgedCredential } from './judged-credential.ts'

/**
 * What speaks against publishing here: a finding for each place of a credential that could publish the package and outlives the limit, or
 * of which nobody could tell. What could not publish it gives none, save a long-lived token that stages.
 */
export function checkCredentials(
  judged: readonly JudgedCredential[],
  found: FoundCredentials,
): readonly PublishFinding[] {
  return judged.flatMap((each) => {
    const { verdict } = each
    switch (verdict.kind) {
      case 'refused':
        return [
          refusal(
            each,
            verdict.why === 'unknown-lifetime' ? 'credential-unknown-lifetime' : 'credential-long-lived',
            found,
          ),
        ]
      case 'undecided':
        return [unchecked(each, found)]
      case 'listed':
        return verdict.why === 'stage-only' && outlives(each) ? [staging(each)] : []
      case 'allowed':
        return []
      default:
        throw new TypeError(`no such verdict: ${JSON.stringify(verdict satisfies never)}`)
    }
  })
}

function refusal(judged: JudgedCredential, code: PublishCode, { package: name }: FoundCredentials): PublishFinding {
  return publishFinding(code, {
    subject: nameOfCredential(judged),
    found: describeCredential(judged),
    wanted: `nothing that could publish ${name ?? 'from here'} and lives longer than ${renderSeconds(judged.limit)}`,
    where: judged.credential.place,
    fix: fixOf(judged),
  })
}

function unchecked(judged: JudgedCredential, { registry }: FoundCredentials): PublishFinding {
  return publishFinding('credential-unchecked', {
    level: 'undecided',
    subject: nameOfCredential(judged),
    found: describeCredential(judged),
    wanted: 'an answer of the registry on how long it lives',
    where: judged.credential.place,
    fix: [`run it again once ${registry} answers`, ...fixOf(judged)],
  })
}

function staging(judged: JudgedCredential): PublishFinding {
  return publishFinding('credential-stage-only', {
    level: 'warn',
    subject: nameOfCredential(judged),
    found: describeCredential(judged),
    wanted: `one that lives no longer than ${renderSeconds(judged.limit)}: it may still move dist-tags and deprecate`,
    where: judged.credential.place,
    fix: fixOf(judged),
  })
}

// A token that stages is listed whatever its age; whether it is too old is asked of its dates.
function outlives({ facts: { expires, lifetime }, limit }: JudgedCredential): boolean {
  return expires === 'never' || lifetime === null || lifetime > limit + CLOCK_SKEW
}

// Where npm keeps the settings of a layer, in the words of its option `--location`.
const LOCATIONS: Readonly<Partial<Record<Credential['layer'], string>>> = {
  project: 'project',
  user: 'user',
  global: 'global',
}

function fixOf({ credential, kind, facts }: JudgedCredential): readonly [string, ...string[]] {
  const revoke =
    facts.key !== null
      ? [`bonafide doctor tokens --revoke ${facts.key}`]
      : kind === 'npm' || kind === 'uuid'
        ? ['bonafide doctor tokens, and --revoke what is not needed']
        : []
  return [removal(credential), ...revoke]
}

function removal(credential: Credential): string {
  const { layer, place, key } = credential
  if (place.kind === 'variable')
    return `take ${place.name} out of the environment: unset ${place.name}, or delete the secret from the workflow`
  if (place.kind === 'option') return `leave out ${place.name}`
  const location = LOCATIONS[layer]
  if (place.kind === 'file' && location !== undefined && key !== '')
    return `npm config delete ${quoted(key)} --location=${location}`
  return layer === 'package.json'
    ? `delete ${key} from publishConfig in ${wordsOfPlace(credential)}`
    : `delete ${wordsOfPlace(credential)}`
}

// A key of a project's own file, as one word of a shell and no more.
function quoted(key: string): string {
  return /^[\w@%+=:,./-]+$/u.test(key) ? key : `'${key.replaceAll("'", String.raw`'\''`)}'`
}
