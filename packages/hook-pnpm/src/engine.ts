// SPDX-License-Identifier: Apache-2.0
// The same file in each hook that is an ES module: a hook has no dependencies, since it runs before anything is installed.
import { execFile } from 'node:child_process'
import { accessSync, constants, realpathSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, isAbsolute, join, sep } from 'node:path'

/** How the engine ended. */
export interface Ended {
  /** 0 satisfied, 1 refused, 2 wrong usage or a file that cannot be used, 3 undecided. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Where the engine is, and what more it is told. */
export interface EngineOptions {
  /** The `bonafide` command, or its `bin/bonafide.js`: an absolute path. Where left out, the first `bonafide` on the PATH outside the project. */
  readonly engine?: string
  /** Further options of `bonafide verify`, such as `--evidence-registry URL`. */
  readonly options?: readonly string[]
}

/** A version that is judged without a lockfile. */
export interface ListedVersion {
  readonly name: string
  readonly version: string
  /** What binds its bytes; the registry's signed metadata where null or left out. */
  readonly integrity?: string | null
}

/**
 * Runs `bonafide verify` for a project: over its lockfiles, or over a list of versions. The engine is a program of its own, so that what
 * verifies is not what is being verified.
 *
 * Never rejects: an engine that cannot be found or started has decided nothing (3).
 *
 * @param versions - what is judged in place of the lockfiles
 * @param words - further options, before those of the user
 */
export async function runEngine(
  project: string,
  versions: readonly ListedVersion[] | null,
  { engine, options = [] }: EngineOptions,
  words: readonly string[] = [],
): Promise<Ended> {
  const found = engine ?? search('bonafide', project)
  if (found === null) {
    const hint = 'install it outside of this project, or name it: { engine: "/path/to/bonafide" }'
    return undecided(`bonafide: error: no bonafide on the PATH\nbonafide: hint: ${hint}`)
  }
  if (!isAbsolute(found) || isJudged(real(found), real(project)))
    return undecided(`bonafide: error: the engine lies in what it judges: ${found}`)
  const isScript = /\.m?js$/u.test(found)
  const node = 'bun' in process.versions ? search('node', project) : process.execPath
  if (isScript && node === null) return undecided('bonafide: error: no node on the PATH')
  const [file, first] = isScript && node !== null ? [node, [found]] : [found, []]
  if (versions === null) return start(file, [...first, 'verify', ...words, ...options], project)
  const place = await mkdtemp(join(tmpdir(), 'bonafide-hook-'))
  try {
    const list = join(place, 'packages.json')
    await writeFile(list, JSON.stringify(versions))
    return await start(file, [...first, 'verify', '--packages', list, ...words, ...options], project)
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

function start(file: string, words: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(file, words, { cwd, maxBuffer: MAX_OUTPUT }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 3
      // What could not be started, or was killed, has told nobody anything.
      const told = stdout === '' && stderr === '' && error !== null ? `bonafide: error: ${error.message}` : stderr
      resolve({ code, stdout, stderr: told })
    })
  })
}

function undecided(stderr: string): Ended {
  return { code: 3, stdout: '', stderr }
}

// A report of ten thousand packages with evidence has 20 MB.
const MAX_OUTPUT = 512 * 1024 * 1024

// What is searched for never comes from the project: `node_modules/.bin` is on the PATH of every script.
function search(name: string, project: string): string | null {
  const within = real(project)
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder))
  const files = folders.map((folder) => join(folder, name))
  return files.find((file) => isProgram(file) && !isJudged(file, project) && !isJudged(real(file), within)) ?? null
}

// In the project, or among what a workspace's root around it has installed: a project may have a lockfile of its own below that.
function isJudged(file: string, project: string): boolean {
  if (isWithin(file, project)) return true
  for (let folder = project; folder !== dirname(folder); folder = dirname(folder))
    if (isWithin(file, join(dirname(folder), 'node_modules'))) return true
  return false
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)
}

function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
