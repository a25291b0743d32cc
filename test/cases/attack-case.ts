// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises'
import type { FindingCode } from '@bonafide/core'
import type { Scenario } from '@bonafide/sandbox'
import type { World } from '../support/world.ts'

/** What is found in one version with the cooldown switched off, by level; each code once, in alphabetical order. */
export interface Found {
  /** Empty where nothing but the cooldown stops it. */
  readonly refuse: readonly FindingCode[]
  readonly warn?: readonly FindingCode[]
  readonly undecided?: readonly FindingCode[]
  /** False where the version is too old for the cooldown to refuse it as well. */
  readonly cooldown?: false
}

/** What a look at a project finds, by `NAME@VERSION`; a version that is not named has no findings at all. */
export type Look = Readonly<Record<string, Found>>

/** An attack, re-enacted from what anybody could see of it. */
export interface AttackCase {
  /** The day, as the catalogue of attacks has it; for others what they are about: a bypass by its number, the rule that is laundered. */
  readonly row: string
  readonly packages: string
  /** What the attacker had, in a few words. */
  readonly had: string
  /** Where it is told. */
  readonly source: string
  readonly story: Scenario
  /** One for each time that a project of the story looks, in the order of time. */
  readonly looks: readonly Look[]
  /** Why no default rule refuses, where a version is stopped by the cooldown alone, or by nothing. */
  readonly why?: string
  /** Further words of the command, such as `--tarballs`. */
  readonly words?: readonly string[]
  /** Fields of the policy, where the attack is on a project that has one. */
  readonly policy?: Readonly<Record<string, unknown>>
  /** What somebody does before a look to the registry and its surroundings, or to the text of the lockfile. */
  readonly tamper?: (world: World, lockfile: string) => string | Promise<string>
}

/** The folders of attacks: the rows of the catalogue, attacks for rules that no row shows alone, and attempts to make a bad release look old. */
export const FOLDERS = ['attacks', 'further', 'laundering'] as const

/** The cases of a folder, by the names of their files. */
export async function loadAttacks(folder: (typeof FOLDERS)[number]): Promise<ReadonlyMap<string, AttackCase>> {
  const place = new URL(`${folder}/`, import.meta.url)
  const names = (await readdir(place)).filter((name) => name.endsWith('.ts')).sort()
  const cases = names.map(async (name) => {
    const { attack } = (await import(new URL(name, place).href)) as { readonly attack: AttackCase }
    return [name.replace(/\.ts$/u, ''), attack] as const
  })
  return new Map(await Promise.all(cases))
}
