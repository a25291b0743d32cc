// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { show } from './text-file.ts'

/** A folder in which Yarn keeps its archives, with their names. */
export interface ArchiveFolder {
  /** Absolute. */
  readonly dir: string
  /** As the user would write it. */
  readonly shown: string
  /** Whether it lies in the project: whoever writes the project writes the archives. */
  readonly isInProject: boolean
  readonly names: readonly string[]
}

/**
 * Finds the folders of archives beside a yarn.lock: Yarn's own place in a project (zero-installs) and the one that `.yarnrc.yml` names.
 * What is not there has no archives; nothing is claimed about it.
 */
export async function findArchiveFolders(project: string, cwd: string): Promise<readonly ArchiveFolder[]> {
  const settings = await readFile(join(project, '.yarnrc.yml'), 'utf8').catch(() => '')
  const configured = /^cacheFolder:[ \t]*(["']?)(\S.*?)\1[ \t]*$/mu.exec(settings)?.[2]
  const dirs = new Set(
    ['.yarn/cache', ...(configured === undefined ? [] : [configured])].map((dir) => resolve(project, dir)),
  )
  const folders = await Promise.all(
    [...dirs].map(async (dir): Promise<ArchiveFolder | null> => {
      const names = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith('.zip')).sort()
      const below = relative(project, dir)
      const isInProject = !below.startsWith('..') && !isAbsolute(below)
      return names.length === 0 ? null : { dir, shown: show(dir, cwd), isInProject, names }
    }),
  )
  return folders.filter((folder) => folder !== null)
}

/**
 * The archives that Yarn would take for a version of a registry's package. Their names hold a hash of what they are for; what else stands
 * in them (the version, the checksum or the cache's key) is not gone by.
 */
export function archivesOf(
  { names }: ArchiveFolder,
  name: string,
  version: string,
  archiveUrl: string | null,
): readonly string[] {
  const [scope, base] = name.startsWith('@') ? name.slice(1).split('/', 2) : ['', name]
  const url = archiveUrl === null ? '' : `::__archiveUrl=${encodeURIComponent(archiveUrl)}`
  const hash = sha512(`${sha512(`${scope ?? ''}${base ?? ''}`)}npm:${version}${url}`).slice(0, 10)
  return names.filter((file) => new RegExp(`-${hash}-[0-9a-z]+\\.zip$`, 'u').test(file))
}

function sha512(text: string): string {
  return createHash('sha512').update(text).digest('hex')
}
