// SPDX-License-Identifier: Apache-2.0
import { readFile, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { BonafideError, isJsonObject, parseJson } from '@bonafide/core'
import type { ErrorCode } from '@bonafide/core'
import { parseLockfile } from '@bonafide/lockfile'
import type { Lockfile } from '@bonafide/lockfile'
import { NO_EXEMPTIONS, NO_PINS, defaultPolicy, parsePins, parsePolicy } from '@bonafide/policy'
import type { Exemptions, Pins, Policy } from '@bonafide/policy'
import type { BaseVersions } from './past.ts'

/** Where a project lies and which of its files to read. Relative paths are relative to `cwd`. */
export interface ProjectOptions {
  readonly cwd: string
  readonly dir: string
  readonly lockfile?: string | undefined
  readonly policy?: string | undefined
}

/** Bonafide's own files of a project, and what was decided before: all that judges. */
export interface OwnFiles {
  readonly policy: Policy
  /** Whether the policy comes from a file. */
  readonly hasPolicy: boolean
  readonly pins: Pins
  /** Whether there is a `bonafide.lock`. */
  readonly hasPins: boolean
  readonly exemptions: Exemptions
  /** The versions that the base's lockfile holds; none where there is no base. */
  readonly base: BaseVersions
  /** What packages of the base's lockfile ask for beside the registries, as `name@spec`. */
  readonly baseEdges: readonly string[]
}

/** A project's files, read and parsed. */
export interface Project extends OwnFiles {
  /** The folder, absolute. */
  readonly dir: string
  readonly lockfiles: readonly Lockfile[]
}

/** The names of the files that bonafide keeps in a project. */
export const FILES = { policy: 'bonafide.json', pins: 'bonafide.lock' } as const

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
 *   `BONAFIDE_POLICY_UNREADABLE`, `BONAFIDE_PINS_UNREADABLE`, and the errors of the parsers
 */
export async function readProject(options: ProjectOptions): Promise<Project> {
  const dir = resolve(options.cwd, options.dir)
  const [lockfiles, own] = await Promise.all([readLockfiles(options, dir), readOwnFiles(options)])
  return { dir, lockfiles, ...own }
}

/**
 * Reads bonafide's own files alone, for whoever needs no lockfile.
 *
 * @throws BonafideError `BONAFIDE_POLICY_UNREADABLE`, `BONAFIDE_PINS_UNREADABLE`, and the errors of the parsers
 */
export async function readOwnFiles(options: ProjectOptions): Promise<OwnFiles> {
  const dir = resolve(options.cwd, options.dir)
  const [policy, pins] = await Promise.all([
    readOwn(
      options.policy === undefined ? join(dir, FILES.policy) : resolve(options.cwd, options.policy),
      options.cwd,
      'BONAFIDE_POLICY_UNREADABLE',
      options.policy !== undefined,
    ),
    readOwn(join(dir, FILES.pins), options.cwd, 'BONAFIDE_PINS_UNREADABLE', false),
  ])
  return {
    policy: policy === null ? defaultPolicy() : parsePolicy(policy.text, policy.shown),
    hasPolicy: policy !== null,
    pins: pins === null ? NO_PINS : parsePins(pins.text, pins.shown),
    hasPins: pins !== null,
    exemptions: NO_EXEMPTIONS,
    base: new Map(),
    baseEdges: [],
  }
}

async function readLockfiles(options: ProjectOptions, dir: string): Promise<readonly Lockfile[]> {
  if (options.lockfile !== undefined) {
    const path = resolve(options.cwd, options.lockfile)
    // What the project beside the lockfile asks for, which need not be the one in DIR.
    const manifest = await readManifest(dirname(path), options.cwd)
    return [parse(path, await read(path, options.cwd, 'BONAFIDE_LOCKFILE_UNREADABLE'), manifest, options.cwd)]
  }
  const manifest = await readManifest(dir, options.cwd)
  for (const name of NPM_LOCKFILES) {
    const path = join(dir, name)
    const text = await readIfThere(path, options.cwd, 'BONAFIDE_LOCKFILE_UNREADABLE')
    if (text !== undefined) return [parse(path, text, manifest, options.cwd)]
  }
  if (manifest !== undefined && hasNoDependencies(manifest)) return []
  throw await noLockfile(options, dir, manifest !== undefined)
}

function readManifest(folder: string, cwd: string): Promise<string | undefined> {
  return readIfThere(join(folder, 'package.json'), cwd, 'BONAFIDE_LOCKFILE_UNREADABLE')
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

async function readOwn(
  path: string,
  cwd: string,
  code: ErrorCode,
  isRequired: boolean,
): Promise<{ readonly text: string; readonly shown: string } | null> {
  const text = isRequired ? await read(path, cwd, code) : await readIfThere(path, cwd, code)
  return text === undefined ? null : { text, shown: show(path, cwd) }
}

async function readIfThere(path: string, cwd: string, code: ErrorCode): Promise<string | undefined> {
  try {
    return await read(path, cwd, code)
  } catch (error) {
    if (error instanceof BonafideError && isMissing(error.cause)) return undefined
    throw error
  }
}

/**
 * Reads a file that the user named.
 *
 * @throws BonafideError with `code`, the path and the system's reason
 */
export async function read(path: string, cwd: string, code: ErrorCode): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new BonafideError(code, 'the file cannot be read', {
      path: show(path, cwd),
      found: reasonOf(cause),
      wanted: 'a file that can be read',
      cause,
    })
  }
}

/** The system's reason in words, or its code where there are none. */
export function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
  return REASONS.get(code) ?? code
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file'],
  ['ENOTDIR', 'a path that leads through a file'],
  ['EISDIR', 'a folder'],
  ['EACCES', 'a file that may not be read'],
  ['EPERM', 'a file that may not be read'],
])

// A missing file, or a missing folder: ENOTDIR is a path that leads through a file.
function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
}

/** A path as the user would write it: relative where it lies below the current folder. */
export function show(path: string, cwd: string): string {
  const short = relative(cwd, path)
  return short === '' ? '.' : short.startsWith('..') || isAbsolute(short) ? path : short
}
