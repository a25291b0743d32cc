// SPDX-License-Identifier: Apache-2.0
// Loaded into every test process (`.taprc`). When it ends, what was collected is searched; a secret in it fails the file.
import { writeFileSync, writeSync } from 'node:fs'
import { join, relative } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { startCollecting } from './collector.ts'

if (isMainThread) {
  const test = relative(process.cwd(), process.argv[1] ?? '')
  const folder = process.env['BONAFIDE_REDACTION']
  const collect = startCollecting(test)
  process.on('exit', () => {
    const collected = collect()
    for (const { secret, spelling, where } of collected.leaks)
      writeSync(2, `${test}: ${secret} (${spelling}) stands in ${where}\n`)
    if (collected.leaks.length > 0) process.exitCode = 1
    // `tools/run.mjs` reads all of them at the end.
    if (folder !== undefined) writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(collected))
  })
}
