// SPDX-License-Identifier: Apache-2.0
import { finding, isJsonObject, parseJson } from '@bonafide/core'
import type { Finding, Json } from '@bonafide/core'

/** One entry of an attestation document, as served: an unsigned label and a bundle that nobody has looked at yet. */
export interface DocumentEntry {
  /** Where it stood, such as `attestations[1]`. */
  readonly entry: string
  readonly label: string
  readonly bundle: Json
}

// A document of the public registry has two entries; a hostile one must not cost hours.
const MAX_ENTRIES = 16

/**
 * Reads the document that a registry serves at `/-/npm/v1/attestations/NAME@VERSION`: `{"attestations": [{predicateType, bundle}]}`.
 * Other fields are ignored, since nothing signs them.
 */
export function parseDocument(text: string): readonly DocumentEntry[] | Finding {
  const document = parseJson(text)
  if ('problem' in document) return malformed(`no JSON: ${document.problem} at line ${document.line}`)
  // Parsers differ on which of two equal keys they read.
  const duplicate = document.duplicates[0]
  if (duplicate !== undefined) return malformed(`the key ${duplicate.path.join('.')} twice`)
  const list = isJsonObject(document.value) ? document.value['attestations'] : undefined
  if (!Array.isArray(list)) return malformed('no list "attestations"')
  // An empty list counted as verified: pacote.
  if (list.length === 0) {
    return finding('document-empty', {
      found: 'an attestation document without attestations',
      wanted: 'at least provenance and a publish attestation',
      fix: 'ask the registry again, or another one with --evidence-registry',
    })
  }
  if (list.length > MAX_ENTRIES) return malformed(`${list.length} attestations`)
  const entries: DocumentEntry[] = []
  for (const [index, item] of list.entries()) {
    if (!isJsonObject(item) || typeof item['predicateType'] !== 'string' || !isJsonObject(item['bundle'])) {
      return malformed(`attestations[${index}] without predicateType or bundle`)
    }
    entries.push({ entry: `attestations[${index}]`, label: item['predicateType'], bundle: item['bundle'] })
  }
  return entries
}

function malformed(found: string): Finding {
  return finding('document-malformed', {
    found,
    wanted: 'an object with a list "attestations" of {predicateType, bundle}',
    fix: 'ask the registry again, or another one with --evidence-registry',
  })
}
