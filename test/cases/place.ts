// SPDX-License-Identifier: Apache-2.0
// A project at a time, seen and changed by the library instead of the command.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addToPins, boundEvidence, parsePins, renderExemptions, renderPins } from '@bonafide/policy'
import type { Exemption, Facts } from '@bonafide/policy'
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

/** Records the identity that the locked version of a package shows, as a person does who has looked at it. */
export async function recordPin(place: Place, name: string): Promise<void> {
  const { facts } = await gatherAt(place)
  const own = facts.find((one) => one.name === name)
  const provenance = own === undefined ? null : boundEvidence(own).provenance
  if (own === undefined || provenance === null) throw new Error(`${name} shows no identity`)
  const file = join(place.folder, 'bonafide.lock')
  const pins = parsePins(await readFile(file, 'utf8'), file)
  await writeFile(file, renderPins(addToPins(pins, name, own.version, provenance)))
}

/** Lets one locked version through, exactly as its bytes are, from the rules named, as a person does who had to decide. */
export async function recordExemption(
  place: Place,
  { name, ...decided }: Pick<Exemption, 'name' | 'rules' | 'reason'>,
): Promise<void> {
  const { facts } = await gatherAt(place)
  const own = facts.find((one) => one.name === name)
  if (own?.locked.state !== 'sha512') throw new Error(`${name} is not locked`)
  const exemption = { name, version: own.version, integrity: own.locked.sha512, ...decided }
  await writeFile(join(place.folder, 'bonafide.exemptions.json'), renderExemptions([exemption]))
}
