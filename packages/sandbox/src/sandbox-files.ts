// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Sandbox } from './sandbox.ts'

/** Where a sandbox wrote what its clients need. */
export interface SandboxFiles {
  readonly folder: string
  /** The Sigstore trusted root. */
  readonly trustedRoot: string
  /** The registry's keys, in the form of the TUF target. */
  readonly registryKeys: string
  /** The root metadata that a TUF client starts from. */
  readonly tufRoot: string
  /** Settings for npm: the registry and a token. */
  readonly npmrc: string
}

/** Writes them into a folder, or with null into a new temporary one. */
export async function writeSandboxFiles(sandbox: Sandbox, token: string, dir: string | null): Promise<SandboxFiles> {
  const folder = dir === null ? await mkdtemp(join(tmpdir(), 'bonafide-sandbox-')) : resolve(dir)
  await mkdir(folder, { recursive: true })
  const files = {
    folder,
    trustedRoot: join(folder, 'trusted_root.json'),
    registryKeys: join(folder, 'keys.json'),
    tufRoot: join(folder, 'root.json'),
    npmrc: join(folder, 'npmrc'),
  }
  const { registryUrl } = sandbox
  await writeFile(files.trustedRoot, sandbox.trustedRoot())
  await writeFile(files.registryKeys, sandbox.registryKeys())
  await writeFile(files.tufRoot, sandbox.tufRoot())
  // What was there before may be readable for others.
  await rm(files.npmrc, { force: true })
  const settings = `registry=${registryUrl}\n//${new URL(registryUrl).host}/:_authToken=${token}\n`
  await writeFile(files.npmrc, settings, { mode: 0o600 })
  return files
}
