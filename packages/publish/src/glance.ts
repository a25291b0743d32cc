// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { BonafideError } from '@bonafide/core'
import type { JsonObject, NonEmpty, PublishFinding } from '@bonafide/core'
import type { Environment } from '@bonafide/credentials'
import { foreignScripts } from './folder-scripts.ts'
import { readManifest } from './pack-folder.ts'
import { preparePackage } from './prepare-package.ts'
import type { Preparation, PreparedPackage } from './prepared-package.ts'
import { parsePublishConfig } from './publish-config.ts'
import type { PublishConfig } from './publish-config.ts'
import type { PublishSource } from './publish-options.ts'

/** What is known of a package before any code of it may run. */
export interface Glance {
  readonly name: string
  readonly version: string
  readonly manifest: JsonObject
  readonly publishConfig: PublishConfig
  /** The package, where it was there to be read. */
  readonly prepared: PreparedPackage | null
  /** Whether scripts of it run before it is packed. */
  readonly runsScripts: boolean
  /** Packs it, where that is still to be done. */
  prepare(): Promise<Preparation>
}

/** What is wrong with it at the first glance. */
export interface Unreadable {
  readonly findings: NonEmpty<PublishFinding>
}

/**
 * Looks at what is to be published without running anything of it: a tarball as a whole, a folder by its `package.json`.
 *
 * @throws BonafideError `BONAFIDE_PACKAGE_UNREADABLE` where there is nothing to read
 */
export async function glance(source: PublishSource, path: string, env: Environment): Promise<Glance | Unreadable> {
  if (source.kind === 'folder') return glanceAtFolder(source, path, env)
  const preparation = source.kind === 'prepared' ? source : await preparePackage({ ...source, path })
  if (preparation.kind === 'refused') return { findings: preparation.findings }
  const { prepared } = preparation
  const { name, version, manifest, publishConfig } = prepared
  const prepare = (): Promise<Preparation> => Promise.resolve(preparation)
  return { name, version, manifest, publishConfig, prepared, runsScripts: false, prepare }
}

async function glanceAtFolder(
  source: Extract<PublishSource, { kind: 'folder' }>,
  path: string,
  env: Environment,
): Promise<Glance> {
  const manifest = await readManifest(path)
  const { name, version } = manifest ?? {}
  if (manifest === null || typeof name !== 'string' || typeof version !== 'string')
    throw new BonafideError('BONAFIDE_PACKAGE_UNREADABLE', 'what is to be published cannot be read', {
      path: join(path, 'package.json'),
      found: manifest === null ? 'none that can be read' : 'no name, or no version',
      wanted: 'a package.json with a name and a version',
      hint:
        manifest?.['workspaces'] === undefined
          ? 'give a tarball with --sha512, or the folder of a package'
          : 'bonafide publish -r publishes the packages of a workspace',
    })
  return {
    name,
    version,
    manifest,
    publishConfig: parsePublishConfig(name, manifest).config,
    prepared: null,
    runsScripts: source.allowScripts && foreignScripts(manifest).length > 0,
    prepare: () => preparePackage({ ...source, path, env }),
  }
}
