// SPDX-License-Identifier: Apache-2.0
import { dirname, join, relative, resolve, sep } from 'node:path'
import { BonafideError } from '@bonafide/core'
import type { ErrorCode } from '@bonafide/core'
import {
  NO_EXEMPTIONS,
  NO_PINS,
  applyFloor,
  completePolicy,
  defaultPolicy,
  parseExemptions,
  parsePins,
  parsePolicyFile,
} from '@bonafide/policy'
import type { Exemptions, FloorReference, Pins, Policy, PolicyFile, StatedPolicy } from '@bonafide/policy'
import type { BaseVersions } from './past.ts'
import { readPrivateRoots } from './private-roots.ts'
import type { PrivateRootText } from './private-roots.ts'
import { checkDigest, readFromDisk, readIfThere, readNamed, show } from './text-file.ts'
import type { ReadText } from './text-file.ts'

/** The names of the files that bonafide keeps in a project. */
export const FILES = {
  policy: 'bonafide.json',
  pins: 'bonafide.lock',
  exemptions: 'bonafide.exemptions.json',
} as const

/** Where bonafide's own files lie. Relative paths are relative to `cwd`. */
export interface OwnPlace {
  readonly cwd: string
  readonly dir: string
  readonly policy?: string | undefined
}

/** Bonafide's own files of a project, and what was decided before: all that judges. */
export interface OwnFiles {
  /** With everything that it extends. */
  readonly policy: Policy
  /** What the policy file itself extends; null where it extends nothing. */
  readonly floor: FloorReference | null
  /** Whether the policy comes from a file. */
  readonly hasPolicy: boolean
  readonly pins: Pins
  /** Whether there is a `bonafide.lock`. */
  readonly hasPins: boolean
  readonly exemptions: Exemptions
  /** Whether there is a `bonafide.exemptions.json`. */
  readonly hasExemptions: boolean
  /** The private trusted roots that the policy names. */
  readonly privateRoots: readonly PrivateRootText[]
  /** The versions that the base's lockfile holds; none where there is no base. */
  readonly base: BaseVersions
  /** What packages of the base's lockfile ask for beside the registries, as `name@spec`. */
  readonly baseEdges: readonly string[]
}

/**
 * Reads bonafide's own files alone, for whoever needs no lockfile.
 *
 * @param from - where texts come from; the disk where left out
 * @throws BonafideError `BONAFIDE_POLICY_UNREADABLE`, `BONAFIDE_PINS_UNREADABLE`, `BONAFIDE_EXEMPTIONS_UNREADABLE`,
 *   `BONAFIDE_POLICY_FLOOR_MISMATCH`, `BONAFIDE_POLICY_LOOSER`, `BONAFIDE_TRUSTED_ROOT_UNREADABLE`, `BONAFIDE_TRUSTED_ROOT_MISMATCH`, and the errors of the parsers
 */
export async function readOwnFiles(place: OwnPlace, from: ReadText = readFromDisk): Promise<OwnFiles> {
  const dir = resolve(place.cwd, place.dir)
  const policyPath = place.policy === undefined ? join(dir, FILES.policy) : resolve(place.cwd, place.policy)
  const readHere = (name: string, code: ErrorCode): Promise<string | undefined> =>
    readIfThere(join(dir, name), place.cwd, code, from)
  const [policyText, pins, exemptions] = await Promise.all([
    place.policy === undefined
      ? readHere(FILES.policy, 'BONAFIDE_POLICY_UNREADABLE')
      : readNamed(policyPath, place.cwd, 'BONAFIDE_POLICY_UNREADABLE', from),
    readHere(FILES.pins, 'BONAFIDE_PINS_UNREADABLE'),
    readHere(FILES.exemptions, 'BONAFIDE_EXEMPTIONS_UNREADABLE'),
  ])
  const shown = (name: string): string => show(join(dir, name), place.cwd)
  const reader = new PolicyReader(policyPath, place.cwd, from)
  const policy =
    policyText === undefined ? defaultPolicy() : completePolicy(await reader.read(policyPath, policyText, 0))
  return {
    policy,
    floor: policyText === undefined ? null : parsePolicyFile(policyText, show(policyPath, place.cwd)).extends,
    hasPolicy: policyText !== undefined,
    pins: pins === undefined ? NO_PINS : parsePins(pins, shown(FILES.pins)),
    hasPins: pins !== undefined,
    exemptions: exemptions === undefined ? NO_EXEMPTIONS : parseExemptions(exemptions, shown(FILES.exemptions)),
    hasExemptions: exemptions !== undefined,
    privateRoots: await readPrivateRoots(policy.privateRoots, policyPath, place.cwd, from),
    base: new Map(),
    baseEdges: [],
  }
}

// More than any organisation has above it, and less than costs anything.
const MAX_FLOORS = 5

/** Reads a policy with everything that it extends. */
class PolicyReader {
  readonly #first: string
  readonly #cwd: string
  readonly #from: ReadText

  constructor(first: string, cwd: string, from: ReadText) {
    this.#first = first
    this.#cwd = cwd
    this.#from = from
  }

  /** What the policy with this text says above `depth` others. */
  async read(path: string, text: string, depth: number): Promise<StatedPolicy> {
    const own = this.#withPathsOfFirst(parsePolicyFile(text, show(path, this.#cwd)), path)
    if (own.extends === null) return own.stated
    // A chain without an end. A circle cannot be: it would need a file that holds its own digest.
    if (depth === MAX_FLOORS)
      throw new BonafideError('BONAFIDE_POLICY_MALFORMED', `${own.file} is the end of too long a chain`, {
        path: own.file,
        ...own.locate(['extends']),
        found: `a policy beneath ${MAX_FLOORS} others that extends one more`,
        wanted: `at most ${MAX_FLOORS} policies, each extended by the one before`,
      })
    const floorPath = resolve(dirname(path), own.extends.file)
    const floor = await readNamed(floorPath, this.#cwd, 'BONAFIDE_POLICY_UNREADABLE', this.#from)
    // The floor is changed where nobody of the organisation reviews it.
    const mismatch = checkDigest(floor, own.extends.sha256, floorPath, this.#cwd)
    if (mismatch !== null)
      throw new BonafideError('BONAFIDE_POLICY_FLOOR_MISMATCH', `${own.file} extends other bytes`, {
        ...mismatch,
        hint: `read what changed, then write the new digest into ${own.file}`,
      })
    return applyFloor(await this.read(floorPath, floor, depth + 1), own)
  }

  // A private root that a floor names lies beside the floor: its path is made relative to the policy that everything starts from.
  #withPathsOfFirst(own: PolicyFile, path: string): PolicyFile {
    const privateRoots =
      own.stated.privateRoots?.map((root) => ({
        ...root,
        file: relative(dirname(this.#first), resolve(dirname(path), root.file)).replaceAll(sep, '/'),
      })) ?? null
    return { ...own, stated: { ...own.stated, privateRoots } }
  }
}
