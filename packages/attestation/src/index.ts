// SPDX-License-Identifier: Apache-2.0
export type {
  Evidence,
  LogEntry,
  ProvenanceEvidence,
  PublishEvidence,
  VerifiedAttestation,
  VerifiedTimestamp,
} from './evidence.ts'
export type { Identity } from './identity.ts'
export { isValidAt, parseRegistryKeys } from './registry-key.ts'
export type { RegistryKey, RegistryKeys, RegistryKeyUsage } from './registry-key.ts'
export { verifyRegistrySignature } from './registry-signature.ts'
export type { RegistrySignature, RegistrySignatureState } from './registry-signature.ts'
export { PREDICATES, statementKind } from './statement.ts'
export type { StatementKind } from './statement.ts'
export { parseTrustedRoot } from './trusted-root.ts'
export type { SigstoreRoot } from './trusted-root.ts'
export { verifyDocument } from './verify-document.ts'
export type { DocumentOutcome, PrivateTrust, Trust } from './verify-document.ts'
