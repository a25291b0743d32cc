// SPDX-License-Identifier: Apache-2.0
import type { JsonPath } from '@bonafide/core'
import { renderLifetime } from './publish-policy.ts'
import type { PublishPolicy, SigstoreUrls, StatedPublishPolicy } from './publish-policy.ts'

/** A key of the section `publish` that allows what another policy does not. */
export interface PublishLoosening {
  readonly path: JsonPath
  readonly found: string
  readonly wanted: string
}

/** What `head` lets release and `base` does not. A key that either leaves open is not compared. */
export function publishBeyond(base: StatedPublishPolicy, head: StatedPublishPolicy): readonly PublishLoosening[] {
  return [
    ...lifetimeBeyond(base.maxTokenLifetime, head.maxTokenLifetime),
    // A release from a branch that whoever may push can make; by an event that strangers cause; from another workflow.
    ...listBeyond('refs', base.refs, head.refs),
    ...listBeyond('triggers', base.triggers, head.triggers),
    ...selfHostedBeyond(base.allowSelfHosted, head.allowSelfHosted),
    ...listBeyond('tags', base.tags, head.tags),
    ...workflowsBeyond(base.workflows, head.workflows),
    ...sigstoreBeyond(base.sigstore, head.sigstore),
  ]
}

function lifetimeBeyond(had: number | undefined, has: number | undefined): readonly PublishLoosening[] {
  // Compared so that a number that is none is looser.
  if (had === undefined || has === undefined || has <= had) return []
  return [at('maxTokenLifetime', JSON.stringify(renderLifetime(has)), `${renderLifetime(had)} or less`)]
}

function listBeyond(
  key: keyof PublishPolicy,
  had: readonly string[] | undefined,
  has: readonly string[] | undefined,
): readonly PublishLoosening[] {
  if (had === undefined || has === undefined) return []
  return has.flatMap((one, index) =>
    had.includes(one) || (key === 'refs' && covers(had, one))
      ? []
      : [at([key, index], JSON.stringify(one), had.join(', '))],
  )
}

/** Whether words of a pin allow one; among refs `tags` allows any tag, and so the one that equals the version. */
export function covers(known: readonly string[], text: string): boolean {
  return known.includes(text) || (known.includes('tags') && (text === 'tag' || text.startsWith('refs/tags/')))
}

function selfHostedBeyond(had: boolean | undefined, has: boolean | undefined): readonly PublishLoosening[] {
  return had === false && has === true ? [at('allowSelfHosted', 'true', 'false')] : []
}

function workflowsBeyond(
  had: PublishPolicy['workflows'] | undefined,
  has: PublishPolicy['workflows'] | undefined,
): readonly PublishLoosening[] {
  if (had === undefined || had === null || has === undefined) return []
  if (has === null) return [at('workflows', 'any workflow', had.join(', '))]
  return listBeyond('workflows', had, has)
}

// Another certificate authority gets a token of the release job, with which it has a certificate of the public one made for itself: no
// other service is stricter than the one before.
function sigstoreBeyond(
  had: SigstoreUrls | null | undefined,
  has: SigstoreUrls | null | undefined,
): readonly PublishLoosening[] {
  if (had === undefined || has === undefined) return []
  const [before, after] = [describeSigstore(had), describeSigstore(has)]
  return before === after ? [] : [at('sigstore', after, before)]
}

function describeSigstore(urls: SigstoreUrls | null): string {
  if (urls === null) return 'the public Sigstore'
  const { fulcio, rekor, rekorVersion, tsa } = urls
  return `${fulcio}, ${rekor} (version ${rekorVersion}), ${tsa ?? 'no timestamp authority'}`
}

function at(key: string | JsonPath, found: string, wanted: string): PublishLoosening {
  return { path: ['publish', ...(typeof key === 'string' ? [key] : key)], found, wanted }
}
