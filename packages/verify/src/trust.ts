// SPDX-License-Identifier: Apache-2.0
import { parseRegistryKeys, parseTrustedRoot } from '@bonafide/attestation'
import type { PrivateTrust, RegistryKeys, SigstoreRoot } from '@bonafide/attestation'
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import type { TrustAnswer } from '@bonafide/registry'
import type { PrivateRootText } from './private-roots.ts'
import type { Report, TrustReport } from './report.ts'

/** Whom we trust in a run. What is missing is null, and the findings say why: versions that need it are left undecided. */
export interface RunTrust {
  readonly root: SigstoreRoot | null
  readonly registryKeys: RegistryKeys | null
  readonly privateRoots: readonly PrivateTrust[]
  readonly findings: readonly Finding[]
  readonly report: Report['trust']
}

/** The files that the user named, for errors. */
export interface TrustFiles {
  readonly trustedRoot?: string | undefined
  readonly registryKeys?: string | undefined
}

const NONE: TrustReport = { source: 'none', digest: null }

/**
 * Parses what the registry package fetched.
 *
 * @throws BonafideError `BONAFIDE_TRUSTED_ROOT_MALFORMED` or `BONAFIDE_REGISTRY_KEYS_MALFORMED` for a document that cannot be used
 */
export function prepareTrust(
  answer: TrustAnswer,
  files: TrustFiles = {},
  privateTexts: readonly PrivateRootText[] = [],
): RunTrust {
  const privateRoots = privateTexts.map(({ file, text, scopes }) => ({
    root: parseTrustedRoot(text, file),
    scopes,
    file,
  }))
  const own = privateRoots.map(({ root, scopes, file }) => ({ file, digest: root.digest, scopes }))
  if (answer.kind !== 'found') {
    const keys = answer.registryKeys
    const registryKeys = keys === null ? NONE : { source: keys.source, digest: keys.digest }
    return {
      root: null,
      registryKeys: keys === null ? null : parseRegistryKeys(keys.text, files.registryKeys),
      privateRoots,
      findings: [missingRoot(answer)],
      report: { ...NONE, registryKeys, privateRoots: own },
    }
  }
  const { trust } = answer
  const keys = trust.registryKeys
  return {
    root: parseTrustedRoot(trust.trustedRoot, files.trustedRoot),
    registryKeys: keys === null ? null : parseRegistryKeys(keys, files.registryKeys),
    privateRoots,
    findings: keys === null ? [missingKeys(trust.refreshFailure)] : [],
    report: {
      source: trust.source,
      digest: trust.digest,
      registryKeys:
        keys === null ? NONE : { source: trust.registryKeysSource ?? 'none', digest: trust.registryKeysDigest },
      privateRoots: own,
    },
  }
}

const FIX = 'connect to the network once, or give --trusted-root FILE and --registry-keys FILE'

function missingRoot(answer: Exclude<TrustAnswer, { kind: 'found' }>): Finding {
  if (answer.kind === 'unavailable') {
    return finding('trust-root-unavailable', {
      found: `no copy is kept, and Sigstore's trust root could not be fetched: ${answer.reason}`,
      wanted: "Sigstore's trust root",
      fix: FIX,
    })
  }
  const age = answer.ageDays === null ? 'of unknown age' : `${Math.floor(answer.ageDays)} days old`
  return finding('trust-root-stale', {
    found: `a copy ${age}, and a new one could not be fetched: ${answer.reason}`,
    wanted: 'a trust root that was refreshed within 7 days and has not expired',
    fix: FIX,
  })
}

function missingKeys(reason: string | null): Finding {
  return finding('registry-keys-unavailable', {
    found: `no pinned keys of the registry${reason === null ? '' : `: ${reason}`}`,
    wanted: "the registry's keys",
    fix: FIX,
  })
}
