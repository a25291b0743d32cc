// SPDX-License-Identifier: Apache-2.0

/** A version that pnpm has chosen, with the integrity that its registry gives. */
export interface Version {
  readonly name: string
  readonly version: string
  readonly integrity: string | null
}

/** Gathers versions that come one by one, so that the engine is started once for many. */
export interface Batch {
  /** Settles once the version was judged, with whatever came in about the same time; each version is judged once. */
  add(version: Version): Promise<void>
}

// Long enough for a level of the tree to come together, and not so long that anybody would notice.
const GATHERING = 30

/** Makes a batch. `judge` rejects where one of the versions is not to be installed, and then all of them wait for nothing more. */
export function createBatch(judge: (versions: readonly Version[]) => Promise<void>): Batch {
  const known = new Map<string, Promise<void>>()
  let open: { readonly versions: Version[]; readonly judged: Promise<void> } | null = null
  const begin = (): { readonly versions: Version[]; readonly judged: Promise<void> } => {
    const versions: Version[] = []
    const gathered = new Promise<void>((resolve) => void setTimeout(resolve, GATHERING))
    const judged = gathered.then(() => {
      open = null
      return judge(versions)
    })
    return { versions, judged }
  }
  return {
    add(version) {
      const key = JSON.stringify([version.name, version.version, version.integrity])
      const before = known.get(key)
      if (before !== undefined) return before
      open ??= begin()
      open.versions.push(version)
      known.set(key, open.judged)
      return open.judged
    },
  }
}
