// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { isJsonObject, nameAtVersion, publishFinding } from '@bonafide/core'
import type { JsonObject, PublishFinding } from '@bonafide/core'
import { readManifest } from './pack-folder.ts'
import type { ReleaseManifest } from './release-manifest.ts'

/**
 * Whether the folder that `publishConfig.directory` names holds the package that was judged. Empty where it does, and where none is named.
 *
 * pnpm and lerna run the scripts of the one folder and publish the other: another package, with a token that is refused for it alone.
 */
export async function checkPublishedFolder(dir: string, release: ReleaseManifest): Promise<readonly PublishFinding[]> {
  const directory = configOf(release.manifest)['directory']
  if (typeof directory !== 'string') return []
  const published = await readManifest(join(dir, directory))
  if (published !== null && isSame(published, release.manifest)) return []
  const [name, version] = [published?.['name'], published?.['version']]
  return [
    publishFinding('package-manifest-differs', {
      subject: nameAtVersion(release.name, release.version),
      found:
        typeof name === 'string' && typeof version === 'string'
          ? `publishConfig.directory leads to ${nameAtVersion(name, version)} in ${directory}, or to another registry`
          : `publishConfig.directory leads to ${directory}, where no package.json can be read`,
      wanted: 'the same name, version and registry there',
      where: { kind: 'file', path: 'package.json', line: null },
      fix: [
        'build the folder before it is published, from this package.json',
        'pack it in a job without id-token, then bonafide publish TARBALL --sha512 HEX in the next',
      ],
    }),
  ]
}

function isSame(published: JsonObject, own: JsonObject): boolean {
  return (
    published['name'] === own['name'] &&
    published['version'] === own['version'] &&
    registries(published) === registries(own)
  )
}

function registries(manifest: JsonObject): string {
  const stated = Object.entries(configOf(manifest)).filter(([key]) => /(?:^|:)registry$/u.test(key))
  return JSON.stringify(stated.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

function configOf(manifest: JsonObject): JsonObject {
  const config = manifest['publishConfig']
  return isJsonObject(config) ? config : {}
}
