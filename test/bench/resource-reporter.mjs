// SPDX-License-Identifier: Apache-2.0
// Loaded into the measured process: writes what it used when it ends.
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const file = process.env.BONAFIDE_BENCH_USAGE
if (isMainThread && file !== undefined) {
  process.once('exit', () => writeFileSync(file, JSON.stringify(process.resourceUsage())))
}
