// SPDX-License-Identifier: Apache-2.0
import type { Terminal } from '../terminal.ts'
import type { OptionName } from '../options.ts'
import type { Words } from '../words.ts'

/** What the program is given by the system, with a terminal. */
export interface CommandInput {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly terminal: Terminal
}

/** What commands are for, in the order of help. */
export const GROUPS = { check: 'Check', decide: 'Decide', install: 'Install', publish: 'Publish' } as const

/** One command: what help says of it, what it takes, and what it does. One file each. */
export interface Command {
  /** One word, or two where the first is a command of its own: `doctor tokens`. */
  readonly name: string
  readonly group: keyof typeof GROUPS
  /** What stands after the name: `[DIR]`. */
  readonly operands: string
  /** One line, for the list of commands. */
  readonly summary: string
  /** A line of help, and a paragraph. */
  readonly title: string
  readonly about: string
  readonly options: readonly OptionName[]
  /** What its exit codes mean, where that is not what those of others do. */
  readonly exits?: readonly string[]
  /** Whether words after `--` are handed on. */
  readonly takesRest?: boolean
  /** Whether an option of npm's of this name is handed on to npm's reader; absent where none is. */
  readonly takesNpmOption?: (name: string) => boolean
  /**
   * Returns the exit code: one of `EXIT`, or that of a program that was run.
   *
   * @throws BonafideError for operands that it does not understand, and for what it cannot do
   */
  run(words: Words, input: CommandInput): Promise<number>
}
