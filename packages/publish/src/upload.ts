// SPDX-License-Identifier: Apache-2.0
import { isJsonObject } from '@bonafide/core'
import type { Json } from '@bonafide/core'
import { packumentUrl, sendRegistryRequest, stageUrl } from '@bonafide/registry'
import { libraryCan, uploadByLibrary } from './library-upload.ts'
import { uploadDocument } from './upload-document.ts'
import { turnedAway } from './upload-order.ts'
import type { UploadAnswer, UploadOrder } from './upload-order.ts'

/**
 * Sends a version once: by npm's library where it can, else by a request of our own with the same body. Repeats nothing: whoever calls
 * looks first whether a lost one has arrived.
 */
export async function upload(order: UploadOrder): Promise<UploadAnswer> {
  if (libraryCan(order)) {
    const answer = await uploadByLibrary(order)
    if (answer !== null) return answer
  }
  return uploadByRequest(order)
}

/** Sends a version once, by a request of our own. */
export async function uploadByRequest(order: UploadOrder): Promise<UploadAnswer> {
  const { prepared, registry, isStaged, otp, token, connectionTo, deadline } = order
  const reply = await sendRegistryRequest({
    url: new URL(isStaged ? stageUrl(registry, prepared.name) : packumentUrl(registry, prepared.name)),
    method: isStaged ? 'POST' : 'PUT',
    token,
    body: uploadDocument(prepared, order),
    headers: { 'npm-command': isStaged ? 'stage' : 'publish', ...(otp === null ? {} : { 'npm-otp': otp.reveal() }) },
    connectionTo,
    deadline,
  })
  if (reply.kind === 'unreachable') return { kind: 'lost', detail: reply.detail, wasSent: reply.wasSent }
  const { status, headers, json } = reply
  if (status < 200 || status > 299) return turnedAway(status, (name) => headers.get(name), json, order)
  return { kind: 'accepted', stageId: stageIdIn(json) }
}

function stageIdIn(json: Json | null): string | null {
  if (json === null || !isJsonObject(json)) return null
  const { stageId } = json
  return typeof stageId === 'string' && stageId !== '' ? stageId : null
}
