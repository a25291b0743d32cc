// SPDX-License-Identifier: Apache-2.0
import type { Lockfile } from './entry.ts'

/** What else may be known of the project. */
export interface LockfileOptions {
  /**
   * The text of the project's `package.json`. It outranks the lockfile's copy of what the project asks for, and for npm is the only source
   * of `overrides` and, for version 1 and hidden lockfiles, of everything that the project itself declares. Give it wherever there is one.
   */
  readonly manifest?: string
  /**
   * The texts of the project's further files by their path from the lockfile's folder, as far as they are there: those that
   * {@link DraftLockfile.wants} names. Each outranks the lockfile's copy of what it says.
   */
  readonly files?: ReadonlyMap<string, string>
}

/** A lockfile whose text was read, and which has to be judged yet. */
export interface DraftLockfile {
  /** The project's files that say what the lockfile only repeats, by their path from its folder: the workspaces' `package.json` and so on. */
  readonly wants: readonly string[]
  /** Whether the `package.json` of every workspace is wanted too, which this manager's lockfile does not name. */
  readonly wantsWorkspaces?: true
  read(options: LockfileOptions): Lockfile
}
