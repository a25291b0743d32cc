// SPDX-License-Identifier: Apache-2.0
import { styleText } from 'node:util'

export { printable } from '@bonafide/core'

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
