// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises'
import { nameAtVersion } from '@bonafide/core'
import type { PublishFinding, Sha512 } from '@bonafide/core'
import { lookUp } from './look-up.ts'
import type { Shown } from './look-up.ts'
import { patiently, pauseBefore } from './patience.ts'
import type { PublishPatience } from './patience.ts'
import { busy, lostInTransit, neverSent, takenByOtherBytes, turnedAwayFinding } from './send-findings.ts'
import { upload } from './upload.ts'
import type { TurnedAway, UploadAnswer, UploadOrder } from './upload-order.ts'

/** What became of a version that was sent. */
export type Delivery =
  /** The registry took it, by its own word or by what it shows. */
  | { readonly kind: 'taken' }
  /** The registry did not take it, and says why; or it holds other bytes. Nothing of ours is there. */
  | { readonly kind: 'refused'; readonly finding: PublishFinding }
  /** Nothing was sent, or the registry was too busy to look at it. */
  | { readonly kind: 'not-sent'; readonly finding: PublishFinding }
  /** It was sent, perhaps, and nobody can tell whether it arrived. */
  | { readonly kind: 'unconfirmed'; readonly finding: PublishFinding }

/**
 * Sends a version until the registry has it, and never twice: after every attempt that got lost, after a conflict and after every refusal
 * it looks first what the registry shows.
 */
export async function deliver(order: UploadOrder, patience: PublishPatience): Promise<Delivery> {
  let mayBeThere = false
  let last: UploadAnswer | null = null
  for (let tries = 0; tries < patience.sends; tries += 1) {
    if (tries > 0) await sleep(pauseBefore(tries - 1, patience))
    last = await upload(order)
    if (last.kind === 'accepted') return { kind: 'taken' }
    if (last.kind === 'lost' && !last.wasSent) continue
    if (last.kind === 'turned-away' && last.status === 429) {
      const wait = last.retryAfter ?? 0
      if (wait > patience.longestRetryAfter || tries === patience.sends - 1) break
      await sleep(wait)
      continue
    }
    const isOpen = last.kind === 'lost' || isServerTrouble(last)
    mayBeThere ||= isOpen
    // Published twice, or called failed while it is there.
    const isConflict = last.kind === 'turned-away' && speaksOfConflict(last)
    const shown = await whatIsThere(order, isOpen || isConflict || mayBeThere ? patience.lostLook : 0, patience)
    const settled = settle(shown, order)
    if (settled !== null) return settled
    // Two at once, and nobody can look: the other one may have been ours.
    mayBeThere ||= isConflict && shown.kind === 'unknown'
    const isFinal = shown.kind === 'unknown' || !(isOpen || isConflict)
    if (isFinal) break
  }
  return unconfirmedOr(last, order, mayBeThere)
}

// The registry may have taken it before it stumbled.
function isServerTrouble({ status }: TurnedAway): boolean {
  return status >= 500 || status === 408
}

// Which words a registry has for it decides how long one looks, and nothing else.
function speaksOfConflict({ status, message }: TurnedAway): boolean {
  return status === 409 || /previously published|publish over|already exists/iu.test(message ?? '')
}

/** Looks what the registry shows of the version, until it shows it or the time is up. */
export function whatIsThere(
  { registry, prepared: { name, version }, connectionTo, readAs, token }: UploadOrder,
  total: number,
  patience: PublishPatience,
): Promise<Shown> {
  const ask = (): Promise<Shown> => lookUp({ registry, name, version, connectionTo, readAs, token })
  return patiently(ask, ({ kind }) => kind === 'there', total, patience)
}

function settle(shown: Shown, order: UploadOrder): Delivery | null {
  if (shown.kind !== 'there') return null
  if (isOurs(shown.integrity, order)) return { kind: 'taken' }
  return { kind: 'refused', finding: takenByOtherBytes(order, shown.integrity) }
}

function isOurs(integrity: Sha512 | null, { prepared }: UploadOrder): boolean {
  return integrity === prepared.integrity
}

function unconfirmedOr(last: UploadAnswer | null, order: UploadOrder, mayBeThere: boolean): Delivery {
  if (mayBeThere) return { kind: 'unconfirmed', finding: lostInTransit(order, describe(last)) }
  if (last?.kind === 'turned-away') {
    return last.status === 429
      ? { kind: 'not-sent', finding: busy(order, last.retryAfter) }
      : { kind: 'refused', finding: turnedAwayFinding(last, order) }
  }
  return { kind: 'not-sent', finding: neverSent(order, describe(last)) }
}

function describe(answer: UploadAnswer | null): string {
  if (answer === null || answer.kind === 'accepted') return 'nothing'
  if (answer.kind === 'lost') return answer.detail
  return `HTTP ${answer.status}${answer.message === null ? '' : `: ${answer.message}`}`
}

/** The coordinate of an order, for people. */
export function subjectOf({ prepared: { name, version } }: UploadOrder): string {
  return nameAtVersion(name, version)
}
