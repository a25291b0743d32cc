// SPDX-License-Identifier: Apache-2.0
import type { Finding, IntegrityField, Location, NonEmpty } from '@bonafide/core'
import type { AskingPackage } from './asking-package.ts'

/** A finding of the lockfile itself, with the package it is about (null: the file as a whole) and its line. */
export interface LocatedFinding extends Finding {
  readonly package: string | null
  readonly where: Location
}

interface EntryBase {
  /** The package's real name: what its registry calls it, not what the tree calls it. */
  readonly name: string
  /** The name under which the tree holds it, where that is another one (`"foo": "npm:is-odd@3.0.1"`). */
  readonly alias: string | null
  /** Its place in the tree, such as `node_modules/a/node_modules/b`. */
  readonly path: string
  /** The line of the entry's key. */
  readonly where: Location
  readonly findings: readonly LocatedFinding[]
  /** Packages that are said to use it under another name, or from beside the registries; left out where there are none, and where the project does. */
  readonly askedBy?: readonly AskingPackage[]
  /**
   * By each name that only packages use for it: the packages (`name@version`) that are led somewhere by that name wherever they stand. Left out
   * where each place says so, as in a tree of folders.
   */
  readonly users?: ReadonlyMap<string, ReadonlySet<string>>
}

/**
 * A version that a client would fetch from a registry. Name and version are well-formed; whether the entry may be trusted is what
 * its findings and, after them, the verifier say.
 */
export interface RegistryEntry extends EntryBase {
  readonly kind: 'registry'
  readonly version: string
  readonly integrity: IntegrityField
  /** The tarball's URL; null where the lockfile leaves it out, which is a user's setting and no fault. */
  readonly resolved: string | null
  readonly optional: boolean
  readonly dev: boolean
}

/** The package whose tarball is said to carry a bundled one. */
export interface BundleHost {
  readonly path: string
  readonly name: string
  readonly version: string | null
}

/**
 * Something that does not come from a registry of its own accord, and that somebody declared as such.
 *
 * `bundled` is what the lockfile claims, no more: if the host's tarball turns out not to carry the package, npm fetches the name and
 * version from the registry. So whoever verifies has to hold the claim against the host's own manifest or tarball. `patch` is a package
 * of this lockfile with changes by files of the project (or of the package manager), which nobody verifies.
 */
export interface OutsideEntry extends EntryBase {
  readonly kind: 'git' | 'remote' | 'file' | 'link' | 'workspace' | 'bundled' | 'patch'
  readonly version: string | null
  readonly resolved: string | null
  /** `project`: the project, a workspace or a local folder asks for it. `package`: only packages do. */
  readonly requestedBy: 'project' | 'package'
  /** What the packages that ask for it write, as `name@spec`; empty where the project asks. */
  readonly edges: readonly string[]
  /** For `bundled` the package that carries it, else null. */
  readonly host: BundleHost | null
}

/** An entry that names no coordinate: its name, version or shape is wrong, or it stands for something that nobody declared. Always refused. */
export interface InvalidEntry extends EntryBase {
  readonly kind: 'invalid'
  readonly version: string | null
  readonly findings: NonEmpty<LocatedFinding>
}

/** One entry of a lockfile: exactly one for each place in the tree that holds a package. */
export type LockEntry = RegistryEntry | OutsideEntry | InvalidEntry

/** A package manager whose lockfiles are read. */
export type Manager = 'npm' | 'pnpm' | 'yarn-classic' | 'yarn' | 'bun'

/** A lockfile as read. */
export interface Lockfile {
  /** The file as the user named it. */
  readonly file: string
  readonly manager: Manager
  /** The version of its format, as the file writes it: `3`, `9.0`. */
  readonly format: string
  readonly project: { readonly name: string | null; readonly version: string | null }
  readonly entries: readonly LockEntry[]
  /** What is wrong with the file beyond its entries, each of which has findings of its own. */
  readonly findings: readonly LocatedFinding[]
}
