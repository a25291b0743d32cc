// SPDX-License-Identifier: Apache-2.0
import { finding, nameAtVersion } from '@bonafide/core'
import type { Finding, Sha512 } from '@bonafide/core'
import { IMPLICIT_BUILD, parseInstallManifest } from '@bonafide/policy'
import type { BytesFacts, InstallManifest, RegistryFacts, TarballFacts } from '@bonafide/policy'
import type { Packument, SpooledBytes } from '@bonafide/registry'
import { availabilityFinding } from './availability.ts'
import type { Sources } from './sources.ts'
import { readTarballContents } from './tarball-contents.ts'
import type { CarriedPackage, TarballContents } from './tarball-contents.ts'

/** What the registry's metadata says of a version's tarball. */
export interface ClaimedContents {
  /** Null where the version is not listed. */
  readonly manifest: InstallManifest | null
  readonly hasShrinkwrap: boolean
  /** Whether the metadata is the whole one, which alone tells what scripts run. */
  readonly isWhole: boolean
}

/** Nothing, since nobody could say or the version is not listed. */
export const NOTHING_CLAIMED: ClaimedContents = { manifest: null, hasShrinkwrap: false, isWhole: true }

/** Which tarball is to be looked at, and what is known of it. */
export interface BytesQuestion {
  readonly name: string
  readonly version: string
  /** What binds the bytes; null where nothing does. */
  readonly integrity: Sha512 | null
  readonly registry: RegistryFacts
  readonly claimed: ClaimedContents
}

/** What a version's metadata claims of its tarball. */
export function claimedContents(packument: Packument, version: string): ClaimedContents {
  const manifest = packument.manifest(version)
  if (manifest === undefined) return NOTHING_CLAIMED
  const has = manifest as { readonly _hasShrinkwrap?: unknown }
  return {
    manifest: parseInstallManifest(manifest),
    hasShrinkwrap: has._hasShrinkwrap === true,
    isWhole: packument.form === 'full',
  }
}

/**
 * Looks into a version's tarball, where the run is to: the very bytes that hash to what the lockfile binds.
 *
 * Never rejects because of what a registry did or a tarball holds.
 */
export async function gatherBytes(question: BytesQuestion, sources: Sources): Promise<BytesFacts> {
  if (!sources.readsTarballs) return { state: 'not-looked-at' }
  const { name, version, integrity, registry } = question
  const what = `the tarball of ${nameAtVersion(name, version)}`
  // Without metadata the tarball cannot be held against anything, and why there is none has been said.
  if (registry.state === 'unknown') return registry
  if (sources.readsTarballOf !== undefined && !(await sources.readsTarballOf(name, version)))
    return { state: 'not-looked-at' }
  if (integrity === null)
    return unavailable({ found: 'nothing that binds its bytes', wanted: 'one sha512', fix: 'lock this version anew' })
  const wanted = { name, version, integrity, claimed: registry.state === 'known' ? registry.tarball : null }
  const answer = await sources.client.fetchTarball(wanted, (tarball) => look(tarball, integrity, sources))
  if (answer.kind === 'absent') {
    const fix = 'ask another registry with --evidence-registry'
    return unavailable({ found: `no such file at ${answer.url}`, wanted: what, fix })
  }
  if (answer.kind !== 'found') return unavailable(availabilityFinding(answer, what))
  // 7.1 Swapped tarball: what is served is not what the lockfile binds.
  if ('found' in answer.value) {
    const detail = { ...answer.value, wanted: integrity, fix: 'do not install it; ask another registry' }
    return { state: 'unknown', findings: [finding('tarball-mismatch', detail)] }
  }
  return { state: 'known', ...(await heldAgainst(question, answer.value.contents, sources)) }
}

function unavailable({ found, wanted, fix }: Pick<Finding, 'found' | 'wanted' | 'fix'>): BytesFacts {
  return { state: 'unknown', findings: [finding('tarball-unavailable', { found, wanted, fix })] }
}

type Looked = { readonly contents: TarballContents } | { readonly found: string }

// B25: hashed before anything is parsed, and parsed from what was hashed. What the same reader saw in the same bytes it would see again.
async function look(tarball: SpooledBytes, integrity: Sha512, { contents: known }: Sources): Promise<Looked> {
  if (tarball.sha512 !== integrity) return { found: tarball.sha512 }
  const kept = await known?.get(integrity)
  if (kept !== undefined && kept !== null) return { contents: kept }
  const contents = await readTarballContents(tarball.read())
  await known?.put(integrity, contents)
  return { contents }
}

async function heldAgainst(
  { name, version, claimed }: BytesQuestion,
  { root, bundled, hasShrinkwrap, oddities }: TarballContents,
  { client }: Sources,
): Promise<TarballFacts> {
  const manifest = root.manifest === null ? null : parseInstallManifest(root.manifest)
  const hooks = new Map([root, ...bundled].flatMap(hooksOf))
  let told = claimed
  // The abbreviated form does not say which scripts run.
  if (!claimed.isWhole && (hooks.size > 0 || claimed.manifest?.hooks === null)) {
    const full = await client.fetchPackument(name, 'full')
    if (full.kind === 'found') told = claimedContents(full.value, version)
  }
  return {
    manifest,
    claimed: told.manifest ?? claimed.manifest,
    hooks,
    bundled: bundled.map(({ folder }) => folder),
    hasShrinkwrap,
    claimsShrinkwrap: told.hasShrinkwrap || claimed.hasShrinkwrap,
    oddities,
  }
}

/** What installing a carried package runs: those of a bundle are rebuilt like any other, and no metadata says what they run. */
export function hooksOf({ folder, manifest, hasBindingGyp }: CarriedPackage): readonly (readonly [string, string])[] {
  const { hooks, buildsByItself } = parseInstallManifest(manifest)
  const all = [...(hooks ?? [])]
  // Phantom Gyp: built where it is found, though no script says so.
  if (hasBindingGyp && buildsByItself) all.push(['install', IMPLICIT_BUILD])
  return all.map(([hook, command]) => [folder === '' ? hook : `${hook} of ${folder}`, command])
}
