// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, parseJson } from '@bonafide/core'
import type { JsonObject } from '@bonafide/core'

const GUARD = 'bonafide guard'

/**
 * The text of a `package.json` with the guard in front of a script: whatever else stands in the file stays as it is, spaces and line ends
 * included. Null where the place cannot be told for certain; then a person adds the line.
 */
export function withGuard(text: string, script: 'prepublishOnly' | 'prepack'): string | null {
  const document = parseJson(text)
  if ('problem' in document || document.duplicates.length > 0 || !isJsonObject(document.value)) return null
  const { scripts } = document.value
  const before = isJsonObject(scripts) ? scripts[script] : undefined
  if (before !== undefined && typeof before !== 'string') return null
  const command = before === undefined || before.trim() === '' ? GUARD : `${GUARD} && ${before}`
  const offsetOf = (path: readonly string[]): number => offsetAt(text, document.locate(path))
  const after =
    before === undefined
      ? inserted(text, scripts, script, command, offsetOf)
      : replaced(text, command, offsetOf(['scripts', script]))
  return after !== null && isAsWanted(after, document.value, script, command) ? after : null
}

function offsetAt(text: string, { line, column }: { readonly line: number; readonly column: number }): number {
  const lines = text.split('\n')
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
  return before + column - 1
}

function replaced(text: string, command: string, offset: number): string | null {
  const match = /^("(?:\\.|[^"\\])*"\s*:\s*)"(?:\\.|[^"\\])*"/u.exec(text.slice(offset))
  if (match === null) return null
  const [whole, key = ''] = match
  return `${text.slice(0, offset)}${key}${JSON.stringify(command)}${text.slice(offset + whole.length)}`
}

function inserted(
  text: string,
  scripts: unknown,
  script: string,
  command: string,
  offsetOf: (path: readonly string[]) => number,
): string | null {
  const member = `"${script}": ${JSON.stringify(command)}`
  if (scripts !== undefined) {
    const brace = text.indexOf('{', offsetOf(['scripts']))
    return brace === -1 ? null : afterBrace(text, brace, member)
  }
  // Last, where newcomers to a file stand.
  const [first, last] = [text.indexOf('{'), text.lastIndexOf('}')]
  if (first === -1 || last < first) return null
  const lead = leadOf(text, first)
  const head = text.slice(0, last).trimEnd()
  const isEmpty = head.length === first + 1
  const end = /\r?\n/u.exec(lead)?.[0] ?? null
  const step = lead.split('\n').at(-1) ?? ''
  const inner = end === null ? `{ ${member} }` : `{${end}${step}${step}${member}${end}${step}}`
  const between = isEmpty || lead === '' ? ' ' : lead
  const tail = text.slice(head.length, last)
  return `${head}${isEmpty ? '' : ','}${between}"scripts": ${inner}${tail === '' && between === ' ' ? ' ' : tail}${text.slice(last)}`
}

// What stands between a brace and its first member: the line end and the indentation that members of this object have.
function leadOf(text: string, brace: number): string {
  return /^\s*/u.exec(text.slice(brace + 1))?.[0] ?? ''
}

function afterBrace(text: string, brace: number, member: string): string {
  const lead = leadOf(text, brace)
  const rest = text.slice(brace + 1 + lead.length)
  if (rest.startsWith('}')) return `${text.slice(0, brace + 1)} ${member} ${rest}`
  // Members of one line are parted by a space.
  const between = lead === '' ? ' ' : lead
  return `${text.slice(0, brace + 1)}${lead}${member},${between}${rest}`
}

// An edit of a text is believed only where reading it says what was meant.
function isAsWanted(text: string, before: JsonObject, script: string, command: string): boolean {
  const document = parseJson(text)
  if ('problem' in document || !isJsonObject(document.value)) return false
  const scripts = isJsonObject(before['scripts']) ? before['scripts'] : {}
  const wanted = { ...before, scripts: { ...scripts, [script]: command } }
  return canonical(document.value) === canonical(wanted)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )
}
