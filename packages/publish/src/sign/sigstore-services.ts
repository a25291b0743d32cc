// SPDX-License-Identifier: Apache-2.0
import type { SigstoreUrls } from '@bonafide/policy'
import { isLoopback } from '@bonafide/registry'
import { DEFAULT_FULCIO_URL, DEFAULT_REKOR_URL } from '@sigstore/sign'

/** Where a provenance is signed. */
export type SigstoreServices = { readonly kind: 'public' } | ({ readonly kind: 'private' } & SigstoreUrls)

/** The services that a policy names. */
export function sigstoreServices(urls: SigstoreUrls | null): SigstoreServices {
  return urls === null ? { kind: 'public' } : { kind: 'private', ...urls }
}

/**
 * The addresses of the services. The public ones are those of Sigstore's own library, as npm uses them: the log with the first interface,
 * whose entries the public registry has always taken.
 *
 * @throws TypeError for an address to which an identity token may not travel
 */
export function addressesOf(services: SigstoreServices): SigstoreUrls {
  if (services.kind === 'public')
    return { fulcio: DEFAULT_FULCIO_URL, rekor: DEFAULT_REKOR_URL, rekorVersion: 1, tsa: null }
  const { fulcio, rekor, rekorVersion, tsa } = services
  // A log of the second interface signs no time, and certificates live for ten minutes: without a timestamp nothing verifies afterwards.
  if (rekorVersion === 2 && tsa === null) throw new TypeError('a log of Rekor v2 needs a timestamp authority beside it')
  return { fulcio: address(fulcio), rekor: address(rekor), rekorVersion, tsa: tsa === null ? null : address(tsa) }
}

// The identity token, and what is signed with it, in the clear.
function address(text: string): string {
  const url = URL.parse(text)
  const isSafe = url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)))
  if (!isSafe || url.username !== '' || url.password !== '')
    throw new TypeError(`${text} is no https URL without a password`)
  return text.replace(/\/+$/u, '')
}
