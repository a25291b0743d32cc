// SPDX-License-Identifier: Apache-2.0
import { dirname, join, posix, relative, resolve, sep } from 'node:path'
import { BonafideError } from '@bonafide/core'
import type { Sha512 } from '@bonafide/core'
import { groupEntries } from '@bonafide/lockfile'
import type { Lockfile } from '@bonafide/lockfile'
import { pinsForChange } from '@bonafide/policy'
import { compareFiles } from './compare-files.ts'
import { diskTree } from './file-tree.ts'
import { openCommit } from './git-commit.ts'
import type { GitCommit } from './git-commit.ts'
import { compareInstallers } from './installer-change.ts'
import { FILES, readOwnFiles } from './own-files.ts'
import type { OwnFiles } from './own-files.ts'
import type { BaseVersions } from './past.ts'
import { readLockfiles } from './project.ts'
import type { Project, ProjectOptions } from './project.ts'
import type { LoosenedLevel, ProjectChange } from './project-change.ts'
import { readFromDisk, show } from './text-file.ts'

/** What it takes to hold a project against its base. */
export interface BaseOptions extends ProjectOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly loosened: LoosenedLevel
  /** False where no pin that the change brings along may judge. */
  readonly honoursNewPins?: false
}

/**
 * Lets a project be judged by a commit that it is to be merged into: its policy, pins, exemptions and private roots take the place of
 * the project's own, and what its lockfile holds is known. A policy that was named by an option stays: whoever writes the command decides.
 *
 * With `loosened: 'warn'` the project's own files judge, and what they allow beyond the base's is told.
 *
 * @throws BonafideError `BONAFIDE_BASE_UNREADABLE`, and the errors of {@link readOwnFiles} with the ref before the file's name
 */
export async function judgeByBase(project: Project, ref: string, options: BaseOptions): Promise<Project> {
  const commit = await openCommit(ref, project.dir, options.env)
  const grownFrom = await openGrown(commit)
  const [base, held, grown, installers] = await Promise.all([
    readBaseFiles(commit, project, options),
    readHeld(commit, project, options),
    grownFrom === null ? null : readBaseFiles(grownFrom, project, options).catch(() => null),
    compareWith(project, commit, grownFrom, options.cwd),
  ])
  const known = { ...base, base: held.versions, baseEdges: held.edges }
  const { loosened, newPins, locatePin } = await compareFiles(project, known, grown, options)
  const isHonoured = options.honoursNewPins === false ? () => false : honoursFor(project, held)
  const change: ProjectChange = {
    ref,
    commit: commit.commit,
    level: options.loosened,
    isAdopted: base.hasPolicy || base.hasPins || base.hasExemptions,
    lockfileProblem: held.problem,
    loosened,
    installers,
    newPins: [...newPins].map(([name, pin]) => ({
      name,
      pin,
      isHonoured: options.loosened === 'warn' || isHonoured(name),
    })),
    locatePin,
    lockfiles: held.lockfiles,
  }
  if (options.loosened === 'warn') return { ...project, base: held.versions, baseEdges: held.edges, change }
  const pins = pinsForChange(base.pins, project.pins, (name) => newPins.has(name) && isHonoured(name))
  return { ...project, ...known, pins, hasPins: base.hasPins || project.hasPins, change }
}

// A new pin for a package that the base's lockfile holds would say whom to believe from now on, in the very change that brings a version
// of somebody else. For the bytes that the base holds already it changes nothing but what is on record.
function honoursFor(project: Project, { versions, names, problem }: Held): (name: string) => boolean {
  const changed = new Set(
    groupEntries(project.lockfiles)
      .filter(
        ({ name, version, integrity }) =>
          integrity.state !== 'sha512' || versions.get(name)?.get(version) !== integrity.sha512,
      )
      .map(({ name }) => name),
  )
  return (name) => problem === null && (!names.has(name) || !changed.has(name))
}

