// SPDX-License-Identifier: Apache-2.0

/** One sha512 in the canonical form of Subresource Integrity: `sha512-` and 88 characters of base64. Only this file makes them. */
export type Sha512 = string & { readonly __brand: 'Sha512' }

/**
 * What an `integrity` field holds, as found. Only `sha512` binds bytes; every other state says what stands there instead.
 * Several hashes in one field are a state of their own: a client may pick any of them. `own-archive` is a checksum of an archive that the
 * package manager makes itself (Yarn's zip): it binds nothing that anybody attests to.
 */
export type IntegrityField =
  | { readonly state: 'sha512'; readonly sha512: Sha512 }
  | { readonly state: 'missing' }
  | { readonly state: 'weak' | 'several' | 'malformed' | 'own-archive'; readonly found: string }

// 64 bytes end in a character of which four bits are unused. Those have to be zero, or one digest would have sixteen spellings.
const CANONICAL = /^sha512-[A-Za-z0-9+/]{85}[AQgw]==$/u
// The weaker algorithms that lockfiles carry, with the length of their base64: a hash cut short is malformed, not weak.
const WEAKER =
  /^(?:md5-[A-Za-z0-9+/]{22}==|sha1-[A-Za-z0-9+/]{27}=|sha256-[A-Za-z0-9+/]{43}=|sha384-[A-Za-z0-9+/]{64})$/u

/**
 * Reads an `integrity` field (Subresource Integrity, section 3.5).
 *
 * Accepts one spelling of one sha512 and nothing else: no options, no white space, no second hash. Never throws.
 */
export function parseIntegrity(field: unknown): IntegrityField {
  if (field === undefined || field === null || field === '') return { state: 'missing' }
  if (typeof field !== 'string') return { state: 'malformed', found: `a value of type ${typeof field}` }
  if (CANONICAL.test(field)) return { state: 'sha512', sha512: field as Sha512 }
  if (/\S\s+\S/u.test(field)) return { state: 'several', found: field }
  return { state: WEAKER.test(field) ? 'weak' : 'malformed', found: field }
}

/** The integrity of a digest that somebody already computed. Throws a `RangeError` on anything but 64 bytes. */
export function toSha512(digest: Uint8Array): Sha512 {
  if (digest.length !== 64) throw new RangeError(`a sha512 has 64 bytes, not ${digest.length}`)
  return `sha512-${Buffer.from(digest).toString('base64')}` as Sha512
}

/** The digest in lower-case hexadecimal, as in-toto statements write it. */
export function sha512Hex(integrity: Sha512): string {
  return Buffer.from(integrity.slice(7), 'base64').toString('hex')
}
