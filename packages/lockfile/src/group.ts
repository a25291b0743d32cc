// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion } from '@bonafide/core'
import type { IntegrityField, Location, NonEmpty } from '@bonafide/core'
import type { AskingPackage } from './asking-package.ts'
import type { LocatedFinding, Lockfile, Manager, RegistryEntry } from './entry.ts'
import { MANAGERS } from './manager.ts'
import { located } from './tree.ts'

/** One place where a version stands. */
export interface Placed {
  readonly where: Location
  readonly path: string
  readonly alias: string | null
  readonly integrity: IntegrityField
  readonly resolved: string | null
}

/** One name and version, wherever it stands: what is verified once. */
export interface Group {
  readonly name: string
  readonly version: string
  readonly places: NonEmpty<Placed>
  /** The one integrity that the places agree on. Places that say nothing, or less, do not count here: see {@link Group.unbound}. */
  readonly integrity: IntegrityField
  /** The places that hold another state than {@link Group.integrity}: a client installs there without the check. */
  readonly unbound: readonly Placed[]
  /** True where every place is optional; and so for development. */
  readonly optional: boolean
  readonly dev: boolean
  /** All findings of its places, and `lock-integrity-conflict` where two of them name different bytes. */
  readonly findings: readonly LocatedFinding[]
  /** Packages that are said to use it under another name, and nothing of the project does. */
  readonly askedBy: readonly AskingPackage[]
}

/**
 * Groups the registry entries of lockfiles by real name and version, in the order of their first place.
 * Outside and invalid entries are not coordinates: the caller takes those from the lockfiles.
 */
export function groupEntries(lockfiles: readonly Lockfile[]): Group[] {
  const groups = new Map<string, { manager: Manager; entries: [RegistryEntry, ...RegistryEntry[]] }>()
  for (const { manager, entries } of lockfiles) {
    for (const entry of entries) {
      if (entry.kind !== 'registry') continue
      const key = nameAtVersion(entry.name, entry.version)
      const known = groups.get(key)
      if (known === undefined) groups.set(key, { manager, entries: [entry] })
      else known.entries.push(entry)
    }
  }
  return [...groups.values()].map(({ manager, entries }) => makeGroup(manager, entries))
}

function makeGroup(manager: Manager, entries: readonly [RegistryEntry, ...RegistryEntry[]]): Group {
  const [first, ...rest] = entries
  const { name, version } = first
  const places: NonEmpty<Placed> = [place(first), ...rest.map(place)]
  const findings = entries.flatMap((entry) => entry.findings)
  const integrity = agreed(places)
  if (isConflict(places)) {
    // two tarballs under one name and version: each client, and each folder, may get another
    const all = places.map((one) => `${textOf(one.integrity)} (line ${one.where.line})`)
    findings.push(
      located('lock-integrity-conflict', name, first.where, {
        found: [...new Set(all)].join(', '),
        wanted: `one integrity for ${nameAtVersion(name, version)}`,
        fix: `find out who changed the lockfile, then let ${MANAGERS[manager].name} write it anew`,
      }),
    )
  }
  return {
    name,
    version,
    places,
    integrity,
    unbound: places.filter((one) => textOf(one.integrity) !== textOf(integrity)),
    optional: entries.every((entry) => entry.optional),
    dev: entries.every((entry) => entry.dev),
    findings,
    askedBy: entries.flatMap((entry) => entry.askedBy ?? []),
  }
}

function place({ where, path, alias, integrity, resolved }: RegistryEntry): Placed {
  return { where, path, alias, integrity, resolved }
}

function isConflict(places: NonEmpty<Placed>): boolean {
  return (['sha512', 'weak', 'own-archive'] as const).some(
    (state) =>
      new Set(places.filter((one) => one.integrity.state === state).map((one) => textOf(one.integrity))).size > 1,
  )
}

/** The strongest state that the places share; `several` as soon as two places of one strength differ. */
function agreed(places: NonEmpty<Placed>): IntegrityField {
  for (const state of ['several', 'malformed', 'sha512', 'weak', 'own-archive', 'missing'] as const) {
    const fields = places.map((one) => one.integrity).filter((field) => field.state === state)
    const texts = new Set(fields.map(textOf))
    if (texts.size > 1) return { state: 'several', found: [...texts].join(' ') }
    if (fields[0] !== undefined) return fields[0]
  }
  return { state: 'missing' }
}

function textOf(field: IntegrityField): string {
  switch (field.state) {
    case 'sha512':
      return field.sha512
    case 'missing':
      return ''
    case 'weak':
    case 'several':
    case 'malformed':
    case 'own-archive':
      return field.found
    default:
      return field satisfies never
  }
}
