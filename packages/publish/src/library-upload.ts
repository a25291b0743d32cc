// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agentTo } from '@bonafide/registry'
import { turnedAway } from './upload-order.ts'
import type { UploadAnswer, UploadOrder } from './upload-order.ts'

/**
 * Whether npm's library can send a version. It takes a finished bundle only where that verifies under Sigstore's public root, says nothing
 * of what a registry answers to staging beyond an id, and lets a `tag` in the manifest win over the one that was asked for.
 */
export function libraryCan({ prepared, tag, isStaged, bundle, isPublicSigstore }: UploadOrder): boolean {
  if (isStaged || (bundle !== null && !isPublicSigstore)) return false
  const own = prepared.manifest['tag']
  return own === undefined || own === tag
}

/**
 * Sends a version once by npm's library. Null where the library sends nothing since it does not reach Sigstore's public TUF repository, by
 * which it verifies a bundle once more.
 */
export async function uploadByLibrary(order: UploadOrder): Promise<UploadAnswer | null> {
  const { bundle } = order
  if (bundle === null) return publishOnce(order, {})
  const folder = await mkdtemp(join(tmpdir(), 'bonafide-bundle-'))
  try {
    const provenanceFile = join(folder, 'bundle.sigstore')
    await writeFile(provenanceFile, JSON.stringify(bundle.json), { mode: 0o600 })
    return await publishOnce(order, { provenanceFile })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function publishOnce(
  { prepared, registry, token, tag, access, otp, connectionTo, deadline }: UploadOrder,
  provenance: { readonly provenanceFile?: string },
): Promise<UploadAnswer | null> {
  const { publish } = await import('libnpmpublish')
  const url = new URL(registry)
  const options = {
    ...provenance,
    registry,
    // Package-specific keys, publishConfig, the environment: nothing but this token has a way in.
    forceAuth: { token: token.reveal() },
    defaultTag: tag,
    access,
    ...(otp === null ? {} : { otp: otp.reveal() }),
    npmCommand: 'publish',
    // Published twice: whoever repeats looks first whether the version has arrived.
    retry: { retries: 0 },
    signal: AbortSignal.timeout(Math.ceil(deadline)),
    timeout: Math.ceil(deadline),
    // Connects as npm's configuration has it. A redirect to the other protocol ends here, before the token travels in the clear.
    agent: agentTo(url, connectionTo(url), 4),
  }
  try {
    // The library's types know neither all options nor manifests as JSON.
    await publish({ ...prepared.manifest } as never, prepared.tarball, options as never)
    return { kind: 'accepted', stageId: null }
  } catch (error) {
    return answerOf(error, { token, otp })
  }
}

// Errors by which a connection was never made.
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

function answerOf(error: unknown, sent: Pick<UploadOrder, 'token' | 'otp'>): UploadAnswer | null {
  const { statusCode, headers, body, code } = error as {
    readonly statusCode?: unknown
    readonly headers?: Readonly<Record<string, readonly string[]>>
    readonly body?: unknown
    readonly code?: unknown
  }
  if (typeof statusCode === 'number') return turnedAway(statusCode, (name) => headers?.[name]?.[0], body, sent)
  if (typeof code === 'string' && code.startsWith('TUF_')) return null
  // What cannot be told apart may have been sent.
  const detail = typeof code === 'string' ? code : 'UNKNOWN'
  return { kind: 'lost', detail, wasSent: !(NEVER_SENT.has(detail) || detail.includes('CERT')) }
}
