// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery } from './deliver.ts'
import type { PublishPatience } from './patience.ts'
import { pauseBefore } from './patience.ts'
import { busy, lostInTransit, neverSent, stagedAlready, turnedAwayFinding } from './send-findings.ts'
import { uploadByRequest } from './upload.ts'
import type { UploadOrder } from './upload-order.ts'

/** A version that waits for approval, or what became of it instead. */
export type StageDelivery = { readonly kind: 'staged'; readonly stageId: string } | Exclude<Delivery, { kind: 'taken' }>

/**
 * Stages a version. A job may not look what waits for approval, so an attempt that got lost is not repeated: the next one would be told
 * that something waits, and could not tell what.
 */
export async function deliverStage(order: UploadOrder, patience: PublishPatience): Promise<StageDelivery> {
  let detail = ''
  for (let tries = 0; tries < patience.sends; tries += 1) {
    if (tries > 0) await sleep(pauseBefore(tries - 1, patience))
    const answer = await uploadByRequest(order)
    switch (answer.kind) {
      case 'accepted':
        return answer.stageId === null
          ? { kind: 'unconfirmed', finding: lostInTransit(order, 'an answer without the id of what was staged') }
          : { kind: 'staged', stageId: answer.stageId }
      case 'lost':
        if (answer.wasSent) return { kind: 'unconfirmed', finding: lostInTransit(order, answer.detail) }
        detail = answer.detail
        continue
      case 'turned-away': {
        const { status, message, retryAfter } = answer
        if (status === 409) return { kind: 'refused', finding: stagedAlready(order, message) }
        if (status >= 500 || status === 408)
          return { kind: 'unconfirmed', finding: lostInTransit(order, `HTTP ${status}`) }
        if (status !== 429) return { kind: 'refused', finding: turnedAwayFinding(answer, order) }
        const wait = retryAfter ?? 0
        if (wait > patience.longestRetryAfter || tries === patience.sends - 1)
          return { kind: 'not-sent', finding: busy(order, retryAfter) }
        await sleep(wait)
        continue
      }
      default:
        throw new TypeError(`no such answer: ${JSON.stringify(answer satisfies never)}`)
    }
  }
  return { kind: 'not-sent', finding: neverSent(order, detail) }
}
