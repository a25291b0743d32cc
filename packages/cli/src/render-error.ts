// SPDX-License-Identifier: Apache-2.0
import type { BonafideError } from '@bonafide/core'
import { paint, printable } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** An error as people read it: what, where, found and wanted, and the next step. */
export function renderError(error: BonafideError, terminal: Terminal): string {
  const { path, line, column, found, wanted, url, hint } = error.detail
  const place = [path, line, column].filter((part) => part !== undefined).join(':')
  const lines = [`${paint(terminal, 'bad', 'error')}: ${printable(error.message)}`]
  if (place !== '') lines.push(`  where   ${printable(place)}`)
  if (url !== undefined) lines.push(`  url     ${printable(url)}`)
  if (found !== undefined) lines.push(`  found   ${printable(found)}`)
  if (wanted !== undefined) lines.push(`  wanted  ${printable(wanted)}`)
  if (hint !== undefined) lines.push(`  next    ${printable(hint)}`)
  return `${lines.map((text, index) => (index === 0 ? `bonafide: ${text}` : text)).join('\n')}\n`
}
