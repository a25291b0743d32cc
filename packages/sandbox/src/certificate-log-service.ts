// SPDX-License-Identifier: Apache-2.0
import { jsonReply, notFound } from './answer.ts'
import type { Asked, Reply } from './answer.ts'
import type { CertificateAuthority } from './certificate-authority.ts'
import type { CertificateLog } from './certificate-log.ts'
import { wholeSecond } from './clock.ts'
import type { SandboxClock } from './clock.ts'
import { leafHash } from './merkle-tree.ts'

const API = '/ct/v1/'
// As many entries as one answer holds, whatever was asked for.
const AT_MOST = 256

/**
 * Shows the certificate log over HTTP (RFC 6962, section 4): `get-sth`, `get-entries`, `get-proof-by-hash`, `get-roots`. It takes nothing in
 * from outside: what Fulcio issues is in it already. Entries come without the chain, which the log does not keep.
 */
export function createCertificateLogService(
  log: CertificateLog,
  authority: CertificateAuthority,
  clock: SandboxClock,
): (asked: Asked) => Reply {
  return ({ method, path, decodedPath }) => {
    if (method !== 'GET' || !decodedPath.startsWith(API)) return notFound()
    const query = new URL(path, 'http://127.0.0.1/').searchParams
    switch (decodedPath.slice(API.length)) {
      case 'get-sth':
        return head(log, wholeSecond(clock.now()))
      case 'get-entries':
        return entries(log, query)
      case 'get-proof-by-hash':
        return proof(log, query)
      case 'get-roots':
        return jsonReply(200, { certificates: authority.chain.slice(-1).map((der) => base64(der)) })
      default:
        return notFound()
    }
  }
}

function head(log: CertificateLog, time: Date): Reply {
  const { tree } = log
  return jsonReply(200, {
    tree_size: tree.size,
    timestamp: time.getTime(),
    sha256_root_hash: base64(tree.root()),
    tree_head_signature: base64(log.signHead(tree.size, time)),
  })
}

function entries({ leaves }: CertificateLog, query: URLSearchParams): Reply {
  const [start, end] = [numberOf(query.get('start')), numberOf(query.get('end'))]
  if (start === null || end === null || end < start || start >= leaves.length)
    return jsonReply(400, { error_message: 'no such range of entries' })
  const some = leaves.slice(start, Math.min(end + 1, start + AT_MOST))
  return jsonReply(200, { entries: some.map((leaf) => ({ leaf_input: base64(leaf), extra_data: '' })) })
}

function proof({ leaves, tree }: CertificateLog, query: URLSearchParams): Reply {
  const [hash, size] = [query.get('hash'), numberOf(query.get('tree_size'))]
  const index = leaves.findIndex((leaf) => base64(leafHash(leaf)) === hash)
  if (index === -1 || size === null || size > tree.size || index >= size)
    return jsonReply(404, { error_message: 'no such leaf in a tree of that size' })
  return jsonReply(200, { leaf_index: index, audit_path: tree.proof(index, size).map(base64) })
}

function numberOf(text: string | null): number | null {
  return text !== null && /^(?:0|[1-9]\d{0,8})$/u.test(text) ? Number(text) : null
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
