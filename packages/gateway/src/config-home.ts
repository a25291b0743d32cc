// SPDX-License-Identifier: Apache-2.0
import { access, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '@bonafide/credentials'

/**
 * Makes a configuration folder (`XDG_CONFIG_HOME`) in which Bun finds the gateway for each scope, and every program what the user has there.
 * By no variable does Bun take a scope's registry, and by this it takes it before an `.npmrc`.
 *
 * Null where there is no scope, and where the user has settings of Bun's own: two files cannot be made one, and a scope is then turned away.
 */
export async function makeConfigHome(
  folder: string,
  env: Environment,
  scopes: readonly string[],
  registry: string,
): Promise<string | null> {
  const home = env['HOME'] ?? homedir()
  const configHome = env['XDG_CONFIG_HOME'] ?? join(home, '.config')
  const own = [join(home, BUNFIG), join(configHome, BUNFIG)]
  const isThere = await Promise.all(own.map((path) => access(path).then(yes, no)))
  if (scopes.length === 0 || isThere.includes(true)) return null
  await mkdir(folder)
  const names = await readdir(configHome).catch(() => [])
  for (const name of names) await symlink(join(configHome, name), join(folder, name))
  // Both are text without quotes or backslashes: a scope as npm's configuration has it, and our own URL.
  const lines = scopes.filter(isPlain).map((scope) => `"${scope.slice(1)}" = "${registry}"\n`)
  await writeFile(join(folder, BUNFIG), `[install.scopes]\n${lines.join('')}`)
  return folder
}

const BUNFIG = '.bunfig.toml'

function isPlain(scope: string): boolean {
  return /^@[\w.~-]+$/u.test(scope)
}

function yes(): true {
  return true
}

function no(): false {
  return false
}
