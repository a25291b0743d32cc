// SPDX-License-Identifier: Apache-2.0
// What the tests of this folder share: the corpus' trust material, and the two questions they ask of an outcome.
import { parseRegistryKeys, parseTrustedRoot, verifyDocument } from '@bonafide/attestation'
import type { DocumentOutcome, Trust } from '@bonafide/attestation'
import { parseIntegrity } from '@bonafide/core'
import type { Coordinate, Sha512 } from '@bonafide/core'
import type { Published, Sandbox } from '@bonafide/sandbox'
import { corpusText } from '../support/corpus.ts'

/** A time at which the corpus is old and none of its roots has expired. */
export const NOW: Date = new Date('2026-11-23T00:00:00Z')

/** The one sha512 of a text. */
export function sha512(text: string | null): Sha512 {
  const field = parseIntegrity(text)
  if (field.state !== 'sha512') throw new TypeError(`no sha512: ${text ?? 'null'}`)
  return field.sha512
}

/** A coordinate of plain texts. */
export function coordinateOf(version: {
  readonly name: string
  readonly version: string
  readonly integrity: string
}): Coordinate {
  return { name: version.name, version: version.version, integrity: sha512(version.integrity) }
}

let corpusTrusted: Trust | undefined

/** The public-good root and the registry's keys, as the corpus holds them. */
export function corpusTrust(): Trust {
  corpusTrusted ??= {
    root: parseTrustedRoot(corpusText('trust', 'trusted_root.public-good.json')),
    registryKeys: parseRegistryKeys(corpusText('trust', 'npm-keys.tuf.json')),
  }
  return corpusTrusted
}

/** Whether an outcome would let a version through: both pieces of evidence, and nothing that refuses or leaves undecided. */
export function isTrusted(outcome: DocumentOutcome): boolean {
  return (
    outcome.provenance !== null &&
    outcome.publish !== null &&
    outcome.findings.filter(({ level }) => level !== 'warn').length === 0
  )
}

/** The findings as `CODE` or `CODE at ENTRY`, in order. */
export function codesOf(outcome: DocumentOutcome): readonly string[] {
  return outcome.findings.map(({ code, entry }) => (entry === undefined ? code : `${code} at ${entry}`))
}

/** Verifies a document against the corpus' trust. */
export function verify(coordinate: Coordinate, text: string, trust: Trust = corpusTrust(), now = NOW): DocumentOutcome {
  return verifyDocument(coordinate, text, trust, now)
}

/** Whom a sandbox's documents are verified against. */
export function sandboxTrust(sandbox: Sandbox): Trust {
  return {
    root: parseTrustedRoot(sandbox.trustedRoot()),
    registryKeys: parseRegistryKeys(sandbox.registryKeys()),
  }
}

/** Verifies the document that a sandbox serves for a version. */
export function verifyPublished(
  sandbox: Sandbox,
  published: Published,
  trust = sandboxTrust(sandbox),
): DocumentOutcome {
  if (published.attestationsText === null) throw new Error(`${published.name} has no attestations`)
  return verify(coordinateOf(published), published.attestationsText, trust, sandbox.clock.now())
}
