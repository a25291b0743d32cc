// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import type { NpmCommand } from './npm-command.ts'
import type { ToolSpec } from './tool-spec.ts'

const LOCKFILE = 'package-lock.json'
// Says which lockfile the folder's `node_modules` was installed from.
const INSTALLED = 'installed.sha512'

// No script of anybody, before the verdict or after it; nothing that asks or tells others.
const QUIETLY = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'] as const

/**
 * Writes a project that depends on the tool alone, and has npm write its lockfile: metadata is fetched, nothing is unpacked and nothing
 * is run. A lockfile that is there already and asks for the same is left as it is, unless `update` says otherwise.
 *
 * @throws BonafideError `BONAFIDE_NPM_FAILED`
 */
export async function planTool(
  folder: string,
  { name, range }: ToolSpec,
  npm: NpmCommand,
  { update = false }: { readonly update?: boolean } = {},
): Promise<void> {
  const manifest = `${JSON.stringify({ name: 'tool', private: true, dependencies: { [name]: range } }, null, 2)}\n`
  const path = join(folder, 'package.json')
  const isSame = (await readFile(path, 'utf8').catch(() => null)) === manifest
  const isLocked = (await readLock(folder)) !== null
  if (isSame && isLocked && !update) return
  await mkdir(folder, { recursive: true })
  await writeFileAtomic(path, manifest)
  // What was locked for another range, or is to be renewed, is not what is to be kept; npm keeps what it finds.
  for (const old of [LOCKFILE, 'node_modules']) await rm(join(folder, old), { recursive: true, force: true })
  await npm.run(['install', '--package-lock-only', '--prefer-online', ...QUIETLY], folder)
}

/** Tells whether what the folder holds was installed from the lockfile as it is now. */
export async function isInstalled(folder: string): Promise<boolean> {
  const [lock, marker] = await Promise.all([
    readLock(folder),
    readFile(join(folder, INSTALLED), 'utf8').catch(() => null),
  ])
  return lock !== null && marker === digestOf(lock)
}

/**
 * Installs exactly what the lockfile binds, without running any script.
 *
 * @throws BonafideError `BONAFIDE_NPM_FAILED`, also where bytes are not those that the lockfile binds
 */
export async function installTool(folder: string, npm: NpmCommand): Promise<void> {
  await rm(join(folder, INSTALLED), { force: true })
  await npm.run(['ci', ...QUIETLY], folder)
  const lock = await readLock(folder)
  // Written last: a run that was cut off leaves a folder that is installed anew.
  if (lock !== null) await writeFileAtomic(join(folder, INSTALLED), digestOf(lock))
}

async function readLock(folder: string): Promise<string | null> {
  return readFile(join(folder, LOCKFILE), 'utf8').catch(() => null)
}

function digestOf(text: string): string {
  return createHash('sha512').update(text).digest('hex')
}
