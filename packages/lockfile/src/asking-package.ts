// SPDX-License-Identifier: Apache-2.0

/**
 * A package that, by the lockfile alone, asks for an entry under another name than the entry's own, or for one from beside the registries.
 * Whoever edits a lockfile edits this too: whether the package does is for its registry to say.
 */
export interface AskingPackage {
  readonly name: string
  readonly version: string
  /** The name that it uses. */
  readonly as: string
  /** What it asks for by that name, or where that leads in a lockfile that tells no more. */
  readonly spec: string
  /** Whether it is a version of a registry, which can be asked what that version asks for. */
  readonly isPublished: boolean
  /** Whether code of the project may change what packages ask for. */
  readonly isHooked: boolean
}
