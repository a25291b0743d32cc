// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { parseIntegrity } from '@bonafide/core'
import type { Coordinate, Sha512 } from '@bonafide/core'
import ssri from 'ssri'
import { FORMS, labelled, signProvenance, signPublish } from './attestations.ts'
import type { RegistryKeyRing } from './registry-keys.ts'
import { signVersion } from './registry-keys.ts'
import type { AttestationDocument, Published, Release } from './release.ts'
import type { Sigstore } from './sigstore.ts'
import { SANDBOX_USER, packRelease } from './submission.ts'
import type { Acceptance, Access, Submission } from './submission.ts'

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
  readonly access: Access
  readonly maintainers: readonly { readonly name: string; readonly email: string }[]
  readonly versions: Map<string, StoredVersion>
  /** Every version that ever was, with its time. */
  readonly times: Map<string, Date>
  readonly tags: Map<string, string>
  /** When the last of its versions was taken away. */
  unpublishedAt: Date | null
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

  /** All packages whose names start with a text, such as a scope. */
  startingWith(prefix: string): readonly StoredPackage[] {
    return [...this.#packages.values()].filter(({ name }) => name.startsWith(prefix))
  }

  /** Packs a release, signs its provenance and publishes it. */
  publish(release: Release, now: Date): Published {
    const packed = packRelease(release)
    const { name, version, provenance, bundle = FORMS.provenance, publishedAt = now } = release
    // Before anything is signed: the log never forgets.
    this.assertNew(name, version)
    const coordinate = { name, version, integrity: integrityOf(packed.tarball.bytes) }
    const signed = provenance ? signProvenance(this.#sigstore, coordinate, provenance, bundle, publishedAt) : null
    return this.accept({ ...packed, provenance: signed }, { ...release, publishedAt, maintainer: SANDBOX_USER })
  }

  /** Throws where a version of this number was published before, even one that was taken away since. */
  assertNew(name: string, version: string): void {
    if (this.#packages.get(name)?.times.has(version)) throw new Error(`${name}@${version} was published before`)
  }

  /** Signs a version that came in, attests to it, and keeps it. */
  accept(submission: Submission, acceptance: Acceptance): Published {
    const { name, version, tarball, publisher } = submission
    const { publishedAt } = acceptance
    this.assertNew(name, version)
    const entry = this.#package(submission, acceptance)
    const coordinate = { name, version, integrity: integrityOf(tarball.bytes) }
    const attestations = this.#attest(submission, coordinate, acceptance)
    const published: Published = {
      ...coordinate,
      tarball: tarball.bytes,
      publishedAt,
      attestations,
      attestationsText: attestations === null ? null : JSON.stringify(attestations),
    }
    const provenance = attestations?.attestations.find(({ predicateType }) => predicateType.includes('slsa.dev'))
    const dist = {
      integrity: coordinate.integrity,
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
      ...(acceptance.signature === false ? {} : { signatures: [signVersion(coordinate, this.#keys.at(publishedAt))] }),
    }
    const manifest: Manifest = {
      ...submission.manifest,
      name,
      version,
      _id: `${name}@${version}`,
      dist,
      _npmUser: publisher,
      maintainers: entry.maintainers,
      _hasShrinkwrap: tarball.hasShrinkwrap,
    }
    entry.versions.set(version, { published, manifest })
    entry.times.set(version, publishedAt)
    entry.unpublishedAt = null
    for (const tag of submission.tags) entry.tags.set(tag, version)
    entry.revision += 1
    return published
  }

  /** Takes a version away; that it was there stays in `time`, as the public registry has it. */
  unpublish(name: string, version: string, now: Date): void {
    const entry = this.#existing(name)
    if (!entry.versions.delete(version)) throw new Error(`${name}@${version} is not published`)
    for (const [tag, target] of entry.tags) {
      if (target !== version) continue
      entry.tags.delete(tag)
      const newest = [...entry.versions.keys()].at(-1)
      if (tag === 'latest' && newest !== undefined) entry.tags.set(tag, newest)
    }
    if (entry.versions.size === 0) entry.unpublishedAt = now
    entry.revision += 1
  }

  /** Moves a dist-tag, or takes it away. */
  tag(name: string, tag: string, version: string | null): void {
    const entry = this.#existing(name)
    if (version === null) entry.tags.delete(tag)
    else entry.tags.set(tag, version)
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
    { provenance }: Submission,
    coordinate: Coordinate,
    { publishAttestation, publishBundle = FORMS.publish, publishedAt }: Acceptance,
  ): AttestationDocument | null {
    const accepted =
      (publishAttestation ?? provenance !== null)
        ? labelled(signPublish(this.#sigstore, this.#keys, coordinate, publishBundle, publishedAt))
        : null
    // The registry's own statement comes first.
    const attestations = [accepted, provenance === null ? null : labelled(provenance)].filter((entry) => entry !== null)
    return attestations.length === 0 ? null : { attestations }
  }

  #package({ name, access }: Submission, { maintainer }: Acceptance): StoredPackage {
    const known = this.#packages.get(name)
    if (known !== undefined) return known
    const entry: StoredPackage = {
      name,
      access: access ?? 'public',
      // Field by field: an account that is handed in knows more than may be told.
      maintainers: [{ name: maintainer.name, email: maintainer.email }],
      versions: new Map(),
      times: new Map(),
      tags: new Map(),
      unpublishedAt: null,
      revision: 0,
    }
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

/** The integrity of a tarball, by the library that npm's clients check with: what the sandbox promises is what they compute. */
export function integrityOf(bytes: Buffer): Sha512 {
  const field = parseIntegrity(ssri.fromData(bytes, { algorithms: ['sha512'] }).toString())
  if (field.state !== 'sha512') throw new TypeError('ssri wrote an integrity that bonafide cannot read')
  return field.sha512
}
