// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion, printable } from '@bonafide/core'
import type { Finding } from '@bonafide/core'

/** An answer that is held in memory. */
export interface Reply {
  readonly status: number
  /** The reason phrase, which is all that Yarn shows; the usual one where left out. */
  readonly phrase?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** A JSON answer. */
export function jsonReply(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  }
}

/** An answer that says no. Clients show `error`, `message`, the `npm-notice` header or the reason phrase, each its own, and some of them none. */
export function errorReply(status: number, error: string): Reply {
  const reply = jsonReply(status, { error, message: error })
  if (status === 404) return reply
  // A head carries no more than printable ASCII (RFC 9110, 5.5; RFC 9112, 4).
  const notice = error.replaceAll(/[^\x20-\x7e]/gu, '?').slice(0, 1000)
  return { ...reply, phrase: notice, headers: { ...reply.headers, 'npm-notice': notice } }
}

/** There is nothing of that name, or nobody may know whether there is. */
export function notFound(): Reply {
  return errorReply(404, 'Not found')
}

/** Why a version is refused, or why nobody could tell, in one line for a client to show. */
export function sentence(
  word: 'refused' | 'undecided',
  name: string,
  version: string | null,
  findings: readonly Finding[],
  passes: string | null = null,
): string {
  const what = version === null ? name : nameAtVersion(name, version)
  const level = word === 'refused' ? 'refuse' : 'undecided'
  const told = findings.filter((finding) => finding.level === level)
  const [first] = told
  const reasons = told.map(({ code, found, wanted }) => `${code} (found ${found}; wanted ${wanted})`).join(', ')
  const next = first === undefined || first.fix === '' ? '' : `; next: ${first.fix}`
  const instead = passes === null ? '' : `; instead: ${nameAtVersion(name, passes)}, the newest version that passes`
  return printable(`bonafide: ${word} ${what}: ${reasons}${next}${instead}`)
}
