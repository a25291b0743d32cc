// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Coordinate, Finding, FindingCode } from '@bonafide/core'
import type { BundleFailure } from './bundle-failure.ts'
import { identityOf } from './certificate-identity.ts'
import { parseDocument } from './document.ts'
import type { DocumentEntry } from './document.ts'
import type { Evidence, ProvenanceEvidence, PublishEvidence } from './evidence.ts'
import { checkPredicate, checkPublishPredicate } from './predicate.ts'
import type { RegistryKeys } from './registry-key.ts'
import { parseStatement } from './statement.ts'
import type { StatementKind } from './statement.ts'
import type { SigstoreRoot } from './trusted-root.ts'
import { parseBundle, verifyBundle } from './verify-bundle.ts'
import type { ParsedBundle, VerifiedBundle } from './verify-bundle.ts'

/** Whom we trust: the Sigstore root for certificates and logs, the registry's pinned keys for what the registry says. */
export interface Trust {
  readonly root: SigstoreRoot
  readonly registryKeys: RegistryKeys
  /** Further roots, each for named scopes and for no other package. None where left out. */
  readonly privateRoots?: readonly PrivateTrust[]
}

/** A Sigstore root of somebody's own. */
export interface PrivateTrust {
  readonly root: SigstoreRoot
  /** Such as `@acme`. */
  readonly scopes: readonly string[]
}

/**
 * What an attestation document comes to. Evidence without findings is the only good answer: a finding of level `refuse`
 * means that somebody served something false, whatever else verified.
 */
export interface DocumentOutcome {
  readonly provenance: ProvenanceEvidence | null
  readonly publish: PublishEvidence | null
  readonly findings: readonly Finding[]
}

// How far two honest clocks may be apart.
const SKEW_MILLISECONDS = 5 * 60 * 1000

/**
 * Verifies the attestation document of one version.
 *
 * Promises that each piece of evidence is a statement with exactly this package URL and sha512 as its one subject, signed by the party
 * that may make such a statement, held by a trusted log, and seen by it or by a trusted timestamp authority at a time when the
 * signer's certificate or key was valid. Each of the steps is
 * described, with its number, in `docs/algorithm.md`.
 *
 * Reads no clock: a verified time later than `now` is the finding `clock-behind`, which leaves the version undecided.
 *
 * @param coordinate - the version, with the integrity that the lockfile binds
 * @param text - the document as the registry served it
 */
export function verifyDocument(coordinate: Coordinate, text: string, trust: Trust, now: Date): DocumentOutcome {
  // 3.1 The form of the document.
  const entries = parseDocument(text)
  if ('code' in entries) return { provenance: null, publish: null, findings: [entries] }
  const findings: Finding[] = []
  const provenance: ProvenanceEvidence[] = []
  const publish: PublishEvidence[] = []
  for (const entry of entries) {
    const outcome = verifyEntry(coordinate, entry, trust, now)
    findings.push(...outcome.findings)
    if (outcome.evidence?.kind === 'provenance') provenance.push(outcome.evidence)
    if (outcome.evidence?.kind === 'publish') publish.push(outcome.evidence)
  }
  // 3.7 Two provenances of one version: whose identity would count? One entry served twice must not look like two witnesses.
  for (const [kind, list] of [
    ['provenance', provenance],
    ['publish', publish],
  ] as const) {
    if (list.length > 1) {
      findings.push(
        finding('entry-duplicate', {
          found: `${list.length} ${kind} attestations: ${list.map(({ entry }) => entry).join(', ')}`,
          wanted: 'one',
          fix: 'ask the registry again, or another one with --evidence-registry',
        }),
      )
    }
  }
  return { provenance: provenance[0] ?? null, publish: publish[0] ?? null, findings }
}

interface EntryOutcome {
  readonly evidence: Evidence | null
  readonly findings: readonly Finding[]
}

function none(...findings: readonly Finding[]): EntryOutcome {
  return { evidence: null, findings }
}

function verifyEntry(
  coordinate: Coordinate,
  { entry, label, bundle }: DocumentEntry,
  trust: Trust,
  now: Date,
): EntryOutcome {
  const fail = (failure: BundleFailure): EntryOutcome => none(fromFailure(failure, coordinate, entry))

  // 3.2 The form of the bundle.
  const parsed = parseBundle(bundle)
  if ('code' in parsed) return fail(parsed)
  // 3.3 What it says, and about what.
  const statement = parseStatement(parsed.payload, label, coordinate, entry)
  if (!('kind' in statement)) return none(...statement)
  // 3.4 Who signed it, and when.
  const verified = verifySigner(parsed, statement.kind, coordinate, trust)
  if ('code' in verified) return fail(verified)

  const newest = verified.time.getTime()
  // 3.5 Our clock is wrong, or somebody set it back to make an expired key valid again.
  if (!(newest <= now.getTime() + SKEW_MILLISECONDS)) {
    return none(
      finding('clock-behind', {
        found: Number.isNaN(now.getTime()) ? 'no time' : `the time ${now.toISOString()}`,
        wanted: `a time after ${new Date(newest).toISOString()}, when this version was witnessed`,
        fix: 'set the clock right, or leave --now away',
        entry,
      }),
    )
  }
  const common = {
    coordinate,
    predicateType: statement.predicateType,
    mediaType: parsed.mediaType,
    entry,
    log: verified.log,
    timestamps: verified.timestamps,
    time: verified.time,
    trustDomain: verified.trustDomain,
  }
  if (verified.signer.kind === 'registry-key') {
    const findings = checkPublishPredicate(statement, coordinate, entry)
    if (findings.length > 0) return none(...findings)
    return {
      evidence: { ...common, kind: 'publish', keyId: verified.signer.key.keyId } as PublishEvidence,
      findings: [],
    }
  }
  // 3.6 Whom the certificate names, and whether the predicate agrees.
  const identity = identityOf(verified.signer.certificate, entry)
  if ('code' in identity) return none(identity)
  const findings = checkPredicate(statement, identity, entry)
  if (findings.length > 0) return none(...findings)
  return { evidence: { ...common, kind: 'provenance', identity } as ProvenanceEvidence, findings: [] }
}

// What a root says of a signer whom it does not know, as against one who did not sign.
const FOREIGN: ReadonlySet<FindingCode> = new Set(['certificate-chain', 'log-unknown', 'timestamp-authority-unknown'])

// The public root first, for every package. Only where it knows an authority or the log not at all, the private root of the scope.
function verifySigner(
  parsed: ParsedBundle,
  kind: StatementKind,
  { name }: Coordinate,
  { root, registryKeys, privateRoots = [] }: Trust,
): VerifiedBundle | BundleFailure {
  const verified = verifyBundle(parsed, kind, root.material, registryKeys)
  if (!('code' in verified) || !FOREIGN.has(verified.code)) return verified
  // A private authority that vouches for a public package: a root is never looked at for a name outside its scopes. The slash belongs
  // to the prefix, or `@acme` would speak for `@acme-evil/x`.
  const own = privateRoots.filter(({ scopes }) => scopes.some((scope) => name.startsWith(`${scope}/`)))
  const [only] = own
  if (only === undefined || own.length > 1) return verified
  const again = verifyBundle(parsed, kind, only.root.material, registryKeys)
  return 'code' in again && FOREIGN.has(again.code) ? verified : again
}

function fromFailure(
  { code, found, wanted }: { code: FindingCode; found: string; wanted: string },
  coordinate: Coordinate,
  entry: string,
): Finding {
  return finding(code, {
    found,
    wanted,
    fix: `do not install ${coordinate.name}@${coordinate.version}; ask its maintainers`,
    entry,
  })
}
