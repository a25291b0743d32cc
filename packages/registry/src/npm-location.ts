// SPDX-License-Identifier: Apache-2.0
import { realpath } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join, sep } from 'node:path'

/** Where the user's npm lies. */
export interface NpmLocation {
  /** The Node.js beside it: npm takes its global prefix, and so its global configuration, from that. */
  readonly execPath: string
  /** The folder of npm itself, which may hold a built-in configuration. */
  readonly npmPath: string
}

const PROJECT_BIN = join('node_modules', '.bin')

/**
 * Finds the npm that the user would start, by `PATH`; null where there is none.
 *
 * bonafide may run on another Node.js than npm does (a project can bring its own along), and npm's global configuration, with a company's
 * proxy and certificates, lies beside npm's. Folders of projects are passed over: what a project installs is not the user's npm.
 */
export async function findNpm(path: string | undefined, platform: NodeJS.Platform): Promise<NpmLocation | null> {
  const isWindows = platform === 'win32'
  for (const folder of (path ?? '').split(delimiter)) {
    if (!isAbsolute(folder) || folder.endsWith(`${sep}${PROJECT_BIN}`)) continue
    const file = await realpath(join(folder, isWindows ? 'npm.cmd' : 'npm')).catch(() => null)
    if (file === null) continue
    // Elsewhere `npm` is a link to npm's `bin/npm-cli.js`; on Windows npm lies in `node_modules/npm` beside the command.
    const npmPath = isWindows ? join(folder, 'node_modules', 'npm') : dirname(dirname(file))
    return { execPath: join(folder, isWindows ? 'node.exe' : 'node'), npmPath }
  }
  return null
}
