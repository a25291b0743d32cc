// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module'
import { join } from 'node:path'
import Config from '@npmcli/config'
import { BonafideError } from '@bonafide/core'
import { findNpm } from './npm-location.ts'
import type { NpmSettingsSource } from './npm-settings.ts'

/** The reader's options; its published types are older than two of them. */
export type NpmReaderOptions = Config.Options & {
  readonly nerfDarts: readonly string[]
  readonly warn: boolean
}

const require = createRequire(import.meta.url)
const { definitions, shorthands, nerfDarts } = require('@npmcli/config/lib/definitions') as {
  definitions: Config.DefinitionsObject
  shorthands: Config.ShortFlags
  nerfDarts: string[]
}

/**
 * Loads npm's configuration with npm's own reader.
 *
 * @throws BonafideError `BONAFIDE_NPM_CONFIG` where the reader gives up, or where a file is there and cannot be read: it may hold what
 * decides where private names and credentials go
 */
export async function loadNpmConfig(
  source: NpmSettingsSource,
  make: (options: NpmReaderOptions) => Config = (options) => new Config(options),
): Promise<Config> {
  const npm = await findNpm(source.env['PATH'] ?? source.env['Path'], process.platform)
  const config = make({
    ...(npm === null ? {} : { execPath: npm.execPath }),
    definitions,
    shorthands,
    nerfDarts,
    // Where no npm is at hand: a folder without an `npmrc` means no builtin configuration.
    npmPath: npm?.npmPath ?? join(import.meta.dirname, 'no-npm'),
    // npm's reader writes into the environment it is given.
    env: { ...source.env },
    argv: ['node', 'npm', ...(source.argv ?? [])],
    cwd: source.cwd,
    warn: false,
  })
  try {
    await config.load()
  } catch (cause) {
    throw new BonafideError('BONAFIDE_NPM_CONFIG', 'npm’s configuration cannot be read', { cause })
  }
  for (const where of ['user', 'global', 'project'] as const) {
    const data = config.data.get(where) as { loadError?: NodeJS.ErrnoException; source?: string } | undefined
    if (data?.loadError !== undefined && data.loadError.code !== 'ENOENT') {
      throw new BonafideError('BONAFIDE_NPM_CONFIG', `the ${where} configuration of npm cannot be read`, {
        ...(data.source === undefined ? {} : { path: data.source }),
        cause: data.loadError,
      })
    }
  }
  return config
}
