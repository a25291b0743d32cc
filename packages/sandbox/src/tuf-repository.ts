// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { notFound } from './answer.ts'
import type { Asked, Reply } from './answer.ts'
import { olpcJson } from './canonical-json.ts'
import { toPem } from './key-pair.ts'
import type { KeyPair, Seed } from './key-pair.ts'

/** The four roles of TUF that a repository without delegations has. */
export type TufRole = 'root' | 'timestamp' | 'snapshot' | 'targets'

/** When the signatures of each role end. */
export type TufExpiry = Readonly<Partial<Record<TufRole, Date>>>

// Beyond any test's clock, since clients look at their own and not at the sandbox's.
const FAR = new Date('2100-01-01T00:00:00.000Z')

/** A TUF repository with consistent snapshots. Every change makes a new version of all roles, the root's only where that was asked for. */
export class TufRepository {
  readonly #files = new Map<string, Buffer>()
  readonly #keys: Readonly<Record<TufRole, KeyPair>>
  readonly #targets = new Map<string, Buffer>()
  #expires: TufExpiry
  #version = 0
  #rootVersion = 0

  constructor(seed: Seed, targets: ReadonlyMap<string, string>, expires: TufExpiry = {}) {
    const online = seed.keyPair('tuf online')
    this.#keys = {
      root: seed.keyPair('tuf root'),
      targets: seed.keyPair('tuf targets'),
      snapshot: online,
      timestamp: online,
    }
    this.#expires = expires
    this.#signRoot()
    this.change(targets)
  }

  /** The root metadata that a client starts from. */
  get initialRoot(): string {
    return this.#files.get('1.root.json')?.toString() ?? ''
  }

  /** Adds or replaces targets, changes when signatures end, and signs everything anew. */
  change(targets: ReadonlyMap<string, string>, expires: TufExpiry = {}): void {
    this.#expires = { ...this.#expires, ...expires }
    for (const [path, text] of targets) this.#targets.set(path, Buffer.from(text))
    if (expires.root !== undefined) this.#signRoot()
    this.#version += 1
    const files = [...this.#targets].map(([path, bytes]) => {
      this.#files.set(`targets/${hashed(path, bytes)}`, bytes)
      return [path, description(bytes)] as const
    })
    const targetsFile = this.#sign('targets', { targets: Object.fromEntries(files) })
    const snapshotFile = this.#sign('snapshot', { meta: { 'targets.json': this.#meta(targetsFile) } })
    const timestampFile = this.#sign('timestamp', { meta: { 'snapshot.json': this.#meta(snapshotFile) } })
    this.#files.set(`${this.#version}.targets.json`, targetsFile)
    this.#files.set(`${this.#version}.snapshot.json`, snapshotFile)
    this.#files.set('timestamp.json', timestampFile)
  }

  /** Answers as a mirror does: files by their names. */
  answer({ method, decodedPath }: Asked): Reply {
    const body = method === 'GET' ? this.#files.get(decodedPath.slice(1)) : undefined
    return body === undefined ? notFound() : { status: 200, headers: { 'content-type': 'application/json' }, body }
  }

  #signRoot(): void {
    this.#rootVersion += 1
    const ids = Object.entries(this.#keys).map(([role, key]) => [role, keyIdOf(key)] as const)
    const signed = {
      _type: 'root',
      spec_version: '1.0',
      version: this.#rootVersion,
      expires: tufTime(this.#expires.root ?? FAR),
      consistent_snapshot: true,
      keys: Object.fromEntries(Object.values(this.#keys).map((key) => [keyIdOf(key), keyObject(key)])),
      roles: Object.fromEntries(ids.map(([role, id]) => [role, { keyids: [id], threshold: 1 }])),
    }
    this.#files.set(`${this.#rootVersion}.root.json`, envelope(signed, this.#keys.root))
  }

  #sign(role: Exclude<TufRole, 'root'>, content: object): Buffer {
    const expires = tufTime(this.#expires[role] ?? FAR)
    const signed = { _type: role, spec_version: '1.0', version: this.#version, expires, ...content }
    return envelope(signed, this.#keys[role])
  }

  #meta(file: Buffer): object {
    return { version: this.#version, ...description(file) }
  }
}

function envelope(signed: object, key: KeyPair): Buffer {
  const sig = key.sign(Buffer.from(olpcJson(signed))).toString('hex')
  return Buffer.from(`${JSON.stringify({ signatures: [{ keyid: keyIdOf(key), sig }], signed }, null, 1)}\n`)
}

function keyObject(key: KeyPair): object {
  const keyval = { public: `${toPem('PUBLIC KEY', key.publicKey)}\n` }
  return { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval }
}

function keyIdOf(key: KeyPair): string {
  return createHash('sha256')
    .update(olpcJson(keyObject(key)))
    .digest('hex')
}

function description(bytes: Buffer): { readonly length: number; readonly hashes: { readonly sha256: string } } {
  return { length: bytes.length, hashes: { sha256: createHash('sha256').update(bytes).digest('hex') } }
}

// `folder/keys.json` is served as `folder/HASH.keys.json` (TUF, section 6.2).
function hashed(path: string, bytes: Buffer): string {
  const slash = path.lastIndexOf('/') + 1
  return `${path.slice(0, slash)}${description(bytes).hashes.sha256}.${path.slice(slash)}`
}

function tufTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/u, 'Z')
}
