// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { parseIntegrity } from '@bonafide/core'
import type { Sha512 } from '@bonafide/core'
import ssri from 'ssri'
import { FORMS, labelled, signProvenance, signPublish } from './attestations.ts'
import type { RegistryKeyRing } from './registry-keys.ts'
import { signVersion } from './registry-keys.ts'
import type { AttestationDocument, Published, Release } from './release.ts'
import type { Sigstore } from './sigstore.ts'
import { packTarball } from './tarball.ts'

/** A version as the registry keeps it. `dist.tarball` and `dist.attestations.url` are paths: the registry knows its address later. */
export interface StoredVersion {
  readonly published: Published
  readonly manifest: Manifest
}

/** A version's metadata. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly dist: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

/** A package as the registry keeps it. */
export interface StoredPackage {
  readonly name: string
  readonly versions: Map<string, StoredVersion>
  /** Every version that ever was, with its time. */
  readonly times: Map<string, Date>
  readonly tags: Map<string, string>
  /** Grows with every change. */
  revision: number
}

/** What a registry holds, and what it does when somebody publishes. */
export class PackageStore {
  readonly #packages = new Map<string, StoredPackage>()
  readonly #sigstore: Sigstore
  readonly #keys: RegistryKeyRing

  constructor(sigstore: Sigstore, keys: RegistryKeyRing) {
    this.#sigstore = sigstore
    this.#keys = keys
  }

  /** The package of a name, or undefined. */
  get(name: string): StoredPackage | undefined {
    return this.#packages.get(name)
  }

  /** Packs, attests, signs and keeps a version. */
  publish(release: Release, now: Date): Published {
    const { name, version, publishedAt = now } = release
    const entry = this.#package(name)
    if (entry.times.has(version)) throw new Error(`${name}@${version} was published before`)
    const packageJson = { name, version, main: 'index.js', license: 'MIT', ...release.manifest }
    const tarball = packTarball(
      new Map([
        ['package.json', `${JSON.stringify(packageJson, null, 2)}\n`],
        ...Object.entries({ 'index.js': `module.exports = ${JSON.stringify(name)}\n`, ...release.files }),
      ]),
    )
    const integrity = integrityOf(tarball.bytes)
    const coordinate = { name, version, integrity }
    const attestations = this.#attest(release, coordinate, publishedAt)
    const published: Published = {
      ...coordinate,
      tarball: tarball.bytes,
      publishedAt,
      attestations,
      attestationsText: attestations === null ? null : JSON.stringify(attestations),
    }
    const provenance = attestations?.attestations.find(({ predicateType }) => predicateType.includes('slsa.dev'))
    const dist = {
      integrity,
      shasum: createHash('sha1').update(tarball.bytes).digest('hex'),
      tarball: tarballPath(name, version),
      fileCount: tarball.fileCount,
      unpackedSize: tarball.unpackedSize,
      ...(attestations === null
        ? {}
        : {
            attestations: {
              url: `-/npm/v1/attestations/${name}@${version}`,
              ...(provenance === undefined ? {} : { provenance: { predicateType: provenance.predicateType } }),
            },
          }),
      ...(release.signature === false ? {} : { signatures: [signVersion(coordinate, this.#keys.at(publishedAt))] }),
    }
    const publisher = release.publisher ?? { name: 'sandbox', email: 'sandbox@sandbox.test' }
    const manifest: Manifest = {
      ...packageJson,
      _id: `${name}@${version}`,
      _nodeVersion: '24.8.0',
      _npmVersion: '11.6.0',
      dist,
      _npmUser: publisher,
      maintainers: [{ name: 'sandbox', email: 'sandbox@sandbox.test' }],
      directories: {},
      _hasShrinkwrap: Object.hasOwn(release.files ?? {}, 'npm-shrinkwrap.json'),
    }
    entry.versions.set(version, { published, manifest })
    entry.times.set(version, publishedAt)
    if (release.tag !== null) entry.tags.set(release.tag ?? 'latest', version)
    entry.revision += 1
    return published
  }

  /** Takes a version away; that it was there stays in `time`, as the public registry has it. */
  unpublish(name: string, version: string): void {
    const entry = this.#existing(name)
    if (!entry.versions.delete(version)) throw new Error(`${name}@${version} is not published`)
    for (const [tag, target] of entry.tags) {
      if (target !== version) continue
      entry.tags.delete(tag)
      const newest = [...entry.versions.keys()].at(-1)
      if (tag === 'latest' && newest !== undefined) entry.tags.set(tag, newest)
    }
    entry.revision += 1
  }

  /** Puts something else in the place of a version: a swapped tarball, a forged document, edited metadata. */
  replace(name: string, version: string, change: (stored: StoredVersion) => StoredVersion): void {
    const entry = this.#existing(name)
    const stored = entry.versions.get(version)
    if (stored === undefined) throw new Error(`${name}@${version} is not published`)
    entry.versions.set(version, change(stored))
    entry.revision += 1
  }

  #attest(
    release: Release,
    coordinate: Published | Parameters<typeof signProvenance>[1],
    at: Date,
  ): AttestationDocument | null {
    const { provenance, bundle = FORMS.provenance, publishBundle = FORMS.publish } = release
    const attested = provenance ? labelled(signProvenance(this.#sigstore, coordinate, provenance, bundle, at)) : null
    const accepted =
      (release.publishAttestation ?? attested !== null)
        ? labelled(signPublish(this.#sigstore, this.#keys, coordinate, publishBundle, at))
        : null
    // The registry's own statement comes first.
    const attestations = [accepted, attested].filter((entry) => entry !== null)
    return attestations.length === 0 ? null : { attestations }
  }

  #package(name: string): StoredPackage {
    const known = this.#packages.get(name)
    if (known !== undefined) return known
    const entry = { name, versions: new Map(), times: new Map(), tags: new Map(), revision: 0 }
    this.#packages.set(name, entry)
    return entry
  }

  #existing(name: string): StoredPackage {
    const entry = this.#packages.get(name)
    if (entry === undefined) throw new Error(`${name} is not published`)
    return entry
  }
}

/** Where the registry keeps a version's tarball, relative to its URL. */
export function tarballPath(name: string, version: string): string {
  return `${name}/-/${name.slice(name.indexOf('/') + 1)}-${version}.tgz`
}

// By the library that npm's clients check with, so that what the sandbox promises is what they compute.
function integrityOf(bytes: Buffer): Sha512 {
  const field = parseIntegrity(ssri.fromData(bytes, { algorithms: ['sha512'] }).toString())
  if (field.state !== 'sha512') throw new TypeError('ssri wrote an integrity that bonafide cannot read')
  return field.sha512
}
