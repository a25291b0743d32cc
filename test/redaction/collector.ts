// SPDX-License-Identifier: Apache-2.0
// Keeps what one test process and its children print, and looks into the folders that tests remove, for the secrets that were used.
import childProcess from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { printable } from '@bonafide/core'
import { BELONGING, OUTPUT, OWN_SECRETS, SHOWN_SECRETS } from './channels.ts'
import { SecretSearch } from './secret-search.ts'
import type { SecretHit } from './secret-search.ts'

/** What a process came to. */
export interface Collected {
  readonly test: string
  readonly secrets: number
  /** Bytes that were printed. */
  readonly printed: number
  /** Files that were looked into. */
  readonly files: number
  readonly leaks: readonly (SecretHit & { readonly where: string })[]
}

// The channel of the sandbox, by name: nothing of it is loaded into tests that have no sandbox.
const SANDBOX_SECRETS = 'bonafide:sandbox:secret'

// Files in which a credential belongs.
const CREDENTIAL_FILES = /^(?:\.?npmrc|\.yarnrc(?:\.yml)?|\.?bunfig\.toml|\.env)$/u
const LARGEST = 32 * 1024 * 1024

/** Starts to collect; what it came to, when it is asked. */
export function startCollecting(test: string): () => Collected {
  const search = new SecretSearch()
  const printed: Buffer[] = []
  const belonging: string[] = []
  const leaks = new Map<string, Collected['leaks'][number]>()
  let files = 0
  const keep = (chunk: unknown, encoding?: unknown): void => {
    if (typeof chunk === 'string')
      printed.push(Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8'))
    else if (chunk instanceof Uint8Array) printed.push(Buffer.from(chunk))
  }
  const note = (where: string, hits: readonly SecretHit[]): void => {
    for (const hit of hits) leaks.set(`${where} ${hit.secret}`, { ...hit, where })
  }
  subscribe(SANDBOX_SECRETS, (message) => {
    const { text } = message as { readonly text: string }
    search.add(text)
  })
  subscribe(OWN_SECRETS, (secret) => {
    search.add(String(secret))
  })
  subscribe(SHOWN_SECRETS, (secret) => {
    search.allow(String(secret))
  })
  subscribe(OUTPUT, (text) => {
    keep(text)
  })
  subscribe(BELONGING, (path) => void belonging.push(resolve(String(path))))
  watchStreams(keep)
  watchChildren(keep)
  const look = (folder: string): void => {
    if (search.size === 0) return
    for (const file of filesBelow(folder, belonging)) {
      files += 1
      note(`a file: ${printable(file.slice(folder.length + 1))}`, search.find(fs.readFileSync(file)))
    }
  }
  watchRemovals(look)
  const made = watchFolders()
  return () => {
    for (const folder of made) if (fs.existsSync(folder)) look(folder)
    const all = Buffer.concat(printed)
    note('what was printed', search.findPrinted(all))
    return { test, secrets: search.size, printed: all.length, files, leaks: [...leaks.values()] }
  }
}

type Keep = (chunk: unknown, encoding?: unknown) => void

function watchStreams(keep: Keep): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (...words: unknown[]) => boolean
    stream.write = (...words: unknown[]): boolean => {
      keep(words[0], words[1])
      return write(...words)
    }
  }
}

// Every way of starting a program ends in one of these: `spawn` of the class, or a function that waits.
function watchChildren(keep: Keep): void {
  const prototype = childProcess.ChildProcess.prototype as unknown as { spawn: (options: unknown) => number }
  const { spawn } = prototype
  prototype.spawn = function spawnWatched(this: childProcess.ChildProcess, options: unknown): number {
    const result = spawn.call(this as unknown as typeof prototype, options)
    // What git prints is what a repository holds: data, which nobody is shown.
    if (basename(String((options as { readonly file?: unknown }).file)) === 'git') return result
    for (const stream of [this.stdout, this.stderr])
      if (stream !== null && stream !== undefined) watchReads(stream, keep)
    return result
  }
  const keepBoth = (result: unknown): void => {
    const { stdout, stderr } = (result ?? {}) as { readonly stdout?: unknown; readonly stderr?: unknown }
    keep(stdout)
    keep(stderr)
  }
  const patched = childProcess as unknown as Record<string, (...words: unknown[]) => unknown>
  const { spawnSync, execFileSync, execSync } = patched
  patched['spawnSync'] = (...words) => {
    const result = spawnSync?.(...words)
    keepBoth(result)
    return result
  }
  for (const [name, original] of Object.entries({ execFileSync, execSync }))
    patched[name] = (...words) => {
      try {
        const output = original?.(...words)
        keep(output)
        return output
      } catch (error) {
        keepBoth(error)
        throw error
      }
    }
  syncBuiltinESMExports()
}

// A listener would set the stream flowing before the test listens; what is pushed into it passes here first.
function watchReads(stream: Readable, keep: Keep): void {
  const push = stream.push.bind(stream)
  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    keep(chunk, encoding)
    return push(chunk, encoding)
  }
}

// Folders of tests lie in the system's folder for such; what is removed within them is still there when they go, or was never kept.
function watchRemovals(look: (folder: string) => void): void {
  const before = (path: unknown, options: unknown): void => {
    if (typeof path !== 'string' || (options as { readonly recursive?: boolean } | undefined)?.recursive !== true)
      return
    const folder = resolve(path)
    if (dirname(folder) === tmpdir() && fs.existsSync(folder)) look(folder)
  }
  const { rmSync } = fs
  const { rm } = fs.promises
  fs.rmSync = (path, options) => {
    before(path, options)
    rmSync(path, options)
  }
  fs.promises.rm = async (path, options) => {
    before(path, options)
    await rm(path, options)
  }
  syncBuiltinESMExports()
}

// The folders that were made; what nobody removes is there at the end.
function watchFolders(): ReadonlySet<string> {
  const made = new Set<string>()
  const { mkdtempSync } = fs
  const { mkdtemp } = fs.promises
  const patched = fs as unknown as Record<string, unknown> & { promises: Record<string, unknown> }
  patched['mkdtempSync'] = (prefix: string): string => {
    const folder = mkdtempSync(prefix)
    made.add(resolve(folder))
    return folder
  }
  patched.promises['mkdtemp'] = async (prefix: string): Promise<string> => {
    const folder = await mkdtemp(prefix)
    made.add(resolve(folder))
    return folder
  }
  syncBuiltinESMExports()
  return made
}

function* filesBelow(folder: string, belonging: readonly string[]): Generator<string> {
  const waiting = [folder]
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (belongs(place, belonging)) continue
    for (const entry of entriesOf(place)) {
      const path = join(place, entry.name)
      if (entry.isDirectory()) waiting.push(path)
      else if (
        entry.isFile() &&
        !CREDENTIAL_FILES.test(basename(path)) &&
        !belongs(path, belonging) &&
        isReadable(path)
      )
        yield path
    }
  }
}

function belongs(path: string, belonging: readonly string[]): boolean {
  const way = `${path}${sep}`
  return belonging.some((one) => way.startsWith(one.endsWith('*') ? one.slice(0, -1) : `${one}${sep}`))
}

// A test may have taken away its own rights.
function entriesOf(folder: string): readonly fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

function isReadable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.R_OK)
    return fs.statSync(path).size <= LARGEST
  } catch {
    return false
  }
}
