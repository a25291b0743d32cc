// SPDX-License-Identifier: Apache-2.0
import { publishFinding } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import { isLoopback } from '@bonafide/registry'

/** A registry by plain http beyond this machine: whoever listens on the way has the identity of the job, and then its token. */
export function insecureRegistry(name: string, registry: string): readonly PublishFinding[] {
  const { protocol, hostname, origin } = new URL(registry)
  if (protocol === 'https:' || isLoopback(hostname)) return []
  return [
    publishFinding('exchange-insecure', {
      subject: name,
      found: `a registry without TLS: ${origin}`,
      wanted: 'a registry by https, before it is told who this job is',
      where: { kind: 'url', url: registry },
      fix: ['set the registry’s https address'],
    }),
  ]
}
