// SPDX-License-Identifier: Apache-2.0

/** The payload type of an in-toto statement. */
export const INTOTO = 'application/vnd.in-toto+json'

/** A DSSE envelope with one signature, as bundles hold it. */
export interface Envelope {
  readonly payload: string
  readonly payloadType: string
  readonly signatures: readonly [{ readonly sig: string; readonly keyid: string }]
}

/** What a DSSE signature covers: payload and type with their lengths (DSSE protocol, pre-authentication encoding). */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `
  return Buffer.concat([Buffer.from(head), payload])
}

/** Signs a statement. */
export function signEnvelope(
  statement: unknown,
  signer: { readonly sign: (data: Uint8Array) => Buffer; readonly keyId: string },
  payloadType: string = INTOTO,
): Envelope {
  const payload = Buffer.from(JSON.stringify(statement))
  return {
    payload: payload.toString('base64'),
    payloadType,
    signatures: [{ sig: signer.sign(preAuthEncoding(payloadType, payload)).toString('base64'), keyid: signer.keyId }],
  }
}
