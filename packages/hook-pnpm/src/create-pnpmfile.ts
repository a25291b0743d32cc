// SPDX-License-Identifier: Apache-2.0
import { createBatch } from './batch.ts'
import type { Batch, Version } from './batch.ts'
import { runEngine } from './engine.ts'
import type { EngineOptions } from './engine.ts'
import { refusal } from './refusal.ts'

/** What pnpm tells `preResolution`; only what is read here. */
export interface PreResolutionContext {
  readonly existsNonEmptyWantedLockfile: boolean
  readonly lockfileDir: string
  readonly wantedLockfile: { readonly packages?: Readonly<Record<string, unknown>> }
}

/** A manifest as pnpm hands it to `readPackage`: those of a registry have a `dist`. */
export interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly dist?: { readonly integrity?: string; readonly tarball?: string }
}

/** What a package is fetched by. */
export interface Resolution {
  readonly integrity?: string
  readonly type?: string
}

/** Says where pnpm itself is to fetch a tarball. */
export interface Delegated {
  readonly delegate: { readonly tarball: string; readonly integrity: string }
}

/** What a `.pnpmfile.mjs` exports. */
export interface Pnpmfile {
  readonly hooks: {
    preResolution(context: PreResolutionContext): Promise<void>
    readPackage<M extends Manifest>(manifest: M): Promise<M>
  }
  readonly fetchers: readonly {
    canFetch(id: string, resolution: Resolution): boolean
    fetch(store: unknown, resolution: Resolution): Promise<Delegated>
  }[]
}

/**
 * Makes what a `.pnpmfile.mjs` exports. A lockfile that is refused, or that cannot be decided about, stops pnpm before any request; a
 * version that pnpm chooses anew stops it before the tarball is asked for.
 */
export function createPnpmfile(options: EngineOptions = {}): Pnpmfile {
  // Where pnpm runs, until it says where the lockfile lies.
  let project = process.cwd()
  const locked = new Set<string>()
  const chosen = new Map<string, { readonly version: Version; readonly tarball: string }>()
  const batch: Batch = createBatch((versions) => judgeVersions(project, versions, options))
  return {
    hooks: {
      // Called in every install, frozen or not ("Already up to date" aside): the lockfile as it stands, with its integrities.
      async preResolution({ existsNonEmptyWantedLockfile, lockfileDir, wantedLockfile }) {
        project = lockfileDir
        if (!existsNonEmptyWantedLockfile) return
        const ended = await runEngine(project, null, options, ['--allow-incomplete'])
        if (ended.code !== 0) throw refusal(ended)
        for (const [key, entry] of Object.entries(wantedLockfile.packages ?? {}))
          locked.add(keyOf(key, integrityOf(entry)))
      },
      // Called for each version that pnpm chooses, whether its store has it or not. `afterAllResolved` comes too late: by then scripts may
      // have run.
      async readPackage(manifest) {
        const { name, version, dist } = manifest
        if (dist === undefined || name === undefined || version === undefined) return manifest
        const { integrity = null, tarball } = dist
        if (locked.has(keyOf(`${name}@${version}`, integrity))) return manifest
        const one = { name, version, integrity }
        if (integrity !== null && tarball !== undefined) chosen.set(integrity, { version: one, tarball })
        await batch.add(one)
        return manifest
      },
    },
    // pnpm fetches while it still chooses: what is not judged yet waits here.
    fetchers: [
      {
        canFetch: (_id, { integrity, type }) => type === undefined && integrity !== undefined && chosen.has(integrity),
        async fetch(_store, { integrity = '' }) {
          const found = chosen.get(integrity)
          if (found === undefined) throw new TypeError('a tarball that was not chosen')
          await batch.add(found.version)
          return { delegate: { tarball: found.tarball, integrity } }
        },
      },
    ],
  }
}

async function judgeVersions(project: string, versions: readonly Version[], options: EngineOptions): Promise<void> {
  const ended = await runEngine(project, versions, options)
  if (ended.code !== 0) throw refusal(ended)
}

function keyOf(name: string, integrity: string | null): string {
  return `${name} ${integrity ?? ''}`
}

function integrityOf(entry: unknown): string | null {
  if (typeof entry !== 'object' || entry === null || !('resolution' in entry)) return null
  const { resolution } = entry
  if (typeof resolution !== 'object' || resolution === null || !('integrity' in resolution)) return null
  return typeof resolution.integrity === 'string' ? resolution.integrity : null
}
