// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { BonafideError, nameAtVersion } from '@bonafide/core'
import type { LockEntry, Lockfile } from '@bonafide/lockfile'
import type { OpenSources } from '@bonafide/verify'
import { labelOf, loadArborist } from './arborist.ts'
import type { Installer, Tree, TreeNode } from './arborist.ts'
import type { InstallOptions } from './install-options.ts'
import { createMetadataSource } from './metadata-source.ts'
import type { MetadataSource } from './metadata-source.ts'

/** What is to be on disk, before anything is: npm's ideal tree, and what of it will be unpacked here. */
export interface Plan {
  readonly installer: Installer
  readonly tree: Tree
  readonly metadata: MetadataSource
  /** The places of a package of a registry that will be unpacked; not those of other systems, and not what is left out by option. */
  readonly unpacked: readonly TreeNode[]
}

/** What a plan is made from, beside the project's files. */
export interface PlanInput {
  readonly options: InstallOptions
  readonly planner: OpenSources['planner']
  /** What is asked for beside what package.json says. */
  readonly add?: readonly string[]
}

/**
 * Has npm's installer make its plan. Metadata is read, and nothing else: no tarball, no script, no `.npm-extension`, no git.
 *
 * @throws BonafideError `BONAFIDE_PLAN_FAILED` where npm cannot make one, `BONAFIDE_UNDECIDED` where a registry does not answer, `BONAFIDE_NOT_INSTALLABLE` for an `.npm-extension`
 */
export async function makePlan({ options, planner, add = [] }: PlanInput): Promise<Plan> {
  refuseExtensions(options.project)
  const Arborist = await loadArborist()
  const registry = planner.registries.downloads
  const metadata = createMetadataSource(registry, planner)
  const installer = new Arborist({
    ...options.npm,
    path: options.project,
    registry,
    packumentCache: metadata,
    packageLock: true,
    packageLockOnly: false,
    dryRun: false,
    ignoreExtension: true,
    ignoreScripts: options.ignoreScripts,
    foregroundScripts: options.foregroundScripts,
    allowScripts: options.allowScripts,
    dangerouslyAllowAllScripts: options.allowsAllScripts,
    scriptShell: options.scriptShell,
    audit: false,
    // Nothing goes to the network but by the source of metadata; what git or a URL names is not fetched to be looked at.
    offline: true,
    preferOnline: false,
    preferOffline: false,
    allowGit: 'none',
    allowRemote: 'none',
    allowFile: 'none',
    replaceRegistryHost: 'never',
    add: [...add],
  })
  const tree = await installer.buildIdealTree({ add: [...add] }).catch((cause: unknown) => {
    throw planError(cause, metadata)
  })
  for (const node of tree.inventory.values()) {
    refusePatch(node)
    forgetScripts(node)
  }
  return {
    installer,
    tree,
    metadata,
    unpacked: [...tree.inventory.values()].filter((node) => isUnpacked(node, options)),
  }
}

// Its code would run in this process, and decide what is installed.
function refuseExtensions(project: string): void {
  for (const name of ['.npm-extension.mjs', '.npm-extension.cjs', '.npm-extension.js', '.npm-extension']) {
    if (!existsSync(join(project, name))) continue
    throw new BonafideError('BONAFIDE_NOT_INSTALLABLE', 'an extension of npm would decide what is installed', {
      path: name,
      found: name,
      wanted: 'a project whose package.json and lockfile say all',
      hint: 'take it out of the project; overrides in package.json do most of it',
    })
  }
}

// What is unpacked would not be what was judged. npm calls a patch that package.json has and the lockfile has not out of sync.
function refusePatch(node: TreeNode): void {
  const patch = node.patched?.path
  if (patch === undefined) return
  throw new BonafideError('BONAFIDE_NOT_INSTALLABLE', `${labelOf(node)} would be patched after it was judged`, {
    path: 'package.json',
    found: `patchedDependencies: ${patch}`,
    wanted: 'packages as they were published',
    hint: 'take it out of patchedDependencies, and apply it in the project’s own postinstall',
  })
}

