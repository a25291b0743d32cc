// SPDX-License-Identifier: Apache-2.0
// The other end of verifier-pool.ts: verifies the documents that it is sent, under the trust material it was started with.
import { parentPort, workerData } from 'node:worker_threads'
import { parseRegistryKeys, parseTrustedRoot, verifyDocument } from '@bonafide/attestation'
import type { Trust } from '@bonafide/attestation'
import type { Reply, Task, TrustTexts } from './verifier-pool.ts'

const { trustedRoot, registryKeys, privateRoots = [] } = workerData as TrustTexts
const trust: Trust = {
  root: parseTrustedRoot(trustedRoot),
  registryKeys: parseRegistryKeys(registryKeys),
  privateRoots: privateRoots.map(({ text, scopes }) => ({ root: parseTrustedRoot(text), scopes })),
}

parentPort?.on('message', ({ id, coordinate, text, now }: Task) => {
  const reply: Reply = { id, outcome: verifyDocument(coordinate, text, trust, now) }
  parentPort?.postMessage(reply)
})
