// SPDX-License-Identifier: Apache-2.0
import { isJsonObject } from '@bonafide/core'
import type { Json, Secret } from '@bonafide/core'
import type { UnreachableReason } from './answer.ts'
import { isOutageStatus } from './http-status.ts'
import type { Connection } from './npm-settings.ts'
import { sendRegistryRequest } from './registry-request.ts'
import { escapeName } from './registry-url.ts'

/** Which jobs a registry lets publish a package, as it says itself. */
export interface TrustedPublisher {
  readonly id: string | null
  readonly type: string
  /** `owner/name`, or a GitLab project's path; null where the type knows none. */
  readonly repository: string | null
  /** The file of the workflow or pipeline, without its folder. */
  readonly file: string | null
  /** Null where a job without an environment, or with any, will do. */
  readonly environment: string | null
  readonly mayPublish: boolean
  readonly mayStage: boolean
}

/** What a registry says about whom it trusts with a package. */
export type TrustedPublishers =
  | { readonly kind: 'found'; readonly publishers: readonly TrustedPublisher[]; readonly url: string }
  /** The registry tells owners alone, who are logged in and show a one-time password; 404 where it has no such package, or no such list. */
  | { readonly kind: 'denied'; readonly status: number; readonly url: string }
  | { readonly kind: 'nonsense'; readonly url: string }
  | { readonly kind: 'unreachable'; readonly reason: UnreachableReason; readonly detail: string; readonly url: string }

/** What the list is asked for with. */
export interface TrustRequest {
  readonly registry: string
  readonly name: string
  readonly token: Secret | null
  /** The one-time password of the account, where somebody typed one. */
  readonly otp?: string | undefined
  readonly connectionTo: (url: URL) => Connection
}

const DEADLINE = 15_000

/** Asks a registry which jobs it trusts with a package. Nothing is changed by it. */
export async function fetchTrustedPublishers({
  registry,
  name,
  token,
  otp,
  connectionTo,
}: TrustRequest): Promise<TrustedPublishers> {
  const url = new URL(`-/package/${escapeName(name)}/trust`, registry)
  const headers = otp === undefined ? {} : { 'npm-otp': otp }
  const reply = await sendRegistryRequest({ url, method: 'GET', token, headers, connectionTo, deadline: DEADLINE })
  if (reply.kind === 'unreachable')
    return { kind: 'unreachable', reason: reply.reason, detail: reply.detail, url: reply.url }
  if (isOutageStatus(reply.status))
    return { kind: 'unreachable', reason: 'status', detail: `HTTP ${reply.status}`, url: reply.url }
  if (reply.status !== 200) return { kind: 'denied', status: reply.status, url: reply.url }
  const { json } = reply
  const publishers = Array.isArray(json) ? (json as readonly Json[]).map(publisherOf) : [null]
  if (publishers.some((one) => one === null)) return { kind: 'nonsense', url: reply.url }
  return { kind: 'found', publishers: publishers.filter((one) => one !== null), url: reply.url }
}

function publisherOf(value: Json): TrustedPublisher | null {
  if (!isJsonObject(value) || !isJsonObject(value['claims']) || typeof value['type'] !== 'string') return null
  const { id, type, claims, permissions } = value
  const list = Array.isArray(permissions) ? (permissions as readonly Json[]) : []
  return {
    id: textOf(id),
    type,
    repository: textOf(claims['repository']) ?? textOf(claims['project_path']),
    file: fileOf(claims['workflow_ref']) ?? fileOf(claims['ci_config_ref_uri']),
    environment: textOf(claims['environment']),
    mayPublish: list.includes('createPackage'),
    mayStage: list.includes('createStagedPackage'),
  }
}

function fileOf(value: Json | undefined): string | null {
  return isJsonObject(value) ? textOf(value['file']) : null
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
