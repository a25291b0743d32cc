// SPDX-License-Identifier: Apache-2.0
import { finding, nameAtVersion } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { isAskedFor } from '@bonafide/lockfile'
import type { AskingPackage, LockEntry } from '@bonafide/lockfile'
import { availabilityFinding } from './availability.ts'
import { listedBy } from './listed-dependency.ts'
import type { Past } from './past.ts'
import type { Sources } from './sources.ts'

/** An entry that packages are said to ask for, by another name or from beside the registries. */
export type AskedEntry = Pick<LockEntry, 'kind' | 'name' | 'version'> & { readonly askedBy?: readonly AskingPackage[] }

/**
 * Holds what a lockfile says that packages ask for against what the registry says that those versions ask for, where it decides whose
 * code stands under a name.
 *
 * A pull request that edits a package's dependencies within the lockfile: `brush` never asked for `npm:evil@1.0.0` as `paint`, and no
 * client compares.
 */
export async function checkAskers(
  entry: AskedEntry,
  { isOutside }: Pick<Past, 'isOutside'>,
  { client }: Pick<Sources, 'client'>,
): Promise<readonly Finding[]> {
  // A package that the policy leaves out is asked about of nobody: its name may be private.
  const askers = (entry.askedBy ?? []).filter(({ name, isPublished }) => isPublished && !isOutside(name))
  if (askers.length === 0) return []
  const names = [...new Set(askers.map(({ name }) => name))]
  const answers = new Map(
    await Promise.all(names.map(async (name) => [name, await client.fetchPackument(name, 'abbreviated')] as const)),
  )
  const claims = askers.map((asker) => {
    const answer = answers.get(asker.name)
    const manifest = answer?.kind === 'found' ? answer.value.manifest(asker.version) : undefined
    const listed = listedBy(manifest, asker.as)
    return { asker, answer, listed, isConfirmed: listed.all.some((spec) => isAskedFor(spec, asker, entry)) }
  })
  // A peer takes what another package provides, under the name that this one means.
  const provided = new Set(claims.flatMap(({ asker, isConfirmed }) => (isConfirmed ? [asker.as] : [])))
  return claims.flatMap(({ asker, answer, listed, isConfirmed }): readonly Finding[] => {
    if (isConfirmed || (listed.isPeer && provided.has(asker.as))) return []
    if (answer !== undefined && answer.kind !== 'found' && answer.kind !== 'absent')
      return [availabilityFinding(answer, `the metadata of ${asker.name}`)]
    return [undeclared(entry, asker, listed.all)]
  })
}

function undeclared({ name, version }: AskedEntry, asker: AskingPackage, listed: readonly string[]): Finding {
  const who = nameAtVersion(asker.name, asker.version)
  const what = version === null ? name : nameAtVersion(name, version)
  const place = name === asker.as ? what : `${what} in the place of ${asker.as}`
  return finding('lock-entry-undeclared', {
    found: `${place}, said to be asked for by ${who}`,
    wanted:
      listed.length === 0
        ? `no dependency on ${asker.as}, by the registry's metadata of ${who}`
        : `${asker.as}: ${listed.join(' or ')}, by the registry's metadata of ${who}`,
    fix: asker.isHooked
      ? 'write it into "overrides" if a hook of the project wants it so; else find out who changed the lockfile'
      : 'find out who changed the lockfile, then lock this version anew',
    // A hook of the project may have asked for it: only running it would tell.
    ...(asker.isHooked ? { level: 'undecided' } : {}),
  })
}