const HOOKS = ['preinstall', 'install', 'postinstall', 'prepare'] as const

// A script that only the lockfile or one answer of a registry tells: npm runs it in place of the package's own. Told that there is one, and not
// which, npm reads it from the package.json that was unpacked.
function forgetScripts({ package: told, location, isLink }: TreeNode): void {
  const { scripts } = told
  if (isLink || scripts === undefined || !isBelowModules(location)) return
  if (typeof scripts === 'object' && scripts !== null && HOOKS.some((hook) => hook in scripts))
    told['hasInstallScript'] = true
  delete told['scripts']
}

function isUnpacked(node: TreeNode, { omitted }: InstallOptions): boolean {
  if (node.isProjectRoot || node.isLink || node.inert || node.inDepBundle) return false
  return isBelowModules(node.location) && !node.shouldOmit(omitted)
}

/** Whether a place is one that packages are unpacked to, and not a folder of the project's own. */
export function isBelowModules(location: string): boolean {
  return /(?:^|\/)node_modules\//u.test(location)
}

function planError(cause: unknown, { failures }: MetadataSource): BonafideError {
  const [first] = failures
  const message = cause instanceof Error ? cause.message : String(cause)
  if (first !== undefined) {
    const [name, answer] = first
    const detail = { found: 'detail' in answer ? answer.detail : answer.kind, wanted: `the metadata of ${name}`, cause }
    return new BonafideError(
      'BONAFIDE_UNDECIDED',
      'a registry did not answer, so nothing can be planned',
      'url' in answer ? { ...detail, url: answer.url } : detail,
    )
  }
  const code = cause instanceof Error && 'code' in cause ? `${String(cause.code)}: ` : ''
  return new BonafideError('BONAFIDE_PLAN_FAILED', 'npm cannot plan this installation', {
    found: `${code}${message}`,
    cause,
  })
}

/** What of a lockfile stands at which place. */
export type LockedPlaces = ReadonlyMap<string, LockEntry>

/** The entries of a lockfile by their place. */
export function placesOf({ entries }: Lockfile): LockedPlaces {
  return new Map(entries.map((entry) => [entry.path, entry]))
}

/**
 * What in a plan the lockfile does not say, in npm's words: empty where both agree.
 *
 * A lockfile that changed after it was judged, or a package.json that asks for something else: what is planned is held, place by place,
 * against what was judged.
 */
export function differences({ tree }: Plan, places: LockedPlaces): readonly string[] {
  return [...tree.inventory.values()].flatMap((node) => {
    if (node.isProjectRoot || (!node.isLink && !isBelowModules(node.location))) return []
    const entry = places.get(node.location)
    const wanted = labelOf(node)
    // An optional package that no registry has stands in no lockfile.
    if (entry === undefined) return node.inert ? [] : [`${wanted} is missing from the lockfile`]
    const isSame = node.isLink ? isSameLink(node, entry, tree.realpath) : isSamePackage(node, entry)
    return isSame ? [] : [`${nameAtVersion(entry.name, entry.version ?? '')} in the lockfile is not ${wanted}`]
  })
}

function isSamePackage(node: TreeNode, entry: LockEntry): boolean {
  return (
    // What the lockfile says of a bundled one beyond that was judged too, and is not unpacked by itself.
    (node.inDepBundle ? entry.kind === 'bundled' || entry.kind === 'registry' : entry.kind !== 'bundled') &&
    (node.version ?? '') === (entry.version ?? '') &&
    (node.packageName ?? node.name) === entry.name
  )
}

// A link that leads somewhere else than when it was judged.
function isSameLink(node: TreeNode, entry: LockEntry, project: string): boolean {
  if (entry.kind !== 'link' && entry.kind !== 'workspace') return false
  return entry.resolved !== null && resolve(project, entry.resolved) === node.realpath
}
