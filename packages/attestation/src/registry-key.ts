// SPDX-License-Identifier: Apache-2.0
import { createHash, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { BonafideError, isJsonObject, parseJson } from '@bonafide/core'
import type { Json, JsonObject } from '@bonafide/core'

/** What a registry key may sign: version signatures (`dist.signatures`), publish attestations, or both. */
export type RegistryKeyUsage = 'signatures' | 'attestations'

/** One pinned key of a registry. Times are inclusive; a key without an end is valid until it is replaced. */
export interface RegistryKey {
  readonly keyId: string
  readonly usages: ReadonlySet<RegistryKeyUsage>
  readonly key: KeyObject
  readonly start: Date
  readonly end: Date | null
  /** `sha256:` and the digest of the public key's bytes, in hexadecimal. */
  readonly trustDomain: string
}

/** The keys of a registry, with the digest of the document they came from. */
export interface RegistryKeys {
  readonly digest: string
  readonly keys: readonly RegistryKey[]
}

const USAGES: ReadonlyMap<string, RegistryKeyUsage> = new Map([
  ['npm:signatures', 'signatures'],
  ['npm:attestations', 'attestations'],
])

/**
 * Reads the keys of a registry, in the form of the TUF target (`keyId`, `keyUsage`, `publicKey.validFor`) or in that of the
 * registry's own endpoint (`keyid`, `keytype`, `expires`). The endpoint's form tells no usages and no start: such a key may sign
 * both, since the beginning of time.
 *
 * @throws BonafideError `BONAFIDE_REGISTRY_KEYS_MALFORMED` where the document, or any one key of it, is not as expected;
 *   an unknown usage too, since a key must not be used for what it was not made for
 */
export function parseRegistryKeys(text: string, file = 'the registry keys'): RegistryKeys {
  const fail = (found: string, wanted: string, line?: number): never => {
    throw new BonafideError('BONAFIDE_REGISTRY_KEYS_MALFORMED', `the registry keys cannot be used: ${found}`, {
      path: file,
      found,
      wanted,
      hint: 'give the keys.json of the registry, from a TUF repository or from its /-/npm/v1/keys',
      ...(line === undefined ? {} : { line }),
    })
  }
  const document = parseJson(text)
  if ('problem' in document) return fail(`no JSON: ${document.problem}`, 'a JSON object', document.line)
  const list = isJsonObject(document.value) ? document.value['keys'] : undefined
  if (!Array.isArray(list) || list.length === 0) return fail('no keys', 'a list "keys" with at least one key')
  const duplicate = document.duplicates[0]
  if (duplicate !== undefined) return fail(`the key ${duplicate.path.join('.')} twice`, 'each key once', duplicate.line)
  const keys = list.map((item: Json, index) => {
    const parsed = isJsonObject(item) ? parseKey(item) : 'not an object'
    return typeof parsed === 'string'
      ? fail(
          `keys[${index}]: ${parsed}`,
          'a P-256 key with id, usage and validity',
          document.locate(['keys', index]).line,
        )
      : parsed
  })
  return { digest: digestOf(text), keys: mergeUsages(keys) }
}

/** `sha256:` and a digest in hexadecimal, the form of all trust domains. */
export function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** Tells whether a key was valid at a time. */
export function isValidAt(key: RegistryKey, time: Date): boolean {
  return key.start <= time && (key.end === null || time <= key.end)
}

function parseKey(item: JsonObject): RegistryKey | string {
  const tuf = isJsonObject(item['publicKey']) ? item['publicKey'] : null
  const keyId = tuf === null ? item['keyid'] : item['keyId']
  if (typeof keyId !== 'string' || keyId === '') return 'no id'
  const bytes = tuf === null ? item['key'] : tuf['rawBytes']
  if (typeof bytes !== 'string') return 'no key bytes'
  const kind = tuf === null ? item['scheme'] : tuf['keyDetails']
  if (kind !== 'ecdsa-sha2-nistp256' && kind !== 'PKIX_ECDSA_P256_SHA_256') return `scheme ${JSON.stringify(kind)}`
  const usages = new Set<RegistryKeyUsage>()
  if (tuf === null) {
    for (const usage of USAGES.values()) usages.add(usage)
  } else {
    // Usage substitution: a key made for something else must not vouch for packages.
    const usage = typeof item['keyUsage'] === 'string' ? USAGES.get(item['keyUsage']) : undefined
    if (usage === undefined) return `usage ${JSON.stringify(item['keyUsage'])}`
    usages.add(usage)
  }
  const validFor = tuf === null ? null : tuf['validFor']
  if (tuf !== null && !isJsonObject(validFor ?? undefined)) return 'no validity'
  const start =
    tuf === null
      ? new Date(0)
      : parseTime(isJsonObject(validFor ?? undefined) ? (validFor as JsonObject)['start'] : undefined)
  const endField =
    tuf === null ? item['expires'] : isJsonObject(validFor ?? undefined) ? (validFor as JsonObject)['end'] : undefined
  const end = endField === null || endField === undefined ? null : parseTime(endField)
  if (start === undefined) return 'no start of its validity'
  if (end === undefined) return 'an end of its validity that is no time'
  const der = Buffer.from(bytes, 'base64')
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return 'not a P-256 key'
    // Of the key alone, whatever stands behind it in the document.
    const trustDomain = digestOf(key.export({ format: 'der', type: 'spki' }))
    return { keyId, usages, key, start, end, trustDomain }
  } catch {
    return 'key bytes that are no public key'
  }
}

// The TUF form lists a key once for each usage; times may differ, so only entries that agree in everything become one.
function mergeUsages(keys: readonly RegistryKey[]): readonly RegistryKey[] {
  const merged = new Map<string, RegistryKey>()
  for (const key of keys) {
    const id = JSON.stringify([key.keyId, key.trustDomain, key.start, key.end])
    const known = merged.get(id)
    merged.set(id, known === undefined ? key : { ...known, usages: new Set([...known.usages, ...key.usages]) })
  }
  return [...merged.values()]
}

// A time without a zone would be read in that of the machine.
const UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/u

function parseTime(field: Json | undefined): Date | undefined {
  if (typeof field !== 'string' || !UTC.test(field)) return undefined
  const time = new Date(field)
  return Number.isNaN(time.getTime()) ? undefined : time
}
