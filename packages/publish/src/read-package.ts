// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { isNonEmpty, isPackageName, isVersion, publishFinding, toSha512 } from '@bonafide/core'
import type { JsonObject, PublishFinding } from '@bonafide/core'
import { readTarballContents } from '@bonafide/verify'
import { refusePreparation } from './prepared-package.ts'
import type { Preparation, PreparedPackage } from './prepared-package.ts'
import { parsePublishConfig } from './publish-config.ts'
import type { ConfigProblem, PublishConfig } from './publish-config.ts'
import { publishedManifest } from './published-manifest.ts'
import { readTarballEntries } from './tarball-entries.ts'

/**
 * Reads a tarball that is to be published: name, version and manifest from the `package.json` inside it, and from nowhere else.
 *
 * Refuses what two clients could unpack to two packages, and a manifest that carries a credential.
 */
export async function readPackage(tarball: Buffer, source: PreparedPackage['source']): Promise<Preparation> {
  const { root, oddities } = await readTarballContents(inOnePiece(tarball))
  const { manifest: inner } = root
  if (oddities.length > 0 || inner === null) return refusePreparation(ambiguous(source, oddities))
  const entries = await readTarballEntries(tarball)
  if (entries.oddities.length > 0) return refusePreparation(ambiguous(source, entries.oddities))
  const coordinate = coordinateOf(inner)
  if ('found' in coordinate) return refusePreparation(malformed(source, coordinate.found, coordinate.wanted))
  const { name, version } = coordinate
  const { config, problems } = parsePublishConfig(name, inner)
  const findings = [...problems.map((problem) => configFinding(name, problem)), ...hiddenTag(name, inner, config)]
  if (isNonEmpty(findings)) return { kind: 'refused', findings }
  const manifest = await publishedManifest(tarball).catch(() => null)
  // npm trims names and cleans versions: what is signed would then be another version than what is sent.
  if (manifest?.['name'] !== name || manifest['version'] !== version) {
    const wanted = 'a package.json from which npm makes a manifest of the same name and version'
    return refusePreparation(malformed(source, 'npm cannot make a manifest for the registry of it', wanted))
  }
  const integrity = toSha512(createHash('sha512').update(tarball).digest())
  return {
    kind: 'prepared',
    prepared: { name, version, manifest, tarball, integrity, source, files: entries.files, publishConfig: config },
  }
}

async function* inOnePiece(tarball: Buffer): AsyncGenerator<Buffer> {
  yield tarball
}

type Coordinate =
  | { readonly name: string; readonly version: string }
  | { readonly found: string; readonly wanted: string }

// One spelling: no spaces, no `v`, and no build metadata, which registries drop.
function coordinateOf({ name, version }: JsonObject): Coordinate {
  if (typeof name !== 'string' || !isPackageName(name))
    return { found: `the name ${JSON.stringify(name ?? null)}`, wanted: 'a name as registries write it' }
  if (typeof version !== 'string' || !isVersion(version) || version.includes('+'))
    return { found: `the version ${JSON.stringify(version ?? null)}`, wanted: 'a version such as 1.2.3, without a "+"' }
  return { name, version }
}

const MOST = 5

function ambiguous({ path }: PreparedPackage['source'], oddities: readonly string[]): PublishFinding {
  const more = oddities.length - MOST
  return publishFinding('package-ambiguous', {
    subject: path,
    found: `${oddities.slice(0, MOST).join('; ') || 'no package.json'}${more > 0 ? `; and ${more} more` : ''}`,
    wanted: 'plain files in one folder, each once, with one package.json: what every client unpacks alike',
    where: { kind: 'file', path, line: null },
    fix: ['pack it anew with npm pack, from a folder without links'],
  })
}

function malformed({ path }: PreparedPackage['source'], found: string, wanted: string): PublishFinding {
  return publishFinding('package-malformed', {
    subject: path,
    found,
    wanted,
    where: IN_TARBALL,
    fix: ['mend package.json and pack again'],
  })
}

const IN_TARBALL = { kind: 'file', path: 'package.json', line: null } as const

function configFinding(name: string, { key, kind }: ConfigProblem): PublishFinding {
  return kind === 'credential'
    ? publishFinding('publish-config-credential', {
        subject: name,
        // Everybody who reads the manifest reads the credential; its value is said nowhere.
        found: `publishConfig holds the credential ${key}, and the manifest is published`,
        wanted: 'no credential in package.json',
        where: IN_TARBALL,
        fix: [`take ${key} out of publishConfig, and revoke what it held`],
      })
    : publishFinding('package-malformed', {
        subject: name,
        found: `publishConfig with another ${key} than is known`,
        wanted: 'access "public" or "restricted", tag a name, registry a URL',
        where: IN_TARBALL,
        fix: [`mend publishConfig.${key} in package.json`],
      })
}

// npm's library takes a `tag` at the top of the manifest for the dist-tag, before anything that the user said.
function hiddenTag(name: string, inner: JsonObject, { tag }: PublishConfig): readonly PublishFinding[] {
  const hidden = inner['tag']
  if (hidden === undefined || hidden === tag) return []
  return [
    publishFinding('package-malformed', {
      subject: name,
      found: 'a "tag" at the top of package.json, which npm obeys before --tag',
      wanted: 'a tag in publishConfig, or by --tag',
      where: IN_TARBALL,
      fix: ['move "tag" into publishConfig'],
    }),
  ]
}
