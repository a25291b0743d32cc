// SPDX-License-Identifier: Apache-2.0
import type { BundleForm, BundleJson } from './bundle.ts'
import type { Publisher, Release } from './release.ts'
import { packTarball } from './tarball.ts'
import type { Tarball } from './tarball.ts'

/** Whether everybody may read a package. */
export type Access = 'public' | 'restricted'

/** A version as it comes to the registry, from whichever side: what is in it was decided by who sends it. */
export interface Submission {
  readonly name: string
  readonly version: string
  /** Its metadata, before the registry adds its own. */
  readonly manifest: Readonly<Record<string, unknown>>
  readonly tarball: Tarball
  /** The dist-tags that move to it. */
  readonly tags: readonly string[]
  /** For packages that are new; null leaves it to the registry. */
  readonly access: Access | null
  readonly publisher: Publisher
  /** Signed beforehand. */
  readonly provenance: BundleJson | null
}

/** What the registry itself does with a version. */
export interface Acceptance {
  readonly publishedAt: Date
  /** Who maintains the package if it is new. */
  readonly maintainer: Pick<Publisher, 'name' | 'email'>
  /** Whether it attests to the publishing; by default where there is provenance. */
  readonly publishAttestation?: boolean | undefined
  readonly signature?: boolean | undefined
  readonly publishBundle?: BundleForm | undefined
}

/** Who publishes where nobody is named. */
export const SANDBOX_USER = { name: 'sandbox', email: 'sandbox@sandbox.test' }

/** Packs a release as npm's client does. The provenance has to be signed for the tarball that comes out. */
export function packRelease(release: Release): Omit<Submission, 'provenance'> {
  const { name, version, files = {} } = release
  const packageJson = { name, version, main: 'index.js', license: 'MIT', ...release.manifest }
  const tarball = packTarball(
    new Map([
      ['package.json', `${JSON.stringify(packageJson, null, 2)}\n`],
      ...Object.entries({ 'index.js': `module.exports = ${JSON.stringify(name)}\n`, ...files }),
    ]),
  )
  return {
    name,
    version,
    manifest: {
      ...packageJson,
      ...(Object.hasOwn(files, 'binding.gyp') ? buildFields(release.manifest ?? {}) : {}),
      _id: `${name}@${version}`,
      _nodeVersion: '24.8.0',
      _npmVersion: '11.6.0',
      directories: {},
    },
    tarball,
    tags: release.tag === null ? [] : [release.tag ?? 'latest'],
    access: null,
    publisher: release.publisher ?? SANDBOX_USER,
  }
}

// What npm's client says of a package with a `binding.gyp`, which its `package.json` need not mention: it is built on installing.
function buildFields({ scripts, gypfile }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const told = (scripts ?? {}) as Readonly<Record<string, unknown>>
  if (gypfile === false || Object.hasOwn(told, 'install') || Object.hasOwn(told, 'preinstall')) return {}
  return { scripts: { ...told, install: 'node-gyp rebuild' }, gypfile: true }
}
