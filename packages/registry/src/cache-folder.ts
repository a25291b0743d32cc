// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'

/** Where the folder of the cache is looked for; nothing is taken from the process itself. */
export interface CacheFolderSource {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDir: string
  readonly platform: NodeJS.Platform
}

/** The folder that a system keeps caches in, with ours below it: XDG's, macOS' Library/Caches, Windows' LocalAppData. */
export function defaultCacheFolder({ env, homeDir, platform }: CacheFolderSource): string {
  // A relative path in XDG_CACHE_HOME is invalid and to be ignored (XDG Base Directory Specification).
  const xdg = env.XDG_CACHE_HOME
  if (xdg?.startsWith('/')) return join(xdg, 'bonafide')
  if (platform === 'darwin') return join(homeDir, 'Library', 'Caches', 'bonafide')
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homeDir, 'AppData', 'Local'), 'bonafide', 'Cache')
  return join(homeDir, '.cache', 'bonafide')
}

/** The folder for what a machine keeps for itself, which is never part of a cache that is carried around. */
export function defaultStateFolder({ env, homeDir, platform }: CacheFolderSource): string {
  const xdg = env.XDG_STATE_HOME
  if (xdg?.startsWith('/')) return join(xdg, 'bonafide')
  if (platform === 'darwin') return join(homeDir, 'Library', 'Application Support', 'bonafide')
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homeDir, 'AppData', 'Local'), 'bonafide', 'State')
  return join(homeDir, '.local', 'state', 'bonafide')
}
