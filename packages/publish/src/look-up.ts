// SPDX-License-Identifier: Apache-2.0
import { parseIntegrity } from '@bonafide/core'
import type { Secret, Sha512 } from '@bonafide/core'
import { createRegistryClient } from '@bonafide/registry'
import type { Answer, Authorize, Connection, NpmSettings, Packument } from '@bonafide/registry'

/** Whom to ask, and how patiently. */
export interface LookUp {
  /** With a slash at the end. */
  readonly registry: string
  readonly name: string
  readonly version: string
  readonly connectionTo: (url: URL) => Connection
  /** As whom one reads here: by npm's configuration, as whoever installs. */
  readonly readAs: Authorize
  /** The job's token, for packages that nobody else sees from here. */
  readonly token: Secret | null
}

/** What a registry shows of a version, now. */
export type Shown =
  /** `package`: what it shows of the package's other versions; null where it shows no package of this name. */
  | { readonly kind: 'absent'; readonly package: Packument | null }
  /** `integrity` is null where the registry names no sha512. `isHidden`: only the job's token shows it. */
  | {
      readonly kind: 'there'
      readonly integrity: Sha512 | null
      readonly package: Packument
      readonly isHidden: boolean
    }
  | { readonly kind: 'unknown'; readonly detail: string }

/**
 * Looks what a registry shows of a version: first as whoever installs from here, then, where it shows nothing, with the job's token. Asks
 * anew each time and keeps nothing.
 */
export async function lookUp(asked: LookUp): Promise<Shown> {
  const open = shownOf(await ask(asked, null), asked.version)
  const isHidden = open.kind === 'unknown' || (open.kind === 'absent' && open.package === null)
  if (!isHidden || asked.token === null) return open
  const closed = shownOf(await ask(asked, asked.token), asked.version)
  // A job's token need not be good for reading: then it is what everybody sees that counts.
  if (closed.kind === 'unknown') return open
  return closed.kind === 'there' ? { ...closed, isHidden: true } : closed
}

async function ask({ registry, name, connectionTo, readAs }: LookUp, token: Secret | null): Promise<Answer<Packument>> {
  const { origin } = new URL(registry)
  const settings: NpmSettings = {
    registry,
    // The registry that the version is sent to, whatever else scopes are mapped to.
    scopes: new Map(),
    fromProject: new Set(),
    ignored: [],
    authorize: token === null ? readAs : (url) => (url.origin === origin ? `Bearer ${token.reveal()}` : null),
    connectionTo,
  }
  const client = createRegistryClient(settings, { cacheDir: null, registry, patience: { retries: 1 } })
  return client.fetchPackument(name, 'full', { fresh: true })
}

function shownOf(answer: Answer<Packument>, version: string): Shown {
  switch (answer.kind) {
    case 'found': {
      const found = answer.value.versions.get(version)
      if (found === undefined) return { kind: 'absent', package: answer.value }
      const integrity = parseIntegrity(found.integrity)
      return {
        kind: 'there',
        integrity: integrity.state === 'sha512' ? integrity.sha512 : null,
        package: answer.value,
        isHidden: false,
      }
    }
    case 'absent':
      return { kind: 'absent', package: null }
    case 'needs-login':
      return { kind: 'unknown', detail: `HTTP ${answer.status}` }
    case 'unreachable':
    case 'nonsense':
      return { kind: 'unknown', detail: answer.detail }
    case 'not-cached':
    case 'not-held':
    case 'private':
      return { kind: 'unknown', detail: answer.kind }
    default:
      throw new TypeError(`no such answer: ${JSON.stringify(answer satisfies never)}`)
  }
}
