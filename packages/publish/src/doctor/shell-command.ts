// SPDX-License-Identifier: Apache-2.0

/** One command of a script, as far as its text alone tells: no variable is expanded and nothing is run. */
export interface ShellCommand {
  readonly words: readonly string[]
  /** Variables that are set for this command alone: `NPM_TOKEN=x npm publish`. */
  readonly assignments: ReadonlyMap<string, string>
  readonly line: number
}

// Words that stand before a command and change nothing about which one it is.
const LEADING: ReadonlySet<string> = new Set([
  'if',
  'then',
  'else',
  'elif',
  'do',
  'while',
  'until',
  '!',
  '{',
  '(',
  'exec',
  'time',
  'sudo',
  'env',
  'command',
  'nohup',
])

/**
 * The commands of a script of a POSIX shell, with their lines counted from `line`. It reads what people write into CI files: words,
 * quotes, continued lines, `&&`, `;`, pipes. What a variable or a function hides stays hidden.
 */
export function commandsOf(script: string, line: number): readonly ShellCommand[] {
  const commands: ShellCommand[] = []
  let [words, at, started]: [string[], number, number] = [[], line, line]
  const end = (): void => {
    const command = commandOf(words, started)
    if (command !== null) commands.push(command)
    words = []
  }
  for (const token of tokensOf(script)) {
    if (token.kind === 'word') {
      if (words.length === 0) started = at
      words.push(token.text)
    } else end()
    at += token.lines
  }
  end()
  return commands
}

type Token = { readonly kind: 'word' | 'break'; readonly text: string; readonly lines: number }

// In this order: an expression of a CI system is one piece, quotes hold, a backslash at the end of a line continues it, a comment is none.
const TOKEN =
  /(?<blank>(?:[ \t]|\\\r?\n)+|#[^\n]*)|(?<break>\r?\n|&&|\|\||[;|&()`]|\$\()|(?<word>(?:\$\{\{[^\n]*?\}\}|\$\{[^}\n]*\}|"(?:\\[\s\S]|[^"\\])*"?|'[^']*'?|\\[^\n]|[^\s;|&()`"'\\$]|\$(?!\())+)/gu

function* tokensOf(script: string): Generator<Token> {
  for (const { 0: text, groups = {} } of script.matchAll(TOKEN)) {
    const lines = text.split('\n').length - 1
    if (groups['word'] !== undefined) yield { kind: 'word', text: unquoted(text), lines }
    else if (groups['break'] !== undefined) yield { kind: 'break', text, lines }
    else if (lines > 0) yield* continued(lines)
  }
}

// Lines that a backslash continues count, and end nothing.
function* continued(lines: number): Generator<Token> {
  yield { kind: 'word', text: '', lines }
}

function unquoted(text: string): string {
  return text.replaceAll(
    /"((?:\\[\s\S]|[^"\\])*)"?|'([^']*)'?/gu,
    (_, double?: string, single?: string) => single ?? double ?? '',
  )
}

const ASSIGNMENT = /^([A-Za-z_][\w]*|npm_config_[^=]+)=([\s\S]*)$/u

function commandOf(all: readonly string[], line: number): ShellCommand | null {
  const words = all.filter((word) => word !== '')
  const assignments = new Map<string, string>()
  while (words[0] !== undefined) {
    const [, name, value] = ASSIGNMENT.exec(words[0]) ?? []
    if (name !== undefined) assignments.set(name, value ?? '')
    else if (!LEADING.has(words[0])) break
    words.shift()
  }
  return words.length === 0 && assignments.size === 0 ? null : { words, assignments, line }
}
