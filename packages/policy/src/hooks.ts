// SPDX-License-Identifier: Apache-2.0
import type { Facts } from './facts.ts'
import { HOOKS } from './install-manifest.ts'

/**
 * What runs when a version is installed, as far as anybody knows: by its metadata, and by its tarball where that was looked at, whose word
 * counts where both speak of one hook. What packages of its bundle run has their folder in the name.
 */
export function hooksOf({ metadata, bytes }: Pick<Facts, 'metadata' | 'bytes'>): ReadonlyMap<string, string> {
  const said = [...(metadata?.hooks ?? [])]
  if (bytes.state !== 'known') return new Map(said)
  // A hook without its command is the abbreviated metadata's word for some hook or other: the tarball knows which.
  return new Map([...said.filter(([, command]) => command !== ''), ...bytes.hooks])
}

/** Of {@link hooksOf} those that a pin can hold: the package's own. */
export function ownHooksOf(facts: Pick<Facts, 'metadata' | 'bytes'>): ReadonlyMap<string, string> {
  return new Map([...hooksOf(facts)].filter(([name]) => isOwnHook(name)))
}

/** Tells a package's own hook from one of its bundle. */
export function isOwnHook(name: string): boolean {
  return HOOKS.some((hook) => hook === name)
}
