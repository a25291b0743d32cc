// SPDX-License-Identifier: Apache-2.0
import { AsnUtf8StringConverter } from '@peculiar/asn1-schema'
import type { Job } from './job.ts'

/** Fulcio's arc of object identifiers; the numbers below are what follows it. */
export const FULCIO_ARC = '1.3.6.1.4.1.57264.1'

/** The extensions of a Fulcio certificate by their number under {@link FULCIO_ARC}: .1 to .6 raw, .8 to .24 as DER UTF8String. */
export type FulcioExtensions = ReadonlyMap<number, string>

/** What Fulcio writes into the certificate of a CI job today. */
export function currentExtensions(job: Job): FulcioExtensions {
  const extensions = job.host === 'https://github.com' ? earlyExtensions(job) : new Map([[1, job.issuer]])
  const values: readonly (readonly [number, string | null])[] = [
    [8, job.issuer],
    [9, job.signerUrl],
    [10, job.signerCommit],
    [11, job.runner],
    [12, job.repositoryUrl],
    [13, job.commit],
    [14, job.ref],
    [15, job.repositoryId],
    [16, job.ownerUrl],
    [17, job.ownerId],
    [18, job.workflowUrl],
    [19, job.commit],
    [20, job.trigger],
    [21, job.runUrl],
    [22, job.visibility],
    [23, job.environment],
    [24, job.environment === null ? null : `repo:${job.repository}:environment:${job.environment}`],
  ]
  for (const [number, value] of values) if (value !== null) extensions.set(number, value)
  return extensions
}

/** What Fulcio wrote before spring 2023: no ids, no runner. */
export function earlyExtensions(job: Job): Map<number, string> {
  return new Map([
    [1, job.issuer],
    [2, job.trigger],
    [3, job.commit],
    [4, job.workflowName],
    [5, job.repository],
    [6, job.ref],
  ])
}

/** The value of an extension as it stands in a certificate. */
export function extensionValue(number: number, value: string): ArrayBuffer {
  if (number >= 8) return AsnUtf8StringConverter.toASN(value).toBER()
  return new Uint8Array(Buffer.from(value)).buffer
}
