// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import type { Answer } from '@bonafide/registry'

/** The finding for an answer that kept us from deciding; `what` is what was asked for. */
export function availabilityFinding(
  answer: Exclude<Answer<unknown>, { kind: 'found' | 'absent' }>,
  what: string,
): Finding {
  switch (answer.kind) {
    case 'needs-login':
      return finding('registry-needs-login', {
        found: `HTTP ${answer.status} for ${what} at ${answer.url}`,
        wanted: what,
        fix: 'npm login, or leave the scope out in bonafide.json ("outside")',
      })
    case 'unreachable':
      return finding('registry-unreachable', {
        found: `${answer.reason} (${answer.detail}) for ${what} at ${answer.url}`,
        wanted: what,
        fix: 'try again when the registry answers',
      })
    case 'nonsense':
      return finding('registry-nonsense', {
        found: `${answer.reason} (${answer.detail}) for ${what} at ${answer.url}`,
        wanted: `${what}, whole and in JSON`,
        fix: 'try again; if it stays, ask another registry with --evidence-registry',
      })
    case 'not-cached':
      return finding('offline-not-cached', {
        found: `no copy of ${what} in the cache`,
        wanted: what,
        fix: 'run bonafide verify once without --offline',
      })
    case 'not-held':
      return answer.isStale
        ? finding('evidence-stale', {
            found: `a file of evidence that was exported at ${answer.exported.toISOString()}`,
            wanted: `${what}, in a file that was exported within the last 7 days by our clock`,
            fix: 'write it anew with bonafide verify --export-evidence FILE, or set the clock right',
          })
        : finding('evidence-not-held', {
            found: `no answer of ${answer.url} about ${what} in the file of evidence`,
            wanted: what,
            fix: 'write it anew with bonafide verify --export-evidence FILE, with the same lockfile, options and .npmrc',
          })
    case 'private':
      return finding('registry-unreachable', {
        found: `no registry may be asked for ${what}`,
        wanted: 'a registry for this scope',
        fix: 'map the scope to its registry in .npmrc, or leave it out in bonafide.json ("outside")',
      })
    default:
      return unreachableAnswer(answer)
  }
}

function unreachableAnswer(answer: never): never {
  throw new TypeError(`an answer of an unknown kind: ${JSON.stringify(answer)}`)
}
