// SPDX-License-Identifier: Apache-2.0
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Report } from '@bonafide/verify'
import { runBonafide } from './bonafide.ts'
import type { Part, Say } from './part.ts'

const EXAMPLE = fileURLToPath(new URL('example', import.meta.url))

/**
 * Verifies an example project's real releases with the registry in use. Where that serves no attestations, or Sigstore's trust root
 * cannot be had, nothing is decided, and the part says so: it was not done.
 *
 * @param args - options for `bonafide verify`, such as `--registry`; none for the registry in use
 */
export async function livePart(workDir: string, args: readonly string[], say: Say): Promise<Part> {
  await cp(EXAMPLE, workDir, { recursive: true })
  const run = await runBonafide(['verify', '--json', ...args], workDir, join(workDir, 'cache'))
  if (run.status === 2) return { state: 'not as documented', summary: run.stderr.trim() }
  const report = JSON.parse(run.stdout) as Report
  for (const { name, version, verdict, identity } of report.packages)
    say(`  ${verdict.padEnd(9)} ${name}@${version}  ${identity?.repository ?? ''}`.trimEnd())
  if (report.counts.trusted > 0 && report.counts.trusted === report.packages.length && run.status === 0) {
    return { state: 'as documented', summary: `${report.counts.trusted} real releases, live: all trusted` }
  }
  const causes = new Set(
    report.packages.flatMap(({ findings }) =>
      findings.filter(({ level }) => level === 'undecided').map(({ found }) => found),
    ),
  )
  // One version that nobody could tell anything about is enough: this registry, or this network, is not one to judge by.
  return report.counts.undecided > 0
    ? { state: 'not done', summary: `real releases cannot be verified live from here: ${[...causes].join('; ')}` }
    : { state: 'not as documented', summary: `${report.counts.refused} real releases were refused` }
}
