// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, verify } from 'node:crypto'
import { jsonReply } from './answer.ts'
import type { Asked, Reply } from './answer.ts'
import { wholeSecond } from './clock.ts'
import type { SandboxClock } from './clock.ts'
import { preAuthEncoding } from './envelope.ts'
import type { Envelope } from './envelope.ts'
import { logBody } from './log-body.ts'
import type { LoggedEntry, TransparencyLog } from './transparency-log.ts'

/** What clients propose to Rekor's `/api/v1/log/entries`, in the two kinds that npm's attestations have. */
type Proposal =
  | {
      readonly kind: 'dsse'
      readonly spec: { readonly proposedContent: { readonly envelope: string; readonly verifiers: readonly [string] } }
    }
  | { readonly kind: 'intoto'; readonly spec: { readonly content: { readonly envelope: IntotoEnvelope } } }

interface SentEnvelope {
  readonly payload: string
  readonly payloadType: string
  readonly signatures: readonly [{ readonly sig: string; readonly keyid?: string }]
}

interface IntotoEnvelope {
  readonly payload: string
  readonly payloadType: string
  readonly signatures: readonly [{ readonly sig: string; readonly publicKey: string; readonly keyid?: string }]
}

const ENTRIES = '/api/v1/log/entries'

/** Takes in and gives out log entries over HTTP, as Rekor v1 does. */
export function createRekorService(log: TransparencyLog, clock: SandboxClock): (asked: Asked) => Reply {
  return ({ method, path, decodedPath, body }) => {
    if (method === 'GET' && decodedPath.startsWith(`${ENTRIES}/`))
      return found(log, log.find(decodedPath.slice(ENTRIES.length + 1)))
    if (method === 'GET' && decodedPath === ENTRIES) {
      const index = new URL(path, log.baseUrl).searchParams.get('logIndex')
      return found(log, log.at(Number(index)))
    }
    if (method !== 'POST' || decodedPath !== ENTRIES) return refusal(404, 'path not found')
    const { kind, envelope, verifier, sent } = read(JSON.parse(body.toString()) as Proposal)
    const [{ sig }] = envelope.signatures
    const signed = preAuthEncoding(envelope.payloadType, Buffer.from(envelope.payload, 'base64'))
    // A log of signatures that nobody made.
    if (!verify('sha256', signed, createPublicKey(verifier), Buffer.from(sig, 'base64')))
      return refusal(400, 'error processing entry: could not verify envelope')
    const entryBody = logBody(kind, envelope, verifier, sent)
    const uuid = log.uuidOf(entryBody)
    if (log.find(uuid) !== undefined) {
      const location = `${ENTRIES}/${uuid}`
      const message = `an equivalent entry already exists in the transparency log with UUID ${uuid}`
      return jsonReply(409, { code: 409, message }, { location })
    }
    return jsonReply(201, render(log.append(entryBody, wholeSecond(clock.now()))), { location: `${ENTRIES}/${uuid}` })
  }
}

function read(proposal: Proposal): {
  readonly kind: Proposal['kind']
  readonly envelope: Envelope
  readonly verifier: string
  readonly sent?: string
} {
  switch (proposal.kind) {
    case 'dsse': {
      const { envelope: sent, verifiers } = proposal.spec.proposedContent
      const { payload, payloadType, signatures } = JSON.parse(sent) as SentEnvelope
      const [{ sig, keyid = '' }] = signatures
      const envelope: Envelope = { payload, payloadType, signatures: [{ sig, keyid }] }
      return { kind: 'dsse', envelope, verifier: decode(verifiers[0]), sent }
    }
    case 'intoto': {
      const { payload, payloadType, signatures } = proposal.spec.content.envelope
      const [{ sig, publicKey, keyid = '' }] = signatures
      // Base64 of base64: that is what Rekor expects of this kind.
      const envelope: Envelope = {
        payload: decode(payload),
        payloadType,
        signatures: [{ sig: decode(sig), keyid }],
      }
      return { kind: 'intoto', envelope, verifier: decode(publicKey) }
    }
    default:
      throw new TypeError(`no such kind of entry: ${JSON.stringify(proposal satisfies never)}`)
  }
}

function found(log: TransparencyLog, entry: LoggedEntry | undefined): Reply {
  return entry === undefined ? refusal(404, 'entry not found') : jsonReply(200, render(log.provedNow(entry)))
}

function render(entry: LoggedEntry): object {
  const { proof } = entry
  return {
    [entry.uuid]: {
      body: entry.body.toString('base64'),
      integratedTime: entry.integratedTime.getTime() / 1000,
      logID: entry.logId.toString('hex'),
      logIndex: entry.logIndex,
      verification: {
        inclusionProof: {
          checkpoint: proof.checkpoint,
          hashes: proof.hashes.map((hash) => hash.toString('hex')),
          logIndex: proof.logIndex,
          rootHash: proof.rootHash.toString('hex'),
          treeSize: proof.treeSize,
        },
        signedEntryTimestamp: entry.promise.toString('base64'),
      },
    },
  }
}

function refusal(status: number, message: string): Reply {
  return jsonReply(status, { code: status, message })
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString()
}
