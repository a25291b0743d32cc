// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { BonafideError } from '@bonafide/core'
import { createEvidenceRecorder, parseEvidenceFile, renderEvidenceFile } from '@bonafide/registry'
import type { EvidenceFile, EvidenceRecorder, KeptTrust, RegistryClient } from '@bonafide/registry'
import { reasonOf, show } from './text-file.ts'
import { writeFile } from './write-file.ts'

/** A file of evidence, as the user names it. */
export interface EvidenceOptions {
  readonly file: string
  /** What its bytes have to hash to, in hexadecimal; undefined where nobody says. */
  readonly sha256?: string | undefined
}

/** Where answers came from, or went to: enough to hold the file against what the export told. */
export interface EvidenceOrigin {
  readonly file: string
  /** `sha256:` and hexadecimal, of the file's bytes as they lie on disk. */
  readonly digest: string
  readonly exported: Date
}

/**
 * Reads a file of evidence.
 *
 * @throws BonafideError `BONAFIDE_EVIDENCE_UNREADABLE`, `BONAFIDE_EVIDENCE_MISMATCH`, `BONAFIDE_EVIDENCE_MALFORMED`
 */
export async function readEvidence(
  { file, sha256 }: EvidenceOptions,
  cwd: string,
): Promise<{ readonly file: EvidenceFile; readonly origin: EvidenceOrigin }> {
  const path = resolve(cwd, file)
  const shown = show(path, cwd)
  const bytes = await readFile(path).catch((cause: unknown) => {
    const detail = { path: shown, found: reasonOf(cause), wanted: 'a file that can be read', cause }
    throw new BonafideError('BONAFIDE_EVIDENCE_UNREADABLE', 'the file of evidence cannot be read', detail)
  })
  const digest = digestOf(bytes)
  // Another file than the one that whoever was on line looked at; before a byte of it is parsed.
  if (sha256 !== undefined && digest !== `sha256:${sha256}`)
    throw new BonafideError('BONAFIDE_EVIDENCE_MISMATCH', 'the file of evidence has other bytes', {
      path: shown,
      found: digest,
      wanted: `sha256:${sha256}`,
      hint: 'compare with the digest that the export told',
    })
  const parsed = parseEvidenceFile(bytes, shown)
  return { file: parsed, origin: { file: shown, digest, exported: parsed.exported } }
}

/** What a run hears, on its way into a file. */
export interface EvidenceExport {
  readonly record: EvidenceRecorder['record']
  readonly recordTrust: (trust: KeptTrust) => void
  /**
   * Writes what was heard. Each registry that said something is asked once more whether it serves signing keys: without that word nobody
   * can tell later that a version has no attestations.
   *
   * @throws BonafideError `BONAFIDE_WRITE_FAILED`, `BONAFIDE_EVIDENCE_MALFORMED` where it would be too large
   */
  readonly write: (file: string, client: Pick<RegistryClient, 'fetchServesAttestations'>) => Promise<EvidenceOrigin>
}

/** Begins to keep what a run hears. */
export function createEvidenceExport(exported: Date, cwd: string): EvidenceExport {
  const recorder = createEvidenceRecorder()
  let trust: KeptTrust | null = null
  return {
    record: recorder.record,
    recordTrust: (kept) => void (trust = kept),
    async write(file, client) {
      await Promise.all(recorder.registries().map((registry) => client.fetchServesAttestations(registry)))
      const bytes = renderEvidenceFile({ exported, trust, documents: recorder.documents() }, file.endsWith('.gz'))
      const path = resolve(cwd, file)
      await writeFile(path, bytes, cwd)
      return { file: show(path, cwd), digest: digestOf(bytes), exported }
    },
  }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
