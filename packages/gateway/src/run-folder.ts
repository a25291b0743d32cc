// SPDX-License-Identifier: Apache-2.0
import { lstat, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PrivateFolders } from './client-environment.ts'
import { harmlessSettings } from './user-config.ts'

/** A folder for one run, which goes with it. */
export interface RunFolder extends PrivateFolders {
  /** For whatever else is to be there for a run. */
  path(name: string): string
  /** Yarn 1 takes tarballs from here, and asks nobody. */
  readonly offlineMirror: string
  remove(): Promise<void>
}

const PREFIX = 'bonafide-run-'

/**
 * Makes the folders in which clients keep things for one run. Nothing of an earlier run is in them: a cache that an install script can
 * write to brings whatever somebody put there.
 *
 * @param userConfig - where the user's own `.npmrc` is; its harmless settings are taken over
 * @param registries - npm's settings of registries, in lines: some shells lose variables of such names
 */
export async function makeRunFolder(userConfig: string, registries: string): Promise<RunFolder> {
  await removeLeftovers()
  const root = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`))
  const folder = (name: string): string => join(root, name)
  const [userFile, globalFile] = [folder('npmrc'), folder('global-npmrc')]
  const temporary = folder('tmp')
  const offlineMirror = folder('yarn-mirror')
  const settings = await readFile(userConfig, 'utf8').catch(() => '')
  await Promise.all([
    mkdir(temporary),
    mkdir(offlineMirror),
    writeFile(userFile, `${harmlessSettings(settings)}${registries}`),
    writeFile(globalFile, ''),
  ])
  return {
    npmCache: folder('npm'),
    pnpmStore: folder('pnpm-store'),
    pnpmCache: folder('pnpm-cache'),
    yarnClassicCache: folder('yarn-cache'),
    bunCache: folder('bun'),
    temporary,
    userConfig: userFile,
    globalConfig: globalFile,
    offlineMirror,
    path: folder,
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 2 }).catch(() => {}),
  }
}

/**
 * Removes what runs left behind that were cut off: folders of this user whose process is gone.
 *
 * Somebody else's link under such a name in a shared folder: only a folder, and only one's own, is touched.
 */
export async function removeLeftovers(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => [])
  for (const name of names) {
    const pid = /^bonafide-run-(\d{1,10})-[A-Za-z0-9]+$/u.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const path = join(tmpdir(), name)
    const found = await lstat(path).catch(() => null)
    if (found?.isDirectory() === true && found.uid === process.getuid?.())
      await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process, which may be a run of theirs.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}
