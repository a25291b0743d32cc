// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises'
import type { FindingCode } from '@bonafide/core'
import type { VerdictKind } from '@bonafide/policy'
import type { Scenario } from '@bonafide/sandbox'

/** What a look finds in one version: its verdict, and the codes of all its findings; each code once, in alphabetical order. */
export interface Outcome {
  readonly verdict: VerdictKind
  readonly codes?: readonly FindingCode[]
}

/** What honest people do, and what bonafide says to it by default. The folder's name ends in the verdict of the last look. */
export interface BenignCase {
  readonly story: Scenario
  /** The version that it is about, in the last look. */
  readonly about: string
  /** One for each look, by `NAME@VERSION`; versions that are not named are what they were and have no findings. */
  readonly looks: readonly Readonly<Record<string, Outcome>>[]
}

/** The cases by the names of their folders. */
export async function loadBenign(): Promise<ReadonlyMap<string, BenignCase>> {
  const place = new URL('benign/', import.meta.url)
  const cases = (await readdir(place)).sort().map(async (name) => {
    const { benign } = (await import(new URL(`${name}/case.ts`, place).href)) as { readonly benign: BenignCase }
    return [name, benign] as const
  })
  return new Map(await Promise.all(cases))
}
