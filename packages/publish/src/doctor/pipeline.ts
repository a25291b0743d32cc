// SPDX-License-Identifier: Apache-2.0
import type { ShellCommand } from './shell-command.ts'

/** The CI systems whose files are read. */
export type CiSystem = 'github' | 'gitlab' | 'circleci'

/** A text with the line on which it stands. */
export interface Sourced {
  readonly line: number
  readonly text: string
}

/** One step of a job: commands, or something foreign that runs in their place. */
export interface PipelineStep {
  /** The file in which it stands; another than the job's where the job takes it from an action of the repository. */
  readonly file: string
  readonly line: number
  readonly condition: string
  /** What another repository, or an image, brings along. */
  readonly uses: Sourced | null
  readonly inputs: ReadonlyMap<string, Sourced>
  readonly env: ReadonlyMap<string, Sourced>
  readonly script: Sourced | null
  readonly commands: readonly ShellCommand[]
}

/** What the job's own token of the CI system may do. */
export type Permissions =
  | { readonly kind: 'unset' }
  | { readonly kind: 'all'; readonly level: string; readonly line: number }
  | { readonly kind: 'listed'; readonly scopes: ReadonlyMap<string, Sourced>; readonly line: number }

/** One job of any CI system, with what its surroundings give it. */
export interface PipelineJob {
  readonly system: CiSystem
  readonly file: string
  readonly line: number
  readonly name: string
  /** The events that can start it, in the CI system's own words, with the filters that stand beside them. */
  readonly triggers: readonly Trigger[]
  /** Conditions of the job and of whatever calls it. */
  readonly conditions: readonly string[]
  readonly permissions: Permissions
  /** Where an identity token is granted to it; null where none is. */
  readonly identity: number | null
  readonly environment: Sourced | null
  /** The labels of the machine; empty where the file does not say. */
  readonly runner: readonly Sourced[]
  /** Variables of the job and of the whole file. */
  readonly env: ReadonlyMap<string, Sourced>
  /** Caches that are restored without a step of their own. */
  readonly caches: readonly Sourced[]
  readonly steps: readonly PipelineStep[]
  /** Jobs whose results it can use. */
  readonly needs: readonly string[]
  /** The file that was started, where that is another one: it is the one that registries know. */
  readonly entry: string
}

/** What starts a file of a CI system. */
export interface Trigger {
  readonly event: string
  readonly line: number
  /** The branches that it is limited to; null where it is not limited. */
  readonly branches: readonly string[] | null
  /** Whether only tags start it. */
  readonly tagsOnly: boolean
}

/** What was read of one file of a CI system. */
export interface Pipeline {
  readonly system: CiSystem
  readonly file: string
  readonly jobs: readonly PipelineJob[]
  readonly unread: readonly Unread[]
}

/** Something that the answer would need and that could not be read. */
export interface Unread {
  readonly file: string
  readonly line: number | null
  /** `broken`: the CI system itself would stumble over it; `elsewhere`: it is kept in another place. */
  readonly kind: 'broken' | 'elsewhere'
  readonly reason: string
}

/** The files of a repository. */
export interface RepositoryFiles {
  /** The text of a file by its path from the top; null where there is none that can be read. */
  readonly read: (path: string) => string | null
  /** The names in a folder; empty where there is no such folder. */
  readonly list: (path: string) => readonly string[]
}
