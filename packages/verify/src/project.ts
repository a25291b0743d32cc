// SPDX-License-Identifier: Apache-2.0
import { readdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { BonafideError, isJsonObject, parseJson } from '@bonafide/core'
import { MANAGERS, openLockfile } from '@bonafide/lockfile'
import type { Lockfile, Manager } from '@bonafide/lockfile'
import { findArchiveFolders } from './archive-folder.ts'
import type { ArchiveFolder } from './archive-folder.ts'
import { readOwnFiles } from './own-files.ts'
import type { OwnFiles, OwnPlace } from './own-files.ts'
import type { ProjectChange } from './project-change.ts'
import { readFromDisk, readIfThere, readNamed, show } from './text-file.ts'
import type { ReadText } from './text-file.ts'
import { findWorkspaceManifests } from './workspace-manifests.ts'
import { isUnfinished } from './unfinished.ts'

/** Where a project lies and which of its files to read. Relative paths are relative to `cwd`. */
export interface ProjectOptions extends OwnPlace {
  readonly lockfile?: string | undefined
}

/** A project's files, read and parsed. */
export interface Project extends OwnFiles {
  /** The folder, absolute. */
  readonly dir: string
  readonly lockfiles: readonly Lockfile[]
  /** Where Yarn keeps archives of what its lockfile names; left out where nobody looked. */
  readonly archives?: readonly ArchiveFolder[]
  /** How it differs from its base in what judges it; left out where nobody asked. */
  readonly change?: ProjectChange
  /** Whether an installation into the folder was cut off; see `isUnfinished`. */
  readonly isUnfinished?: boolean
  /** Whether somebody said that no base judges. */
  readonly isBaseLeftOut?: boolean
}

// Of each group the first that is there: npm reads a shrinkwrap before a package lock, and Bun its text before the binary form.
const LOCKFILES = [
  ['npm-shrinkwrap.json', 'package-lock.json'],
  ['pnpm-lock.yaml'],
  ['yarn.lock'],
  ['bun.lock', 'bun.lockb'],
] as const

/**
 * Reads the files of a project.
 *
 * @throws BonafideError `BONAFIDE_NO_LOCKFILE` where there is nothing to verify, `BONAFIDE_LOCKFILE_UNREADABLE`,
 *   and the errors of the parsers and of {@link readOwnFiles}
 */
export async function readProject(options: ProjectOptions): Promise<Project> {
  const dir = resolve(options.cwd, options.dir)
  const [lockfiles, own, isCutOff] = await Promise.all([
    readLockfiles(options, dir),
    readOwnFiles(options),
    isUnfinished(dir),
  ])
  const isYarns = lockfiles.some(({ manager }) => manager === 'yarn')
  const place = options.lockfile === undefined ? dir : dirname(resolve(options.cwd, options.lockfile))
  const archives = isYarns ? await findArchiveFolders(place, options.cwd) : []
  return {
    dir,
    lockfiles,
    ...own,
    ...(isCutOff ? { isUnfinished: true } : {}),
    ...(archives.length === 0 ? {} : { archives }),
  }
}

/**
 * Reads the lockfiles of a project: none where it depends on nothing.
 *
 * @throws BonafideError as {@link readProject}
 */
export async function readLockfiles(
  options: ProjectOptions,
  dir: string,
  from: ReadText = readFromDisk,
): Promise<readonly Lockfile[]> {
  const { cwd } = options
  const code = 'BONAFIDE_LOCKFILE_UNREADABLE'
  if (options.lockfile !== undefined) {
    const path = resolve(cwd, options.lockfile)
    return [await readLockfile(path, await readNamed(path, cwd, code, from), cwd, from)]
  }
  if (from === readFromDisk) await assertNoBranchLockfile(dir, cwd)
  const found = await Promise.all(
    LOCKFILES.map(async (names) => {
      for (const name of names) {
        const path = join(dir, name)
        const text = await readIfThere(path, cwd, code, from)
        if (text !== undefined) return [await readLockfile(path, text, cwd, from)]
      }
      return []
    }),
  )
  // Each of them: which manager the next person runs, nobody knows.
  const lockfiles = found.flat()
  if (lockfiles.length > 0) return lockfiles
  const manifest = await readIfThere(join(dir, 'package.json'), cwd, code, from)
  // pnpm's workspaces stand in a file of their own.
  const hasWorkspace = (await readIfThere(join(dir, 'pnpm-workspace.yaml'), cwd, code, from)) !== undefined
  if (manifest !== undefined && !hasWorkspace && hasNoDependencies(manifest)) return []
  throw await noLockfile(options, dir, manifest)
}

// With the setting `gitBranchLockfile` pnpm installs from `pnpm-lock.BRANCH.yaml`, whatever the lockfile beside it holds. Where the setting
// comes from nobody can tell, and without such a file it changes nothing.
async function assertNoBranchLockfile(dir: string, cwd: string): Promise<void> {
  const names = await readdir(dir).catch(() => [])
  const name = names.find((one) => /^pnpm-lock\..+\.yaml$/iu.test(one))
  if (name === undefined) return
  throw new BonafideError('BONAFIDE_LOCKFILE_UNSUPPORTED', 'there is a lockfile of one branch', {
    path: show(join(dir, name), cwd),
    line: 1,
    column: 1,
    found: name,
    wanted: 'pnpm-lock.yaml alone',
    hint: 'pnpm install --merge-git-branch-lockfiles, and no gitBranchLockfile',
  })
}

// With the files of the project beside the lockfile, which need not be the one in DIR: what they say outranks the lockfile's copy of it.
async function readLockfile(path: string, text: string, cwd: string, from: ReadText): Promise<Lockfile> {
  const folder = dirname(path)
  const read = (name: string): Promise<string | undefined> =>
    readIfThere(join(folder, name), cwd, 'BONAFIDE_LOCKFILE_UNREADABLE', from)
  const draft = openLockfile(text, show(path, cwd))
  const manifest = await read('package.json')
  // Only the disk can be looked through; from elsewhere the lockfile is read without them, which refuses more and allows nothing.
  const isSearched = draft.wantsWorkspaces === true && from === readFromDisk
  const workspaces = isSearched ? await findWorkspaceManifests(folder, manifest) : []
  const wants = [...new Set([...draft.wants, ...workspaces])]
  const texts = await Promise.all(wants.map(read))
  const files = new Map(
    wants.flatMap((name, nth) => {
      const content = texts[nth]
      return content === undefined ? [] : [[name, content] as const]
    }),
  )
  return draft.read({ files, ...(manifest === undefined ? {} : { manifest }) })
}

async function noLockfile(options: ProjectOptions, dir: string, manifest: string | undefined): Promise<BonafideError> {
  const path = show(dir, options.cwd)
  const wanted = LOCKFILES.flat()
    .filter((name) => name !== 'bun.lockb')
    .join(' or ')
  if (manifest !== undefined) {
    const hint = MANAGERS[chosenManager(manifest)].lock
    return new BonafideError('BONAFIDE_NO_LOCKFILE', 'the project has no lockfile', { path, wanted, hint })
  }
  const place = await stat(dir).catch(() => null)
  if (place !== null && !place.isDirectory()) {
    const detail = {
      path,
      found: 'a file',
      wanted: 'the folder of a project',
      hint: `--lockfile ${path}, if it is one`,
    }
    return new BonafideError('BONAFIDE_NO_LOCKFILE', 'this is no folder', detail)
  }
  return new BonafideError(
    'BONAFIDE_NO_LOCKFILE',
    place === null ? 'there is no such folder' : 'there is no npm project here',
    { path, wanted, hint: 'name the folder that holds package.json' },
  )
}

// By the field that Corepack reads; npm where nothing says so.
function chosenManager(manifest: string): Manager {
  const document = parseJson(manifest)
  const field = 'problem' in document || !isJsonObject(document.value) ? null : document.value['packageManager']
  const name = typeof field === 'string' ? field.slice(0, field.indexOf('@')) : ''
  return name === 'pnpm' || name === 'bun' || name === 'yarn' ? name : 'npm'
}

// A project that depends on nothing needs no lockfile. Anything unusual in the manifest means that it may depend on something.
function hasNoDependencies(manifest: string): boolean {
  const document = parseJson(manifest)
  if ('problem' in document || !isJsonObject(document.value)) return false
  const { value } = document
  const fields = [
    'dependencies',
    'devDependencies',
    'optionalDependencies',
    'peerDependencies',
    'bundleDependencies',
    'bundledDependencies',
    'workspaces',
  ]
  return fields.every((field) => {
    const content = value[field]
    return content === undefined || (isJsonObject(content) && Object.keys(content).length === 0)
  })
}
