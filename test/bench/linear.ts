// SPDX-License-Identifier: Apache-2.0
// Whether time and memory grow with the number of entries, and no faster.
import { join } from 'node:path'
import { bonafideOn, forgetBonafide, trusts } from './contenders.ts'
import { measureCommand } from './command.ts'
import type { CommandCosts } from './command.ts'
import type { Serving } from './serving.ts'

/** `bonafide verify` on a lockfile of so many entries. */
export interface LinearCosts {
  readonly entries: number
  readonly cold: CommandCosts & { readonly requests: number }
  readonly warm: CommandCosts & { readonly requests: number }
}

/** Verifies the project of each size: with an empty cache, then with what that left. */
export async function measureLinear(
  serving: Serving,
  sizes: readonly number[],
  tell: (text: string) => void,
): Promise<readonly LinearCosts[]> {
  const { served } = serving
  const costs: LinearCosts[] = []
  for (const entries of sizes) {
    const project = join(served.root, 'projects', String(entries))
    measureCommand(bonafideOn(served, project, ['init', '--json']), () => true)
    const run = async (state: string): Promise<LinearCosts['cold']> => {
      await serving.requests()
      const cost = measureCommand(bonafideOn(served, project, ['verify', '--json']), trusts(entries))
      tell(`${entries} entries, ${state}: ${(cost.wall / 1000).toFixed(2)} s`)
      return { ...cost, requests: await serving.requests() }
    }
    forgetBonafide(served)
    costs.push({ entries, cold: await run('empty cache'), warm: await run('second run') })
  }
  return costs
}
