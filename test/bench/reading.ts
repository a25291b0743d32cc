// SPDX-License-Identifier: Apache-2.0
// A process of its own, with its garbage collector at hand: what reading lockfiles costs, by manager and number of entries.
import { groupEntries, parseLockfile } from '@bonafide/lockfile'
import type { Lockfile, Manager } from '@bonafide/lockfile'
import { lockfileText } from './lockfile-texts.ts'

/** What it costs to read one lockfile and to group its entries. */
export interface ReadingCosts {
  readonly manager: Manager
  readonly entries: number
  /** Processor time in milliseconds, the best of three. */
  readonly processor: number
  /** What is held afterwards, in megabytes. */
  readonly memory: number
}

const ROUNDS = 3

const [wanted = 'npm', size] = process.argv.slice(2)
process.send?.(measure(wanted as Manager, Number(size)))

function measure(manager: Manager, entries: number): ReadingCosts {
  const { file, text, manifest } = lockfileText(manager, entries)
  const times: number[] = []
  // The text lies flat in memory once it has been read.
  let kept: Lockfile | null = parseLockfile(text, file, { manifest })
  kept = null
  collect()
  const before = process.memoryUsage().heapUsed
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = process.cpuUsage()
    const lockfile = parseLockfile(text, file, { manifest })
    const groups = groupEntries([lockfile])
    const { user, system } = process.cpuUsage(start)
    times.push((user + system) / 1000)
    const doubts = lockfile.entries.filter(({ kind, findings }) => kind === 'invalid' || findings.length > 0)
    if (groups.length !== entries || lockfile.findings.length > 0 || doubts.length > 0)
      throw new Error(`${manager}: ${groups.length} of ${entries} are read, ${JSON.stringify(doubts[0])}`)
    kept = lockfile
  }
  collect()
  const memory = (process.memoryUsage().heapUsed - before) / 1_000_000
  if (kept === null) throw new Error('nothing was read')
  return { manager, entries, processor: Math.min(...times), memory }
}

function collect(): void {
  if (globalThis.gc === undefined) throw new Error('start with --expose-gc')
  globalThis.gc()
}
