// SPDX-License-Identifier: Apache-2.0
import { finding, nameAtVersion } from '@bonafide/core'
import type { Finding, IntegrityField } from '@bonafide/core'
import { explain } from '../evidence.ts'
import type { Facts } from '../facts.ts'

const LOCK_ANEW = 'lock this version anew, then bonafide verify'

/**
 * `lock-mismatch`: the lockfile names the registry's bytes and the registry's URL, and binds them by one sha512.
 *
 * Stops lockfile injection: a pull request that swaps `resolved` and `integrity` for a hostile tarball under an honest name, or leaves
 * the integrity out so that anything is taken. Carries what the lockfile's reader found in the entry, except exotic dependencies.
 *
 * Known false positives: lockfiles of old clients with sha1 only, which are a warning where the registry's signature supplies the
 * sha512; a mirror that rewrites tarball URLs, and that the policy does not name.
 */
export function checkLockMismatch(facts: Facts): Finding[] {
  const entry = facts.entryFindings.filter(({ rule }) => rule !== 'exotic-dependency')
  return [...entry, ...checkIntegrity(facts), ...checkResolved(facts)]
}

function checkIntegrity(facts: Facts): Finding[] {
  const { locked, registry } = facts
  switch (locked.state) {
    case 'sha512': {
      if (registry.state !== 'known') return []
      // Not tampering and not agreement: a registry that strips what it should serve.
      if (registry.integrity.state !== 'sha512') {
        const found = describe(registry.integrity)
        const detail = { found, wanted: "one sha512 in the registry's metadata", fix: 'ask a registry that serves it' }
        return [finding('registry-nonsense', detail)]
      }
      // Swapped bytes under an honest name.
      if (locked.sha512 === registry.integrity.sha512) return []
      const detail = { found: locked.sha512, wanted: registry.integrity.sha512, fix: explain(facts) }
      return [finding('lock-integrity-mismatch', detail)]
    }
    case 'missing':
    case 'weak': {
      const code = locked.state === 'missing' ? 'lock-integrity-missing' : 'lock-integrity-weak'
      const detail = { found: describe(locked), wanted: 'one sha512', fix: LOCK_ANEW }
      switch (suppliedBy(facts)) {
        case 'signature':
          return [
            finding(code, {
              ...detail,
              wanted: "one sha512; taken from the registry's signed metadata",
              level: 'warn',
            }),
          ]
        case 'unknown':
          // Others say why nobody could tell; without an integrity nothing is trusted meanwhile.
          return []
        case 'nobody':
        default:
          return [finding(code, detail)]
      }
    }
    // The manager's own checksum keeps its archive as it was; what a registry serves is bound by the registry's signature alone.
    case 'own-archive': {
      if (suppliedBy(facts) !== 'nobody') return []
      const wanted = "a sha512 in the registry's signed metadata: this lockfile binds another archive"
      const detail = { found: locked.found, wanted, fix: 'ask a registry that signs its metadata' }
      return [finding('lock-integrity-missing', detail)]
    }
    // Two hashes in one field: a client may pick either.
    case 'several':
      return [finding('lock-integrity-several', { found: locked.found, wanted: 'one sha512', fix: LOCK_ANEW })]
    case 'malformed':
    default:
      return [finding('lock-integrity-malformed', { found: describe(locked), wanted: 'one sha512', fix: LOCK_ANEW })]
  }
}

// Whether the registry's signed metadata supplies the integrity that the lockfile lacks.
function suppliedBy({ registry, signature }: Facts): 'signature' | 'unknown' | 'nobody' {
  if (registry.state === 'unknown') return 'unknown'
  if (registry.state !== 'known' || registry.integrity.state !== 'sha512') return 'nobody'
  if (signature.state === 'valid') return 'signature'
  return signature.state === 'not-checked' || signature.state === 'time-unknown' ? 'unknown' : 'nobody'
}

// The right hash beside a stranger's URL: the URL is fetched, by a client that trusts it.
function checkResolved(facts: Facts): Finding[] {
  const { resolved, resolvedMatches, registry, locked, mirror } = facts
  if (resolvedMatches === true || (resolvedMatches === null && (resolved === null || registry.state !== 'known')))
    return []
  const tarball = registry.state === 'known' ? registry.tarball : null
  const wanted = tarball ?? `the registry's URL of ${nameAtVersion(facts.name, facts.version)}`
  // Offered for the registry's own bytes alone: whoever swapped them would be called a mirror.
  const isSame =
    locked.state === 'sha512' &&
    registry.state === 'known' &&
    registry.integrity.state === 'sha512' &&
    registry.integrity.sha512 === locked.sha512
  const fix = mirror !== null && isSame ? waysOut(mirror) : LOCK_ANEW
  return [finding('lock-resolved-mismatch', { found: resolved ?? 'no URL', wanted, fix })]
}

function waysOut(mirror: string): string {
  return `"mirrors": [${JSON.stringify(mirror)}] in bonafide.json, if you trust its operator with your availability`
}

function describe(field: IntegrityField): string {
  if (field.state === 'missing') return 'no integrity'
  return field.state === 'sha512' ? field.sha512 : field.found
}
