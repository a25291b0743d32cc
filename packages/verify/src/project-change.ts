// SPDX-License-Identifier: Apache-2.0
import type { JsonPath, Location } from '@bonafide/core'
import type { Lockfile } from '@bonafide/lockfile'
import type { Pin, StatedLoosening } from '@bonafide/policy'
import type { InstallerKey } from './installer-change.ts'

/** One thing that a file allows and the base's does not, with its line. */
export interface LoosenedKey {
  readonly what: string
  readonly found: string
  readonly wanted: string
  readonly where: Location
}

/** A file of bonafide that allows more than the base's. */
export interface LoosenedFile {
  readonly file: string
  readonly keys: readonly LoosenedKey[]
}

/** What becomes of files that allow more than those of the base: they are refused, or told while they judge already. */
export type LoosenedLevel = 'refuse' | 'warn'

/** A pin of a package that has none in the base. */
export interface NewPin {
  readonly name: string
  readonly pin: Pin
  /** Whether versions are judged by it. Not where the base knows the package and the change brings other versions of it. */
  readonly isHonoured: boolean
}

/** How a project differs from its base in what judges it. */
export interface ProjectChange {
  readonly ref: string
  readonly commit: string
  readonly level: LoosenedLevel
  /** Whether the base has a file of bonafide at all. */
  readonly isAdopted: boolean
  /** Why the base's lockfile could not be used, so that no version counts as known; null where it could, or there is none. */
  readonly lockfileProblem: string | null
  readonly loosened: readonly LoosenedFile[]
  /** Files that decide what a package manager runs, or where it installs from, and are not those of the base. */
  readonly installers: readonly { readonly file: string; readonly keys: readonly InstallerKey[] }[]
  readonly newPins: readonly NewPin[]
  /** The place of a key of `bonafide.lock`. */
  readonly locatePin: (path: JsonPath) => Location
  /** The base's lockfiles. */
  readonly lockfiles: readonly Lockfile[]
}

/** A key that is looser, with its line. */
export function placed(
  { what, found, wanted, path }: StatedLoosening,
  locate: (path: JsonPath) => Location,
): LoosenedKey {
  return { what, found, wanted, where: locate(path) }
}
