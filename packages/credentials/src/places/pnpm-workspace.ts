// SPDX-License-Identifier: Apache-2.0
import { join, resolve } from 'node:path'
import mapWorkspaces from '@npmcli/map-workspaces'
import type { CredentialSource } from '../credential.ts'
import { firstWith, foldersUpwards } from './folders.ts'
import { readTextFile } from './text-file.ts'
import { readYaml } from './yaml-text.ts'

const VARIABLES = [
  'PNPM_CONFIG_WORKSPACE_DIR',
  'pnpm_config_workspace_dir',
  'NPM_CONFIG_WORKSPACE_DIR',
  'npm_config_workspace_dir',
] as const

/**
 * The folder whose `.npmrc` pnpm reads as the project's: that of the workspace where the folder is one of its packages, else the folder
 * itself.
 *
 * @throws BonafideError `BONAFIDE_CREDENTIALS_UNREADABLE`, `BONAFIDE_CREDENTIALS_MALFORMED`
 */
export async function findPnpmRoot(cwd: string, env: CredentialSource['env']): Promise<string> {
  const named = VARIABLES.map((name) => env[name]).find((value) => value !== undefined && value !== '')
  if (named !== undefined) return resolve(cwd, named)
  const root = await firstWith(foldersUpwards(cwd), 'pnpm-workspace.yaml')
  if (root === null || root === cwd) return cwd
  const path = join(root, 'pnpm-workspace.yaml')
  const patterns = readYaml(path, (await readTextFile(path)) ?? '', 'core')
    .filter((one) => one.path[0] === 'packages')
    .map(({ value }) => value)
  return (await isMember(root, cwd, patterns)) ? root : cwd
}

async function isMember(root: string, cwd: string, patterns: readonly string[]): Promise<boolean> {
  try {
    const members = await mapWorkspaces({ cwd: root, pkg: { workspaces: patterns } })
    return [...members.values()].includes(cwd)
  } catch {
    // Two packages of one name, say, which pnpm does not mind.
    return patterns.length > 0
  }
}
