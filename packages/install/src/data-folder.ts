// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'

/** Where the folder is looked for; nothing is taken from the process itself. */
export interface DataFolderSource {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDir: string
  readonly platform: NodeJS.Platform
}

/** The folder that a system keeps a user's data in, with ours below it. Unlike the cache it holds what a person decided. */
export function defaultDataFolder({ env, homeDir, platform }: DataFolderSource): string {
  // A relative path in XDG_DATA_HOME is invalid and to be ignored (XDG Base Directory Specification).
  const xdg = env.XDG_DATA_HOME
  if (xdg?.startsWith('/')) return join(xdg, 'bonafide')
  if (platform === 'darwin') return join(homeDir, 'Library', 'Application Support', 'bonafide')
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homeDir, 'AppData', 'Local'), 'bonafide', 'Data')
  return join(homeDir, '.local', 'share', 'bonafide')
}
