// SPDX-License-Identifier: Apache-2.0
import { isPackageName } from '@bonafide/core'

/** A name and what is asked for by it, or held: `axios@^1.0.0`, `axios@npm:1.0.0`. */
export interface Descriptor {
  readonly name: string
  readonly range: string
  /** As the lockfile spells it. */
  readonly text: string
}

/** Splits `name@range` behind the name. Null: the name is none. */
export function parseDescriptor(text: string): Descriptor | null {
  const at = text.indexOf('@', 1)
  const [name, range] = at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
  return isPackageName(name) ? { name, range, text } : null
}
