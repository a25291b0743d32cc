// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { parseJson } from '@bonafide/core'
import type { JsonPath, Location } from '@bonafide/core'
import { compareExemptions, comparePins, comparePolicies } from '@bonafide/policy'
import type { Pin, StatedLoosening } from '@bonafide/policy'
import { FILES } from './own-files.ts'
import type { OwnFiles } from './own-files.ts'
import type { Project, ProjectOptions } from './project.ts'
import { placed } from './project-change.ts'
import type { LoosenedFile } from './project-change.ts'
import { readIfThere, show } from './text-file.ts'

/** What a change does to the files that judge. */
export interface FilesChange {
  readonly loosened: readonly LoosenedFile[]
  /** Pins of packages that have none in the base. */
  readonly newPins: ReadonlyMap<string, Pin>
  /** The place of a key of `bonafide.lock`. */
  readonly locatePin: (path: JsonPath) => Location
}

type Judges = Pick<OwnFiles, 'policy' | 'floor' | 'pins' | 'exemptions' | 'hasPins' | 'baseEdges'>

/**
 * Holds the files that judge a project against those of its base. What a change leaves as it was where it grew from the base is not its
 * doing, even if the base has become stricter since: merging keeps what the base has.
 *
 * @param grown - the files where the change grew from the base; null where nobody can tell, and then everything counts
 */
export async function compareFiles(
  head: Project,
  base: Judges,
  grown: Judges | null,
  options: ProjectOptions,
): Promise<FilesChange> {
  const [policyAt, pinsAt, exemptionsAt] = await Promise.all(
    [FILES.policy, FILES.pins, FILES.exemptions].map((name) => locatorOf(join(head.dir, name), options.cwd)),
  )
  // Cannot happen: three in, three out.
  if (policyAt === undefined || pinsAt === undefined || exemptionsAt === undefined) throw new TypeError('no place')
  const { loosened, added } = comparePinFiles(head, base, grown)
  // A policy that was named by an option judges as it is: no file of the project takes its place.
  const ofPolicy = options.policy === undefined && !isSamePolicy(head, grown) ? policyBeyond(head, base) : []
  const ofExemptions = compareExemptions(base.exemptions, head.exemptions).filter(({ path: [, index] }) => {
    const exemption = typeof index === 'number' ? head.exemptions[index] : undefined
    return !(grown?.exemptions ?? []).some((one) => isDeepStrictEqual(one, exemption))
  })
  const files = [
    { file: policyAt([]).file, keys: ofPolicy.map((key) => placed(key, policyAt)) },
    { file: pinsAt([]).file, keys: loosened.map((key) => placed(key, pinsAt)) },
    { file: exemptionsAt([]).file, keys: ofExemptions.map((key) => placed(key, exemptionsAt)) },
  ]
  return { loosened: files.filter(({ keys }) => keys.length > 0), newPins: added, locatePin: pinsAt }
}

function comparePinFiles(
  head: Project,
  base: Judges,
  grown: Judges | null,
): { readonly loosened: readonly StatedLoosening[]; readonly added: ReadonlyMap<string, Pin> } {
  const isOld = (name: string): boolean =>
    grown !== null && isDeepStrictEqual(grown.pins.packages.get(name), head.pins.packages.get(name))
  // What the base's lockfile holds is standing, recorded or not.
  const standing = { ...base.pins, exotic: [...base.pins.exotic, ...base.baseEdges, ...(grown?.pins.exotic ?? [])] }
  const { loosened, added } = comparePins(standing, head.pins)
  const newPins = new Map([...added].filter(([name]) => !isOld(name)))
  // One thing to say, and not one for each package.
  if (!head.hasPins && base.hasPins && grown?.hasPins !== false)
    return {
      loosened: [{ what: 'the file', path: [], found: 'no file', wanted: 'the pins of the base' }],
      added: newPins,
    }
  const own = loosened.filter(({ path: [section, name] }) => section !== 'packages' || !isOld(String(name)))
  return { loosened: own, added: newPins }
}

function policyBeyond(head: Judges, base: Judges): readonly StatedLoosening[] {
  const effective = comparePolicies(base.policy, head.policy)
  if (base.floor === null || isDeepStrictEqual(head.floor?.sha256, base.floor.sha256)) return effective
  // Out from under the organisation's policy, or under another one: what it asks is bound to its bytes.
  const path = ['extends', ...(head.floor === null ? [] : ['sha256'])]
  const found =
    head.floor === null ? 'nothing that it extends' : `extends ${head.floor.file}, sha256 ${head.floor.sha256}`
  const wanted = `extends ${base.floor.file}, sha256 ${base.floor.sha256}`
  return [{ what: path.join('.'), path, found, wanted }, ...effective]
}

function isSamePolicy(head: Judges, grown: Judges | null): boolean {
  return grown !== null && isDeepStrictEqual([head.policy, head.floor], [grown.policy, grown.floor])
}

async function locatorOf(path: string, cwd: string): Promise<(key: JsonPath) => Location> {
  const file = show(path, cwd)
  const text = await readIfThere(path, cwd, 'BONAFIDE_POLICY_UNREADABLE')
  const document = text === undefined ? null : parseJson(text)
  return (key) => ({ file, line: document === null || 'problem' in document ? 1 : document.locate(key).line })
}
