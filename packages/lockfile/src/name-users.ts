// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion } from '@bonafide/core'

/** One place in which a package stands, and the names by which it is led somewhere there. */
export interface NamingPlace {
  readonly name: string
  readonly version: string
  readonly uses: readonly string[]
}

/**
 * Tells who is led somewhere by a name, in every place in which he stands: a version may stand in several (the peers that it got, a patch),
 * and a lockfile may leave the name out in one of them.
 */
export function nameUsers(places: Iterable<NamingPlace>): (name: string) => ReadonlySet<string> {
  const standing = new Map<string, number>()
  const using = new Map<string, Map<string, number>>()
  for (const { name, version, uses } of places) {
    const who = nameAtVersion(name, version)
    standing.set(who, (standing.get(who) ?? 0) + 1)
    for (const used of new Set(uses)) {
      const known = using.get(used) ?? new Map<string, number>()
      known.set(who, (known.get(who) ?? 0) + 1)
      using.set(used, known)
    }
  }
  return (name) =>
    new Set([...(using.get(name) ?? [])].flatMap(([who, count]) => (count === standing.get(who) ? [who] : [])))
}
