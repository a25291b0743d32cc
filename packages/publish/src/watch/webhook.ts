// SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises'
import { sendRegistryRequest } from '@bonafide/registry'
import type { Connection } from '@bonafide/registry'
import type { WatchReport } from './watch-releases.ts'

/** What became of the alarm's message. Its address may be a secret, and is told by its origin alone. */
export type WebhookOutcome =
  | { readonly state: 'delivered'; readonly origin: string }
  | { readonly state: 'failed'; readonly origin: string; readonly detail: string }

/** Where a message goes, and how patiently. */
export interface WebhookOptions {
  readonly url: URL
  readonly connectionTo: (url: URL) => Connection
  /** Milliseconds before the first repetition; each further one waits twice as long. */
  readonly delay?: number
}

const ATTEMPTS = 4
const DEADLINE = 10_000

/** Sends a report as JSON, with its sentence under `text`, where chats look for it. Tries again; a failure is an answer, never thrown. */
export async function sendWebhook(
  report: WatchReport,
  { url, connectionTo, delay = 1000 }: WebhookOptions,
): Promise<WebhookOutcome> {
  const { origin } = url
  const body = { text: sentenceOf(report), ...report }
  let detail = ''
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (attempt > 0) await setTimeout(delay * 2 ** (attempt - 1))
    const reply = await sendRegistryRequest({
      url,
      method: 'POST',
      token: null,
      body,
      connectionTo,
      deadline: DEADLINE,
    })
    if (reply.kind === 'answered' && reply.status >= 200 && reply.status < 300) return { state: 'delivered', origin }
    detail = reply.kind === 'answered' ? `HTTP ${reply.status}` : `${reply.reason} (${reply.detail})`
    // It will say the same next time.
    if (reply.kind === 'answered' && reply.status < 500 && reply.status !== 429) break
  }
  return { state: 'failed', origin, detail }
}

/** The alarm in one line. */
export function sentenceOf({ findings }: WatchReport): string {
  const alarms = findings.filter(({ level }) => level === 'refuse')
  const [first] = alarms
  if (first === undefined) return 'bonafide watch: nothing unknown'
  const rest = alarms.length === 1 ? '' : `, and ${alarms.length - 1} more`
  return `bonafide watch: ${first.subject}: ${first.found} (${first.code})${rest}`
}
