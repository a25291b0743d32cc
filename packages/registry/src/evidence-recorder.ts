// SPDX-License-Identifier: Apache-2.0
import { documentKey } from './document-request.ts'
import type { DocumentId } from './document-request.ts'
import type { HeardDocument } from './evidence-file.ts'

/** Takes note of a document as a registry served it, or of its word that there is none (null). */
export type RecordHeard = (id: DocumentId, text: string | null) => void

/**
 * Keeps what registries said in one run, for an evidence file. What did not answer is not kept: whoever reads the file later hears
 * nothing about it, which is not "there is none".
 */
export interface EvidenceRecorder {
  readonly record: RecordHeard
  /** The registries that said something. */
  registries(): readonly string[]
  documents(): readonly HeardDocument[]
}

/** A recorder that has heard nothing yet. Of two answers to one question the later one stands: it was asked for since the first did not do. */
export function createEvidenceRecorder(): EvidenceRecorder {
  const heard = new Map<string, HeardDocument>()
  return {
    record: (id, text) => void heard.set(documentKey(id), { id, text }),
    registries: () => [...new Set([...heard.values()].map(({ id }) => id.registry))],
    documents: () => [...heard.values()],
  }
}
