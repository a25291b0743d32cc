// SPDX-License-Identifier: Apache-2.0
export type { Evidence, LogEntry, ProvenanceEvidence, PublishEvidence, VerifiedAttestation } from './evidence.ts'
export type { Identity } from './identity.ts'
