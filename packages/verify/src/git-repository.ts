// SPDX-License-Identifier: Apache-2.0
import { realpath } from 'node:fs/promises'
import { relative, sep } from 'node:path'
import { findGit, findTop } from './find-git.ts'
import { runGit } from './run-git.ts'
import type { Git } from './run-git.ts'

/** The repository around a folder, as it lies there. Whoever wants the files of one commit wants `openCommit`. */
export interface GitRepository {
  /** The top of the working tree. */
  readonly top: string
  /** The folder below the top, with slashes; empty where it is the top. */
  readonly place: string
  /** Runs git at the top: without a shell, hook, network or any variable of git's own. */
  readonly git: Git
}

/** Opens the repository around a folder; or says why there is none to be read. */
export async function openRepository(
  dir: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<GitRepository | { readonly problem: string }> {
  const folder = await realpath(dir).catch(() => null)
  const top = folder === null ? null : await findTop(folder)
  if (folder === null || top === null) return { problem: 'no git repository around the folder' }
  const program = await findGit(env, top)
  if (program === null) return { problem: 'no git in PATH' }
  const place = relative(top, folder).split(sep).join('/')
  return { top, place, git: (words) => runGit(program, top, words, env) }
}
