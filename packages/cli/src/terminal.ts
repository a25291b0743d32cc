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

// C0 and C1 controls (terminal escapes), line and paragraph separators, and the characters that turn the direction of writing:
// a ref or a package's name must not be able to repaint the verdict above it.
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu

/** Makes foreign text safe to print: what a terminal would obey is shown as `\u{…}`. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}
