// SPDX-License-Identifier: Apache-2.0
import type { Identity } from '@bonafide/attestation'
import { nameAtVersion, publishFinding } from '@bonafide/core'
import type { Finding, PublishFinding, Rule } from '@bonafide/core'
import { packumentUrl } from '@bonafide/registry'
import type { PackageReport } from '@bonafide/verify'
import type { Shown } from './look-up.ts'
import type { ReadBackRequest } from './read-back-request.ts'

type Asked = Pick<ReadBackRequest, 'registry' | 'name' | 'version' | 'integrity' | 'identity'>

function about({ registry, name, version }: Asked) {
  return { subject: nameAtVersion(name, version), where: { kind: 'url', url: packumentUrl(registry, name) } } as const
}

/** The registry does not show the version, for as long as one waited. */
export function missingThere(asked: Asked, shown: Exclude<Shown, { kind: 'there' }>): PublishFinding {
  return publishFinding('read-back-missing', {
    ...about(asked),
    level: 'undecided',
    found: shown.kind === 'absent' ? 'the registry took it, and does not show it' : `no answer: ${shown.detail}`,
    wanted: `${nameAtVersion(asked.name, asked.version)} with ${asked.integrity}`,
    fix: [
      'bonafide publish again: it looks whether the version is there, and reads it back',
      'bonafide publish --wait SECONDS, for a registry that takes longer',
    ],
  })
}

/** Something kept the consumer from looking. */
export function unreadableBack(asked: Asked, found: string): PublishFinding {
  return publishFinding('read-back-undecided', {
    ...about(asked),
    level: 'undecided',
    found,
    wanted: 'a look at what the registry serves, as those who install have it',
    fix: ['bonafide publish again: it looks whether the version is there, and reads it back'],
  })
}

/** The registry serves something else than was sent. */
export function altered(asked: Asked, found: string): PublishFinding {
  return publishFinding('read-back-altered', {
    ...about(asked),
    found,
    wanted: asked.integrity,
    fix: [
      `warn whoever installs: npm deprecate ${nameAtVersion(asked.name, asked.version)} "not what was published"`,
      'ask whoever runs the registry what stands between you and it',
    ],
  })
}

// Rules that speak of what is served, and not of what a consumer makes of it.
const SERVED: ReadonlySet<Rule> = new Set([
  'attestation-invalid',
  'lock-mismatch',
  'manifest-confusion',
  'predicate-mismatch',
  'registry-signature',
  'trust-domain-changed',
  'withdrawn',
])

/** Whether a finding may go away by waiting: registries serve a version's parts one after the other. */
export function isPassing({ rule, level }: Finding): boolean {
  return level !== 'warn' && (rule === 'availability' || rule === 'provenance-required' || rule === 'withdrawn')
}

/** What a consumer's findings mean for whoever has just published. */
export function readBackFindings(asked: Asked, { findings }: PackageReport): readonly PublishFinding[] {
  return findings.filter(({ level }) => level !== 'warn').map((one) => readBackFinding(asked, one))
}

function readBackFinding(asked: Asked, { code, rule, level, found, wanted }: Finding): PublishFinding {
  const said = { ...about(asked), found: `${code}: ${found}`, wanted }
  const again = 'bonafide publish again: it looks whether the version is there, and reads it back' as const
  // Without provenance nothing was to be seen but the bytes: a registry that signs nothing is no alarm.
  const isSaidOnly = asked.identity === null && (rule === 'availability' || rule === 'registry-signature')
  if (level === 'undecided' || rule === 'availability')
    return publishFinding('read-back-undecided', {
      ...said,
      level: isSaidOnly ? 'warn' : 'undecided',
      fix: [again, `bonafide explain ${nameAtVersion(asked.name, asked.version)}`],
    })
  if (rule === 'provenance-required')
    return publishFinding('read-back-unattested', {
      ...said,
      fix: [again, 'bonafide publish --wait SECONDS, for a registry that takes longer to serve attestations'],
    })
  if (SERVED.has(rule)) return { ...altered(asked, said.found), wanted, level: isSaidOnly ? 'warn' : 'refuse' }
  return publishFinding('consumers-refuse', {
    ...said,
    level: 'warn',
    fix: [`bonafide explain ${nameAtVersion(asked.name, asked.version)}: what those who install see`],
  })
}

/** Fields of the certificate that are not those of this job. */
export function foreignIdentity(asked: Asked, identity: Identity | null): readonly PublishFinding[] {
  if (asked.identity === null || identity === null) return []
  const wanted = Object.entries(asked.identity) as [keyof Identity, string | null][]
  const other = wanted.filter(([field, value]) => identity[field] !== value)
  if (other.length === 0) return []
  const told = (of: (field: keyof Identity, value: string | null) => string | null): string =>
    other.map(([field, value]) => `${field} ${of(field, value) ?? 'none'}`).join(', ')
  return [
    publishFinding('read-back-foreign', {
      ...about(asked),
      found: told((field) => identity[field]),
      wanted: told((_, value) => value),
      fix: [
        `find out who published it: bonafide explain ${nameAtVersion(asked.name, asked.version)}`,
        'where it was not you: warn your users, deprecate it, and revoke what can publish (bonafide doctor tokens)',
      ],
    }),
  ]
}
