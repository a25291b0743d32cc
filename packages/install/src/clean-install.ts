// SPDX-License-Identifier: Apache-2.0
import { BonafideError } from '@bonafide/core'
import type { Lockfile } from '@bonafide/lockfile'
import type { BoundVersion, OpenSources } from '@bonafide/verify'
import { approvedOf, bindTarballs } from './approved-tarballs.ts'
import type { InstallOptions } from './install-options.ts'
import { emptyModules, whileMarked } from './modules-folder.ts'
import { differences, placesOf } from './plan.ts'
import type { Plan } from './plan.ts'
import { openPrivateStore } from './private-store.ts'
import type { PrivateStore } from './private-store.ts'
import { AFTER, BEFORE, runProjectScripts } from './project-scripts.ts'
import { reify } from './reify.ts'
import type { Changes } from './reify.ts'
import { withEnvironment } from './script-environment.ts'
import type { ScriptEnvironment } from './script-environment.ts'
import { fillStore } from './store-filling.ts'

/** What an installation takes once the verdict allows it. */
export interface Verdict {
  readonly plan: Plan
  /** The lockfile that was judged. */
  readonly lockfile: Lockfile
  readonly bound: readonly BoundVersion[]
  readonly options: InstallOptions
  readonly sources: Pick<OpenSources, 'client' | 'cacheDir'>
  /** What scripts see. */
  readonly env: ScriptEnvironment
  readonly onFilled?: (done: number, total: number) => void
}

/**
 * Refuses a plan that is not what the lockfile says.
 *
 * @throws BonafideError `BONAFIDE_NOT_IN_SYNC`
 */
export function assertInSync(plan: Plan, lockfile: Lockfile): void {
  const found = differences(plan, placesOf(lockfile))
  if (found.length === 0) return
  throw new BonafideError('BONAFIDE_NOT_IN_SYNC', 'package.json and the lockfile are not in sync', {
    path: lockfile.file,
    found: found.slice(0, 5).join('; ') + (found.length > 5 ? `; and ${found.length - 5} more` : ''),
    wanted: 'a lockfile that holds exactly what package.json asks for',
    hint: 'bonafide install',
  })
}

/**
 * Installs what was judged: fills a private store with exactly those bytes, and only then touches the project. Until the last script has
 * ended, a marker in `node_modules` says that it is unfinished.
 *
 * @throws BonafideError `BONAFIDE_NOT_INSTALLABLE` before anything is changed; `BONAFIDE_INSTALL_FAILED` with the marker left behind
 */
export async function cleanInstall(verdict: Verdict): Promise<Changes> {
  const { plan, options, env } = verdict
  return withStore(verdict, (store) =>
    withEnvironment(env, () =>
      whileMarked(options.project, async (marker) => {
        const { project, ignoreScripts, scriptShell, omitted } = options
        await emptyModules(project, options.workspaceFolders.values())
        const run = { project, scriptShell, env }
        if (!ignoreScripts) await runProjectScripts({ ...run, events: BEFORE })
        await marker.keep()
        const changes = await reify(plan, { store: store.folder, save: false, omitted, allowed: options.allowed })
        if (!ignoreScripts) await runProjectScripts({ ...run, events: AFTER })
        return changes
      }),
    ),
  )
}

/** Fills a store with what a plan unpacks, hands it to `use`, and removes it whatever happens. */
export async function withStore<T>(
  { plan, lockfile, bound, sources, onFilled }: Verdict,
  use: (store: PrivateStore) => Promise<T>,
): Promise<T> {
  const { client } = sources
  const tarballs = bindTarballs(plan, placesOf(lockfile), approvedOf(bound), (name) => client.downloadRegistryOf(name))
  const store = await openPrivateStore(sources.cacheDir)
  try {
    await fillStore(store, tarballs, client, onFilled)
    return await use(store)
  } finally {
    await store.close()
  }
}
