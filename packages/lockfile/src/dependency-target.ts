// SPDX-License-Identifier: Apache-2.0
import { parseSpec } from './spec.ts'

/**
 * What a dependency in a package's metadata leads to: a package of a registry by its real name, something from beside the registries
 * (git, a URL, a file), or nothing that a client of npm's registry would install.
 */
export function dependencyTarget(
  name: string,
  spec: string,
): { readonly kind: 'registry'; readonly name: string } | { readonly kind: 'exotic' } | { readonly kind: 'none' } {
  const parsed = parseSpec(spec)
  switch (parsed.type) {
    case 'registry':
      return { kind: 'registry', name }
    case 'alias':
      return { kind: 'registry', name: parsed.name }
    case 'git':
    case 'remote':
    case 'file':
    case 'folder':
      return { kind: 'exotic' }
    case 'unsupported':
    default:
      return { kind: 'none' }
  }
}
