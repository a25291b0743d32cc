// SPDX-License-Identifier: Apache-2.0
import { finding, nameAtVersion } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { isAskedFor, nearestPlace } from '@bonafide/lockfile'
import type { Group, Lockfile, RegistryEntry } from '@bonafide/lockfile'
import { outsideEntry } from '@bonafide/policy'
import { availabilityFinding } from './availability.ts'
import type { GatheredFacts } from './gather-facts.ts'
import { listedBy } from './listed-dependency.ts'
import type { Project } from './project.ts'
import type { Sources } from './sources.ts'

type Version = GatheredFacts & { readonly group: Group }

/** A package under a name that is not its own, where only packages use that name for it. */
interface Aliased {
  readonly name: string
  readonly entry: RegistryEntry
}

/**
 * Looks for packages that would load another one under a name that they use: by the registry's metadata they ask for something else by
 * that name, and the lockfile does not lead them there.
 *
 * A lockfile that leaves out what an honest package asks for, and adds an attacker's package whose own alias stands where the name is then
 * looked for. Takes whole lockfiles only: in a part of one, what is left out is no sign of anything.
 */
export async function checkNames<T extends Version>(
  versions: readonly T[],
  { lockfiles, policy }: Pick<Project, 'lockfiles' | 'policy'>,
  sources: Pick<Sources, 'client'>,
): Promise<readonly T[]> {
  const found = new Map<string, Finding[]>()
  const add = ({ name, version }: Pick<Group, 'name' | 'version'>, findings: readonly Finding[]): void => {
    const key = nameAtVersion(name, version)
    found.set(key, [...(found.get(key) ?? []), ...findings])
  }
  for (const lockfile of lockfiles) {
    const aliased = Map.groupBy(aliasedIn(lockfile), ({ name }) => name)
    if (aliased.size === 0) continue
    const paths = new Map(lockfile.entries.map((entry) => [entry.path, entry]))
    const asked = versions.filter(
      (version) => outsideEntry(policy, version.group.name) === null && mayAskFor(version, aliased),
    )
    for (const version of asked) {
      const answer = await sources.client.fetchPackument(version.group.name, 'abbreviated')
      if (answer.kind !== 'found') {
        const note =
          answer.kind === 'absent' ? [] : [availabilityFinding(answer, `the metadata of ${version.group.name}`)]
        add(version.group, note)
        continue
      }
      const manifest = answer.value.manifest(version.group.version)
      for (const [name, all] of aliased) {
        const listed = listedBy(manifest, name)
        // Yarn's lockfiles do not tell who is given which peer.
        if (listed.installed === 'no' || (listed.installed === 'peer' && lockfile.manager.startsWith('yarn'))) continue
        const reached = new Set(
          version.group.places
            .filter(({ where }) => where.file === lockfile.file)
            .flatMap(({ path }) => reachedFrom(path, version.group, all, paths)),
        )
        for (const entry of reached) {
          if (listed.all.some((spec) => isAskedFor(spec, { as: name, spec: '' }, entry))) continue
          add(entry, [loads(version.group, name, listed.all, entry)])
        }
      }
    }
  }
  if (found.size === 0) return versions
  return versions.map((version) => {
    const findings = found.get(nameAtVersion(version.group.name, version.group.version)) ?? []
    const entryFindings = [...version.facts.entryFindings, ...findings]
    return findings.length === 0 ? version : { ...version, facts: { ...version.facts, entryFindings } }
  })
}

function aliasedIn({ entries }: Lockfile): readonly Aliased[] {
  return entries.flatMap((entry) =>
    entry.kind === 'registry' ? [...namesOf(entry)].map((name): Aliased => ({ name, entry })) : [],
  )
}

function namesOf({ askedBy = [] }: RegistryEntry): ReadonlySet<string> {
  return new Set(askedBy.map(({ as }) => as))
}

// Sure enough to ask for the manifest: what is known of a version here goes by real names, and an alias may stand for any.
function mayAskFor({ facts: { metadata } }: Version, aliased: ReadonlyMap<string, unknown>): boolean {
  if (metadata === null) return false
  const { dependencies, exotic } = metadata
  for (const [name, spec] of dependencies) if (aliased.has(name) || spec.startsWith('npm:')) return true
  return exotic.some((edge) => aliased.has(edge.slice(0, edge.indexOf('@', 1))))
}

/** What a package would load by a name, as far as that is a package of another name that it is not said to ask for. */
function reachedFrom(
  path: string,
  { name, version }: Group,
  aliased: readonly Aliased[],
  paths: ReadonlyMap<string, unknown>,
): readonly RegistryEntry[] {
  const who = nameAtVersion(name, version)
  const others = aliased.filter(
    // 1.5 has said it
    ({ name: as, entry }) =>
      entry.askedBy?.some((one) => one.as === as && nameAtVersion(one.name, one.version) === who) !== true,
  )
  return others.flatMap(({ name: as, entry }) => {
    if (entry.users !== undefined) return entry.users.get(as)?.has(who) === true ? [] : [entry]
    return nearestPlace(path, as, (place) => paths.has(place)) === entry.path ? [entry] : []
  })
}

function loads({ name, version }: Group, as: string, listed: readonly string[], entry: RegistryEntry): Finding {
  const who = nameAtVersion(name, version)
  const isHooked = entry.askedBy?.some((asker) => asker.isHooked) === true
  return finding('lock-entry-undeclared', {
    found: `${nameAtVersion(entry.name, entry.version)} in the place of ${as}, where ${who} would find it`,
    wanted: `${as}: ${listed.join(' or ')}, by the registry's metadata of ${who}`,
    fix: `find out who changed the lockfile, then lock ${who} anew`,
    // A hook of the project may have taken the dependency out: only running it would tell.
    ...(isHooked ? { level: 'undecided' } : {}),
  })
}
