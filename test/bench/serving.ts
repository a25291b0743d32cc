// SPDX-License-Identifier: Apache-2.0
// The processes beside this one.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Manager } from '@bonafide/lockfile'
import type { ReadingCosts } from './reading.ts'
import type { ShapeName } from './package-shape.ts'
import type { Question, ServedRegistry } from './served-registry.ts'

/** A registry in a process of its own. */
export interface Serving {
  readonly served: ServedRegistry
  /** How many requests it had since this was asked last. */
  requests(): Promise<number>
}

const READER = fileURLToPath(new URL('reading.ts', import.meta.url))
const PROGRAM = fileURLToPath(new URL('served-registry.ts', import.meta.url))

/** Serves packages of one shape, with a project for each of the sizes, for as long as `use` needs them. */
export async function serving(
  shape: ShapeName,
  sizes: readonly number[],
  use: (serving: Serving) => void | Promise<void>,
): Promise<void> {
  const child = fork(PROGRAM, [shape, ...sizes.map(String)])
  const question: Question = 'requests'
  try {
    const served = await told<ServedRegistry>(child)
    await use({
      served,
      requests: () => {
        child.send(question)
        return told<number>(child)
      },
    })
  } finally {
    child.disconnect()
  }
}

const MANAGERS: readonly Manager[] = ['npm', 'pnpm', 'yarn-classic', 'yarn', 'bun']

/** Reads a lockfile of each manager and size, each in a process of its own. */
export async function measureReading(sizes: readonly number[]): Promise<readonly ReadingCosts[]> {
  const costs: ReadingCosts[] = []
  for (const manager of MANAGERS) {
    for (const entries of sizes) {
      const child = fork(READER, [manager, String(entries)], { execArgv: [...process.execArgv, '--expose-gc'] })
      costs.push(await told<ReadingCosts>(child))
      child.disconnect()
    }
  }
  return costs
}

function told<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T))
    child.once('error', reject)
    child.once('exit', () => reject(new Error('the registry ended before it answered')))
  })
}
