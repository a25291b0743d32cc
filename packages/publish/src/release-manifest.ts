// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BonafideError, isJsonObject, isPackageName, isVersion, parseJson } from '@bonafide/core'
import type { ErrorDetail, JsonObject } from '@bonafide/core'

/** The `package.json` of a folder that is about to be published from. */
export interface ReleaseManifest {
  readonly name: string
  readonly version: string
  readonly manifest: JsonObject
}

/**
 * Reads `package.json` as it lies there. What is inside a tarball, `preparePackage` tells.
 *
 * @throws BonafideError `BONAFIDE_PACKAGE_UNREADABLE` where there is none, or none that names a package
 */
export async function readReleaseManifest(dir: string): Promise<ReleaseManifest> {
  const path = join(dir, 'package.json')
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw unreadable({
      path,
      wanted: 'the package.json of what is published',
      hint: NAME_FOLDER,
      cause,
    })
  }
  const document = parseJson(text)
  if ('problem' in document) {
    const { line, column, problem } = document
    throw unreadable({ path, line, column, found: problem, wanted: 'JSON' })
  }
  // Which of two equal keys counts differs between readers: the registry and we would see two packages.
  const [twice] = document.duplicates
  if (twice !== undefined) {
    const { line, column } = twice
    throw unreadable({ path, line, column, found: `${twice.path.join('.')} twice`, wanted: 'each key once' })
  }
  const manifest = document.value
  const [name, version] = isJsonObject(manifest) ? [manifest['name'], manifest['version']] : []
  if (!isJsonObject(manifest) || typeof name !== 'string' || !isPackageName(name))
    throw unreadable({ path, found: 'no name of a package', wanted: '"name"', hint: NAME_FOLDER })
  if (typeof version !== 'string' || !isVersion(version))
    throw unreadable({ path, found: 'no version', wanted: '"version", such as 1.0.0', hint: NAME_FOLDER })
  return { name, version, manifest }
}

const NAME_FOLDER = 'name the folder of the package: bonafide guard DIR'

function unreadable(detail: ErrorDetail): BonafideError {
  return new BonafideError('BONAFIDE_PACKAGE_UNREADABLE', 'what is to be published cannot be read', detail)
}
