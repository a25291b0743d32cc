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

/** What a `package.json` of the project asks for by one name. */
export interface Asked {
  /** The folder of that file from the lockfile's, the root as the empty text. */
  readonly folder: string
  readonly name: string
  /** More than one where two lists of the file name it. */
  readonly specs: readonly string[]
}

/** Whether a lockfile holds what is asked for. True too for a folder that is no project of this lockfile. */
export type Holds = (asked: Asked) => boolean

/** A lockfile whose text was read, and which has to be judged yet. */
export interface DraftLockfile {
  /** The project's files that say what the lockfile only repeats, by their path from its folder: the workspaces' `package.json` and so on. */
  readonly wants: readonly string[]
  /** Whether the `package.json` of every workspace is wanted too, which this manager's lockfile does not name. */
  readonly wantsWorkspaces?: true
  read(options: LockfileOptions): Lockfile
  /** Makes what tells whether a lockfile that was read with these options holds what is asked for. */
  holdsOf(lockfile: Lockfile, options: LockfileOptions): Holds
}
