// SPDX-License-Identifier: Apache-2.0
import npmFetch from 'npm-registry-fetch'

/** The public registry, by npm-registry-fetch's own default; bonafide writes no registry's name anywhere. */
export function publicRegistry(): string {
  return parseRegistryUrl(npmFetch.pickRegistry('public-registry')) ?? ''
}

/**
 * One spelling of a registry's URL: http or https, no credentials, query or fragment, a slash at the end. Null for anything else.
 * Credentials inside the URL are dropped, not used: they would end up in reports and lockfiles.
 */
export function parseRegistryUrl(text: string): string | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null
  url.username = ''
  url.password = ''
  url.search = ''
  url.hash = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url.href
}

/** The URL of a package's metadata. */
export function packumentUrl(registry: string, name: string): string {
  return `${registry}${escapeName(name)}`
}

/** The URL of a version's attestation document. */
export function attestationsUrl(registry: string, name: string, version: string): string {
  return `${registry}-/npm/v1/attestations/${escapeName(name)}@${encodeURIComponent(version)}`
}

/** Where a version waits for approval: staging takes a POST of what publishing takes as a PUT. */
export function stageUrl(registry: string, name: string): string {
  return `${registry}-/stage/package/${escapeName(name)}`
}

/** The URL of a registry's signing keys. */
export function keysUrl(registry: string): string {
  return `${registry}-/npm/v1/keys`
}

/** A scope's slash travels as `%2f`, as npm has it. */
export function escapeName(name: string): string {
  return name.replace('/', '%2f')
}
