// SPDX-License-Identifier: Apache-2.0
import { statSync } from 'node:fs'
import { BonafideError, nameAtVersion, parseIntegrity } from '@bonafide/core'
import type { Sha512 } from '@bonafide/core'
import { canonicalTarballUrl } from '@bonafide/registry'
import type { BoundTarball } from '@bonafide/registry'
import type { BoundVersion } from '@bonafide/verify'
import type { TreeNode } from './arborist.ts'
import type { LockedPlaces, Plan } from './plan.ts'

/** Bytes that a verdict is about, by `NAME@VERSION`. */
export type Approved = ReadonlyMap<string, Sha512>

/** The bytes that a verdict allows. */
export function approvedOf(bound: readonly BoundVersion[]): Approved {
  return new Map(
    bound.flatMap(({ name, version, integrity }) =>
      integrity === null ? [] : [[nameAtVersion(name, version), integrity] as const],
    ),
  )
}

/**
 * Binds every place that will be unpacked to the bytes that its version was judged by, and returns the tarballs that takes.
 *
 * An integrity that is missing, or belongs to another version that was judged: npm would unpack whatever comes, or the other's bytes.
 *
 * @throws BonafideError `BONAFIDE_NOT_INSTALLABLE` for what is not from a registry, and where nothing binds the bytes
 */
export function bindTarballs(
  { unpacked }: Plan,
  places: LockedPlaces,
  approved: Approved,
  registryOf: (name: string) => string | null,
): readonly BoundTarball[] {
  const wanted = new Map<Sha512, BoundTarball>()
  for (const node of unpacked) {
    const entry = places.get(node.location)
    if (entry?.kind === 'file') {
      assertLocal(node)
      continue
    }
    if (entry === undefined || entry.kind !== 'registry') throw notInstallable(node, entry?.kind ?? 'nothing')
    const integrity = approved.get(nameAtVersion(entry.name, entry.version))
    const isOther = entry.integrity.state === 'sha512' && entry.integrity.sha512 !== integrity
    if (integrity === undefined || isOther) throw unbound(entry.name, entry.version, node.location)
    const registry = registryOf(entry.name)
    const canonical = registry === null ? null : canonicalTarballUrl(registry, entry.name, entry.version)
    node.integrity = integrity
    // npm tells by the URL whose scripts may run, so it has to be this package's; and it asks the registry where there is none.
    if (canonical !== null && !namesTarball(node.resolved, canonical)) node.resolved = canonical
    wanted.set(integrity, { name: entry.name, version: entry.version, integrity, claimed: entry.resolved })
  }
  return [...wanted.values()]
}

// The project's own, and asked for by it: a folder is what it is, a tarball has to be the one that is locked, which is hashed when it is unpacked.
function assertLocal(node: TreeNode): void {
  const path = node.resolved?.startsWith('file:') === true ? node.resolved.slice('file:'.length) : null
  const found = path === null ? undefined : statSync(path, { throwIfNoEntry: false })
  if (found?.isDirectory() === true) return
  if (found?.isFile() !== true) throw notInstallable(node, 'no file')
  if (parseIntegrity(node.integrity).state !== 'sha512') throw unbound(node.name, node.version ?? '', node.location)
}

function namesTarball(resolved: string | null, canonical: string): boolean {
  const path = /\/(?:@[^/]+\/)?[^/]+\/-\/[^/]+\.tgz$/u.exec(new URL(canonical).pathname)?.[0]
  return resolved !== null && path !== undefined && URL.canParse(resolved) && new URL(resolved).pathname.endsWith(path)
}

function unbound(name: string, version: string, place: string): BonafideError {
  return new BonafideError('BONAFIDE_NOT_INSTALLABLE', `nothing binds the bytes of ${nameAtVersion(name, version)}`, {
    path: place,
    found: 'no sha512 that was judged',
    wanted: 'one sha512 in the lockfile',
    hint: 'lock this version anew, with a registry that tells its sha512',
  })
}

const WAYS_OUT: Readonly<Record<string, string>> = {
  git: 'npm 12 fetches nothing from git by default (allow-git), and bonafide cannot bind what comes: publish it to a registry, or bonafide run -- npm ci --allow-git=root',
  remote:
    'npm 12 fetches no URL by default (allow-remote), and nobody attests to it: publish it to a registry, or bonafide run -- npm ci --allow-remote=root',
}

function notInstallable(node: TreeNode, kind: string): BonafideError {
  const name = nameAtVersion(node.packageName ?? node.name, node.version ?? '')
  return new BonafideError('BONAFIDE_NOT_INSTALLABLE', `${name} is not from a registry`, {
    path: node.location,
    found: `${kind}${node.resolved === null ? '' : ` ${node.resolved}`}`,
    wanted: 'a package of a registry',
    hint: WAYS_OUT[kind] ?? 'make the lockfile anew with bonafide install',
  })
}
