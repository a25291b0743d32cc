// SPDX-License-Identifier: Apache-2.0
import type { Identity } from '@bonafide/attestation'
import { nameAtVersion, publishFinding } from '@bonafide/core'
import type { Finding, FindingCode, PublishFinding, Rule } from '@bonafide/core'
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

// What a registry lacks that signs nothing: no alarm where nothing but the bytes was to be seen.
const SIGNS_NOTHING: ReadonlySet<FindingCode> = new Set([
  'registry-serves-no-attestations',
  'registry-signature-missing',
])

function isSaidOnly({ identity }: Asked, { code }: Finding): boolean {
  return identity === null && SIGNS_NOTHING.has(code)
}

/** Whether a finding may go away by waiting: registries serve a version's parts one after the other. */
export function isPassing(asked: Asked, finding: Finding): boolean {
  const { rule, level } = finding
  const isLate = rule === 'availability' || rule === 'provenance-required' || rule === 'withdrawn'
  return level !== 'warn' && isLate && !isSaidOnly(asked, finding)
}

/** What a consumer's findings mean for whoever has just published. */
export function readBackFindings(asked: Asked, { findings }: PackageReport): readonly PublishFinding[] {
  return findings.filter(({ level }) => level !== 'warn').map((one) => readBackFinding(asked, one))
}

function readBackFinding(asked: Asked, finding: Finding): PublishFinding {
  const { code, rule, level, found, wanted } = finding
  const said = { ...about(asked), found: `${code}: ${found}`, wanted }
  const again = 'bonafide publish again: it looks whether the version is there, and reads it back' as const
  const isMild = isSaidOnly(asked, finding)
  if (level === 'undecided' || rule === 'availability')
    return publishFinding('read-back-undecided', {
      ...said,
      level: isMild ? 'warn' : 'undecided',
      fix: [again, `bonafide explain ${nameAtVersion(asked.name, asked.version)}`],
    })
  if (rule === 'provenance-required')
    return publishFinding('read-back-unattested', {
      ...said,
      fix: [again, 'bonafide publish --wait SECONDS, for a registry that takes longer to serve attestations'],
    })
  if (SERVED.has(rule)) return { ...altered(asked, said.found), wanted, level: isMild ? 'warn' : 'refuse' }
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
