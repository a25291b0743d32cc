// SPDX-License-Identifier: Apache-2.0
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Stub } from './stub-server.ts'

const DAY = 86_400_000

/** A TUF repository of one key for every role, made for a test and served by a stub. */
export interface TestRepository {
  /** The first root metadata: where trust starts. */
  readonly root: string
  /** Makes new timestamp, snapshot and targets metadata; versions count up. */
  publish(targets: Readonly<Record<string, string>>, expiresInDays?: number): void
  /** Signs a second root, as after a change of keys. */
  rotateRoot(): void
}

export function createTestRepository(server: Stub): TestRepository {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex')
  const key = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: raw } }
  const keyid = createHash('sha256').update(canonical(key)).digest('hex')
  const role = { keyids: [keyid], threshold: 1 }
  const serve = (path: string, body: string): void => server.on(path, (_, response) => void response.end(body))
  const rootOf = (version: number): string =>
    signed(privateKey, keyid, {
      _type: 'root',
      version,
      expires: new Date(Date.now() + 3650 * DAY),
      consistent_snapshot: true,
      keys: { [keyid]: key },
      roles: { root: role, timestamp: role, snapshot: role, targets: role },
    })
  let version = 0
  let rootVersion = 1
  return {
    root: rootOf(1),
    rotateRoot() {
      rootVersion += 1
      serve(`/${rootVersion}.root.json`, rootOf(rootVersion))
    },
    publish(targets, expiresInDays = 365) {
      version += 1
      const expires = new Date(Date.now() + expiresInDays * DAY)
      const files: Record<string, object> = {}
      for (const [name, text] of Object.entries(targets)) {
        const sha256 = createHash('sha256').update(text).digest('hex')
        files[name] = { length: Buffer.byteLength(text), hashes: { sha256 } }
        const slash = name.lastIndexOf('/') + 1
        serve(`/targets/${name.slice(0, slash)}${sha256}.${name.slice(slash)}`, text)
      }
      const meta = (name: string): object => ({ meta: { [name]: { version } } })
      const make = (signedPart: object): string => signed(privateKey, keyid, { version, expires, ...signedPart })
      serve(`/${version}.targets.json`, make({ _type: 'targets', targets: files }))
      serve(`/${version}.snapshot.json`, make({ _type: 'snapshot', ...meta('targets.json') }))
      serve('/timestamp.json', make({ _type: 'timestamp', ...meta('snapshot.json') }))
    },
  }
}

function signed(
  key: KeyObject,
  keyid: string,
  part: { readonly expires: Date; readonly [field: string]: unknown },
): string {
  const expires = part.expires.toISOString().replace(/\.\d+Z$/u, 'Z')
  const body = { spec_version: '1.0.0', ...part, expires }
  const sig = sign(null, Buffer.from(canonical(body)), key).toString('hex')
  return JSON.stringify({ signed: body, signatures: [{ keyid, sig }] })
}

/** Canonical JSON as TUF signs it: sorted keys, no white space. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`
}
