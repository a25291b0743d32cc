// SPDX-License-Identifier: Apache-2.0
import { styleText } from 'node:util'

/**
 * How text reaches people. Rules of speech: stdout carries the result and nothing else, stderr progress and errors; everything that
 * comes from outside is passed through {@link printable} first; colour only where somebody looks, and never as the only sign.
 */
export interface Terminal {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Whether stdout shows colours. */
  readonly color: boolean
  /** Whether stderr is a terminal on which a line can be written over. */
  readonly live: boolean
  /** Asks a person one thing on stderr: the line they typed, or null where they turned away. Absent where nobody is there to be asked. */
  readonly ask?: ((question: string) => Promise<string | null>) | undefined
}

/** A colour with a meaning. */
export type Tone = 'good' | 'bad' | 'doubt' | 'quiet' | 'strong'

const STYLES = { good: 'green', bad: 'red', doubt: 'yellow', quiet: 'dim', strong: 'bold' } as const

/** Colours a text where the terminal shows colours. */
export function paint(terminal: Terminal, tone: Tone, text: string): string {
  return terminal.color ? styleText(STYLES[tone], text, { validateStream: false }) : text
}

// Controls (terminal escapes), line and paragraph separators, half characters, and what is not seen or turns the direction of writing: a
// ref or a package's name must not be able to repaint the verdict above it. And the two words by which CI systems take a line of a log for a
// command, wherever in the line it stands: `::error::`, `##[error]`, `##vso[`, `##teamcity[`.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?<=:):|(?<=#)#/gu

/** Makes foreign text safe to print: what a terminal or a CI system would obey is shown as `\u{…}`. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}
