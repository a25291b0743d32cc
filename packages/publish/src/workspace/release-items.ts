// SPDX-License-Identifier: Apache-2.0
import { basename, resolve } from 'node:path'
import { BonafideError, isNonEmpty, publishFinding } from '@bonafide/core'
import type { JsonObject, NonEmpty, PublishFinding } from '@bonafide/core'
import type { Environment } from '@bonafide/credentials'
import { preparePackage } from '../prepare-package.ts'
import type { PreparedPackage } from '../prepared-package.ts'
import { releaseOrder } from './release-order.ts'
import { readTarballList } from './tarball-list.ts'
import { isPrivate, readWorkspaceMembers } from './workspace-members.ts'

/** What is to be published: the packages of a workspace, or tarballs that another job packed. */
export type WorkspaceSource =
  | { readonly kind: 'workspace'; readonly path: string }
  /** `sha512`: of the list of digests in that folder. */
  | { readonly kind: 'tarballs'; readonly path: string; readonly sha512: string }

/** A package that is part of a release, as bytes. */
export interface ReleaseItem {
  readonly name: string
  readonly manifest: JsonObject
  readonly place: string
  readonly prepared: PreparedPackage
}

/** The packages of a release in their order, or why there is no such release. */
export interface ReleaseItems {
  readonly items: readonly ReleaseItem[]
  readonly skipped: readonly string[]
  /** Beside the release, or against it. */
  readonly findings: readonly PublishFinding[]
}

/**
 * Prepares every package of a release before anything of it is sent: half a release is worse than none. Nothing of them is run.
 *
 * @throws BonafideError `BONAFIDE_PACKAGE_UNREADABLE` where there is nothing to release
 */
export async function readReleaseItems(source: WorkspaceSource, cwd: string, env: Environment): Promise<ReleaseItems> {
  const folder = resolve(cwd, source.path)
  const read = source.kind === 'workspace' ? await membersOf(folder, env) : await tarballsOf(folder, source.sha512)
  const { items, skipped, findings } = read
  if (items.length === 0 && findings.length === 0)
    throw new BonafideError('BONAFIDE_PACKAGE_UNREADABLE', 'there is nothing to publish', {
      path: source.path,
      found: skipped.length === 0 ? 'no package' : 'private packages only',
      wanted: 'a package that is not private',
    })
  const twice = duplicates(items)
  const { order, circles } = releaseOrder(items)
  return { items: order, skipped, findings: [...findings, ...twice, ...circles.map(circleFinding)] }
}

interface Read {
  readonly items: readonly ReleaseItem[]
  readonly skipped: readonly string[]
  readonly findings: readonly PublishFinding[]
}

async function membersOf(folder: string, env: Environment): Promise<Read> {
  const members = await readWorkspaceMembers(folder)
  const items: ReleaseItem[] = []
  const findings: PublishFinding[] = []
  for (const member of members) {
    if (isPrivate(member.manifest)) continue
    const preparation = await preparePackage({ kind: 'folder', path: member.folder, allowScripts: false, env })
    if (preparation.kind === 'refused') findings.push(...preparation.findings.map((one) => within(one, member.shown)))
    else items.push(itemOf(preparation.prepared, member.shown))
  }
  return { items, skipped: members.filter(({ manifest }) => isPrivate(manifest)).map(({ name }) => name), findings }
}

// Findings name places as a person at the root sees them.
function within(finding: PublishFinding, shown: string): PublishFinding {
  const { where } = finding
  return {
    ...finding,
    subject: shown,
    where: where?.kind === 'file' ? { ...where, path: `${shown}/${basename(where.path)}` } : where,
  }
}

async function tarballsOf(folder: string, sha512: string): Promise<Read> {
  const list = await readTarballList(folder, sha512)
  if (list.kind === 'refused') return { items: [], skipped: [], findings: list.findings }
  const items: ReleaseItem[] = []
  const skipped: string[] = []
  const findings: PublishFinding[] = []
  for (const tarball of list.tarballs) {
    const preparation = await preparePackage(tarball)
    if (preparation.kind === 'refused') findings.push(...preparation.findings)
    // A manager that packs all of a workspace packs those too.
    else if (isPrivate(preparation.prepared.manifest)) skipped.push(preparation.prepared.name)
    else items.push(itemOf(preparation.prepared, basename(tarball.path)))
  }
  return { items, skipped, findings }
}

function itemOf(prepared: PreparedPackage, place: string): ReleaseItem {
  return { name: prepared.name, manifest: prepared.manifest, place, prepared }
}

// Of two tarballs of one package the second would be sent on top of the first.
function duplicates(items: readonly ReleaseItem[]): readonly PublishFinding[] {
  const places = Map.groupBy(items, ({ name }) => name)
  return [...places].flatMap(([name, same]) =>
    same.length < 2
      ? []
      : [
          publishFinding('workspace-duplicate', {
            subject: name,
            found: same.map(({ place }) => place).join(', '),
            wanted: 'one version of each package in a release',
            fix: ['take the others away, and publish them by themselves'],
          }),
        ],
  )
}

function circleFinding(names: NonEmpty<string>): PublishFinding {
  return publishFinding('workspace-circle', {
    level: 'warn',
    subject: names[0],
    found: `packages that depend on each other: ${names.join(', ')}`,
    wanted: 'an order in which each package finds what it depends on',
    fix: ['they go out by name; none of them can be installed until the last is there'],
  })
}

/** Whether findings stand against a release. */
export function standsAgainst(findings: readonly PublishFinding[]): boolean {
  return isNonEmpty(findings.filter(({ level }) => level !== 'warn'))
}
