// SPDX-License-Identifier: Apache-2.0
import { loadNpmConfig } from './npm-config.ts'
import type { NpmSettingsSource } from './npm-settings.ts'

/** The layers of npm's configuration that somebody writes, from the one that wins to the one that loses. */
export const NPM_LAYERS = ['cli', 'env', 'project', 'user', 'global', 'builtin'] as const

/** A layer of {@link NPM_LAYERS}. */
export type NpmLayerName = (typeof NPM_LAYERS)[number]

/** One layer as npm has it in the end. */
export interface NpmLayer {
  readonly name: NpmLayerName
  /** The file, or npm's words for where there is none. */
  readonly source: string
  /** As written: keys and values with their variables. */
  readonly raw: Readonly<Record<string, unknown>>
  /** With npm's types, variables replaced, and invalid values taken out. */
  readonly settings: Readonly<Record<string, unknown>>
}

/** npm's whole configuration, the project's file in full, as `npm publish` would take it. */
export interface NpmChain {
  readonly layers: readonly NpmLayer[]
  /** The folder that npm would work in: that of the project, or the root of the workspaces that it belongs to. */
  readonly prefix: string
  /** Keys for which npm stops before it does anything, such as `_auth` without a registry. */
  readonly invalid: readonly string[]
}

/**
 * Reads npm's configuration as npm does to publish. The project's file counts in full, `userconfig` and variables included, since npm
 * would send what it says; who reads metadata for a verdict wants `loadNpmLayers`.
 *
 * @throws BonafideError `BONAFIDE_NPM_CONFIG`
 */
export async function loadNpmChain(source: NpmSettingsSource): Promise<NpmChain> {
  const config = await loadNpmConfig(source)
  const invalid = problemsOf(() => config.validate())
  const layers = NPM_LAYERS.map((name) => {
    const data = config.data.get(name)
    const raw: Readonly<Record<string, unknown>> = data?.raw ?? {}
    const settings: Readonly<Record<string, unknown>> = { ...(data?.data as object) }
    return { name, source: data?.source ?? name, raw, settings }
  })
  return { layers, prefix: config.localPrefix, invalid }
}

// npm's error lists what to rename or delete.
function problemsOf(validate: () => void): readonly string[] {
  try {
    validate()
    return []
  } catch (error) {
    const { problems = [] } = error as { problems?: readonly { readonly key?: string; readonly from?: string }[] }
    if (problems.length === 0) throw error
    return problems.map(({ key, from }) => key ?? from ?? '')
  }
}
