// SPDX-License-Identifier: Apache-2.0
import { BonafideError, isPackageName } from '@bonafide/core'

/** A tool that somebody wants to run: a package of a registry, and which versions of it will do. */
export interface ToolSpec {
  readonly name: string
  /** A version, a range or a dist-tag. */
  readonly range: string
}

// What a range or a tag is written with; nothing that reads as a URL, a path, an alias or an option.
const RANGE = /^[0-9A-Za-z^~<>=.*|+ -]+$/u

/**
 * Reads what is to be run: `NAME` or `NAME@RANGE`.
 *
 * @throws BonafideError `BONAFIDE_USAGE` for git, URLs, files and aliases: nobody attests to those
 */
export function parseToolSpec(text: string): ToolSpec {
  const at = text.indexOf('@', 1)
  const [name, range] = at === -1 ? [text, 'latest'] : [text.slice(0, at), text.slice(at + 1)]
  if (isPackageName(name) && RANGE.test(range) && !range.startsWith('-')) return { name, range }
  throw new BonafideError('BONAFIDE_USAGE', `not a package of a registry: ${text}`, {
    found: text,
    wanted: 'NAME or NAME@VERSION, such as create-vite@8.1.0',
    hint: 'bonafide exec --help',
  })
}
