// SPDX-License-Identifier: Apache-2.0
import { withStore } from './clean-install.ts'
import type { Verdict } from './clean-install.ts'
import { emptyModules, whileMarked } from './modules-folder.ts'
import { AFTER, BEFORE, runProjectScripts } from './project-scripts.ts'
import { reify } from './reify.ts'
import type { Changes } from './reify.ts'
import { withEnvironment } from './script-environment.ts'

/** How a project is to be changed. */
export interface ProjectChangeOptions {
  /** Whether package.json and the lockfile are written. */
  readonly save: boolean
  /** Whether nothing was named: the project's own scripts run then, as with npm. */
  readonly isBare: boolean
}

/**
 * Installs what was planned and judged into a project, and writes package.json and the lockfile. What is there and fits stays, as with npm;
 * after an installation that was cut off, nothing does.
 *
 * @throws BonafideError as `cleanInstall`
 */
export async function installProject(verdict: Verdict, { save, isBare }: ProjectChangeOptions): Promise<Changes> {
  const { plan, options, env } = verdict
  const { project, ignoreScripts, scriptShell, omitted } = options
  return withStore(verdict, (store) =>
    withEnvironment(env, () =>
      whileMarked(project, async (marker) => {
        if (marker.isTakenOver) await emptyModules(project, options.workspaceFolders.values())
        const runs = isBare && !ignoreScripts
        if (runs) await runProjectScripts({ project, scriptShell, env, events: BEFORE })
        await marker.keep()
        const changes = await reify(plan, { store: store.folder, save, omitted, allowed: options.allowed })
        if (runs) await runProjectScripts({ project, scriptShell, env, events: AFTER })
        return changes
      }),
    ),
  )
}
