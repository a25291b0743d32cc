// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { BonafideError, isJsonObject, parseJson } from '@bonafide/core'
import { parseLockfile } from '@bonafide/lockfile'
import type { Lockfile } from '@bonafide/lockfile'
import { readOwnFiles } from './own-files.ts'
import type { OwnFiles, OwnPlace } from './own-files.ts'
import type { ProjectChange } from './project-change.ts'
import { readFromDisk, readIfThere, readNamed, show } from './text-file.ts'
import type { ReadText } from './text-file.ts'

/** Where a project lies and which of its files to read. Relative paths are relative to `cwd`. */
export interface ProjectOptions extends OwnPlace {
  readonly lockfile?: string | undefined
}

/** A project's files, read and parsed. */
export interface Project extends OwnFiles {
  /** The folder, absolute. */
  readonly dir: string
  readonly lockfiles: readonly Lockfile[]
  /** How it differs from its base in what judges it; left out where nobody asked. */
  readonly change?: ProjectChange
  /** Whether somebody said that no base judges. */
  readonly isBaseLeftOut?: boolean
}

// npm reads a shrinkwrap before a package lock.
const NPM_LOCKFILES = ['npm-shrinkwrap.json', 'package-lock.json'] as const
const OTHER_LOCKFILES: ReadonlyMap<string, string> = new Map([
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'Yarn'],
  ['bun.lock', 'Bun'],
  ['bun.lockb', 'Bun'],
])

/**
 * Reads the files of a project.
 *
 * @throws BonafideError `BONAFIDE_NO_LOCKFILE` where there is nothing to verify, `BONAFIDE_LOCKFILE_UNREADABLE`,
 *   and the errors of the parsers and of {@link readOwnFiles}
 */
export async function readProject(options: ProjectOptions): Promise<Project> {
  const dir = resolve(options.cwd, options.dir)
  const [lockfiles, own] = await Promise.all([readLockfiles(options, dir), readOwnFiles(options)])
  return { dir, lockfiles, ...own }
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
    // What the project beside the lockfile asks for, which need not be the one in DIR.
    const manifest = await readIfThere(join(dirname(path), 'package.json'), cwd, code, from)
    return [parse(path, await readNamed(path, cwd, code, from), manifest, cwd)]
  }
  const manifest = await readIfThere(join(dir, 'package.json'), cwd, code, from)
  for (const name of NPM_LOCKFILES) {
    const path = join(dir, name)
    const text = await readIfThere(path, cwd, code, from)
    if (text !== undefined) return [parse(path, text, manifest, cwd)]
  }
  if (manifest !== undefined && hasNoDependencies(manifest)) return []
  throw await noLockfile(options, dir, manifest !== undefined)
}

function parse(path: string, text: string, manifest: string | undefined, cwd: string): Lockfile {
  return parseLockfile(text, show(path, cwd), manifest === undefined ? {} : { manifest })
}

async function noLockfile(options: ProjectOptions, dir: string, hasManifest: boolean): Promise<BonafideError> {
  const path = show(dir, options.cwd)
  const wanted = NPM_LOCKFILES.join(' or ')
  for (const [name, manager] of OTHER_LOCKFILES) {
    const text = await readIfThere(join(dir, name), options.cwd, 'BONAFIDE_LOCKFILE_UNREADABLE')
    if (text !== undefined) {
      return new BonafideError(
        'BONAFIDE_NO_LOCKFILE',
        `only a lockfile of ${manager} is here, which bonafide cannot read yet`,
        { path, found: name, wanted, hint: 'npm install --package-lock-only' },
      )
    }
  }
  if (hasManifest) {
    const hint = 'npm install --package-lock-only'
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
