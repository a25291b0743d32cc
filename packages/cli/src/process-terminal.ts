// SPDX-License-Identifier: Apache-2.0
import { createInterface } from 'node:readline/promises'
import type { Terminal } from './terminal.ts'

/** The process' own streams. Somebody is there to be asked where both stdin and stderr are a terminal. */
export function processTerminal(env: Readonly<Record<string, string | undefined>>): Terminal {
  const noColor = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== ''
  const { stdin, stdout, stderr } = process
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    color: stdout.isTTY && !noColor && env['TERM'] !== 'dumb',
    live: stderr.isTTY,
    ask: stdin.isTTY && stderr.isTTY ? askOnTerminal : undefined,
  }
}

// On stderr: stdout carries the result alone. The end of the input and an interruption are no answer.
async function askOnTerminal(question: string): Promise<string | null> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true, historySize: 0 })
  const gone = new AbortController()
  lines.once('close', () => {
    gone.abort()
  })
  lines.once('SIGINT', () => {
    gone.abort()
  })
  try {
    return await lines.question(question, { signal: gone.signal })
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') {
      process.stderr.write('\n')
      return null
    }
    throw error
  } finally {
    lines.close()
  }
}