async function readBaseFiles(commit: GitCommit, project: Project, options: ProjectOptions): Promise<OwnFiles> {
  const { cwd, dir, policy } = options
  const pinned = new Set([FILES.pins, FILES.exemptions].map((name) => join(project.dir, name)))
  const read = (path: string): Promise<string | undefined> =>
    policy === undefined || pinned.has(path) ? commit.read(path) : readFromDisk(path)
  return readOwnFiles({ cwd, dir, policy }, read).catch((error: unknown) => {
    throw asOfBase(error, commit.ref)
  })
}

// Where the change grew from: tells what the base got meanwhile from what the change took away. Null where nobody can tell.
async function openGrown(commit: GitCommit): Promise<GitCommit | null> {
  const grown = await commit.openMergeBase()
  return grown === null || grown.commit === commit.commit ? null : grown
}

async function compareWith(
  project: Project,
  commit: GitCommit,
  grown: GitCommit | null,
  cwd: string,
): Promise<ProjectChange['installers']> {
  const format = commit.commit.length === 40 ? 'sha1' : 'sha256'
  const head = diskTree(commit.top, format)
  // A lockfile that was named by an option is installed in its own folder.
  const folders = ['', ...project.lockfiles.map(({ file }) => relative(project.dir, dirname(resolve(cwd, file))))]
  const places = folders.map((folder) => posix.join(commit.place, ...folder.split(sep)).replace(/^\.$/u, ''))
  const inside = places.filter((place) => place !== '..' && !place.startsWith('../'))
  const changes = await compareInstallers(inside, {
    head,
    base: commit.tree,
    grown: grown?.tree ?? null,
    format,
  })
  return changes.map(({ path, keys }) => ({ file: show(join(commit.top, path), cwd), keys }))
}

interface Held {
  readonly lockfiles: readonly Lockfile[]
  readonly versions: BaseVersions
  readonly edges: readonly string[]
  /** Every package of the lockfile, also those whose bytes nothing binds. */
  readonly names: ReadonlySet<string>
  readonly problem: string | null
}

async function readHeld(commit: GitCommit, project: Project, options: ProjectOptions): Promise<Held> {
  const nothing: Held = { lockfiles: [], versions: new Map(), edges: [], names: new Set(), problem: null }
  let lockfiles: readonly Lockfile[]
  try {
    lockfiles = await readLockfiles(options, resolve(project.dir), commit.read)
  } catch (error) {
    if (!(error instanceof BonafideError)) throw error
    if (error.code === 'BONAFIDE_NO_LOCKFILE' || error.code === 'BONAFIDE_LOCKFILE_UNREADABLE') return nothing
    // A lockfile that cannot be used holds nothing: everything counts as new, and no new pin for anything.
    if (error.code === 'BONAFIDE_LOCKFILE_MALFORMED' || error.code === 'BONAFIDE_LOCKFILE_UNSUPPORTED')
      return { ...nothing, problem: error.message }
    throw error
  }
  const groups = groupEntries(lockfiles)
  const versions = new Map<string, Map<string, Sha512>>()
  for (const { name, version, integrity, unbound, findings } of groups) {
    // Two integrities, or a place without one: which bytes the base held, nobody can tell.
    const isRefused = findings.some(({ level }) => level === 'refuse')
    if (integrity.state !== 'sha512' || unbound.length > 0 || isRefused) continue
    versions.set(name, (versions.get(name) ?? new Map<string, Sha512>()).set(version, integrity.sha512))
  }
  const edges = lockfiles.flatMap(({ entries }) => entries.flatMap((entry) => ('edges' in entry ? entry.edges : [])))
  return {
    lockfiles,
    versions,
    edges: [...new Set(edges)],
    names: new Set(groups.map(({ name }) => name)),
    problem: null,
  }
}

function asOfBase(error: unknown, ref: string): unknown {
  if (!(error instanceof BonafideError) || error.code === 'BONAFIDE_BASE_UNREADABLE') return error
  const { code, message, detail, cause } = error
  return new BonafideError(code, message, { ...detail, path: `${ref}:${detail.path ?? ''}`, cause })
}
