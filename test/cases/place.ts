// SPDX-License-Identifier: Apache-2.0
// A project at a time, seen by the library instead of the command.
import type { Facts } from '@bonafide/policy'
import { openSources, readProject } from '@bonafide/verify'
import type { Project } from '@bonafide/verify'
import type * as gatherModule from '../../packages/verify/src/verify-project.ts'
import type { World } from '../support/world.ts'

// Not exported by the package: nobody who wants a verdict needs it.
const verify = new URL('../../packages/verify/src/', import.meta.url).href
const { gatherProject } = (await import(`${verify}verify-project.ts`)) as typeof gatherModule

/** Where a project lies at a time, and the world around it. */
export interface Place {
  readonly folder: string
  readonly at: Date
  readonly world: World
}

/** A project with the facts about everything that it holds. */
export async function gatherAt({ folder, at, world }: Place): Promise<{ project: Project; facts: readonly Facts[] }> {
  const [, registry, , trustedRoot, , registryKeys] = world.trust
  const where = { cwd: folder, dir: '.' }
  const project = await readProject(where)
  const sources = await openSources({ ...where, env: world.env, now: at, registry, trustedRoot, registryKeys })
  const { versions } = await gatherProject(project, sources)
  await sources.close()
  return { project, facts: versions.map(({ facts }) => facts) }
}
