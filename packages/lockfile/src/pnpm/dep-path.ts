// SPDX-License-Identifier: Apache-2.0
import { isPackageName } from '@bonafide/core'

/** How a lockfile's format writes the keys of packages: `/name@1.0.0` in version 6, `name@1.0.0` since. */
export type KeyForm = 'slash' | 'plain'

/** A key without what stands in brackets behind it: the peers that a package got, and the digest of its patch. */
export function withoutSuffix(key: string): string {
  let end = key.length
  while (key[end - 1] === ')') {
    let [at, depth] = [end - 1, 0]
    for (; at >= 0; at -= 1) {
      if (key[at] === ')') depth += 1
      else if (key[at] === '(') depth -= 1
      if (depth === 0) break
    }
    if (at <= 0) return key.slice(0, end)
    end = at
  }
  return key.slice(0, end)
}

/**
 * The key of the package that a dependency leads to, as pnpm makes it from the dependency's name and what stands beside it; null for a
 * link, which leads to a folder.
 */
export function keyOfReference(name: string, reference: string, form: KeyForm): string | null {
  if (reference.startsWith('link:')) return null
  if (form === 'slash') {
    if (reference.startsWith('file:')) return reference
    return withoutSuffix(reference).includes('/') ? reference : `/${name}@${reference}`
  }
  if (reference.startsWith('@')) return reference
  const [at, colon, bracket] = ['@', ':', '('].map((mark) => reference.indexOf(mark))
  if (at === undefined || at === -1) return `${name}@${reference}`
  const isBefore = (other = -1): boolean => other === -1 || at < other
  return isBefore(colon) && isBefore(bracket) ? reference : `${name}@${reference}`
}

/** The package's name and what stands for its version, by a key without suffix; null where the key does not tell. */
export function readKey(key: string, form: KeyForm): { readonly name: string; readonly version: string } | null {
  if (form === 'slash' && !key.startsWith('/')) return null
  const text = form === 'slash' ? key.slice(1) : key
  const at = text.indexOf('@', 1)
  const name = text.slice(0, Math.max(at, 0))
  return at !== -1 && isPackageName(name) ? { name, version: text.slice(at + 1) } : null
}
