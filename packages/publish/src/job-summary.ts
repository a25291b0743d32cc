// SPDX-License-Identifier: Apache-2.0
import { constants, open, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, relative } from 'node:path'
import type { Environment } from '@bonafide/credentials'

/** What became of a job's summary. */
export type SummaryOutcome =
  | { readonly kind: 'written' }
  /** No CI system asked for one. */
  | { readonly kind: 'not-asked' }
  | { readonly kind: 'not-written'; readonly reason: string }

/**
 * Appends Markdown to the summary of a GitHub job: to the file that `GITHUB_STEP_SUMMARY` names, where it lies in the runner's own folder.
 *
 * A step before that has set the variable: another path, or a link, would have this program write where somebody else wants it to.
 */
export async function appendJobSummary(env: Environment, markdown: string): Promise<SummaryOutcome> {
  const path = env['GITHUB_STEP_SUMMARY'] ?? ''
  const home = env['RUNNER_TEMP'] ?? ''
  if (path === '' || env['GITHUB_ACTIONS'] === undefined) return { kind: 'not-asked' }
  if (!isAbsolute(path) || !isAbsolute(home))
    return { kind: 'not-written', reason: 'GITHUB_STEP_SUMMARY is no place of the runner' }
  try {
    const place = relative(await realpath(home), await realpath(dirname(path)))
    if (place.startsWith('..') || isAbsolute(place))
      return { kind: 'not-written', reason: 'GITHUB_STEP_SUMMARY lies outside RUNNER_TEMP' }
    // The runner has made the file; a link in its place is none of it, and a pipe would keep us waiting.
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK
    const file = await open(path, flags)
    try {
      if (!(await file.stat()).isFile()) return { kind: 'not-written', reason: 'GITHUB_STEP_SUMMARY is no file' }
      await file.appendFile(markdown)
    } finally {
      await file.close()
    }
    return { kind: 'written' }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return { kind: 'not-written', reason: `GITHUB_STEP_SUMMARY: ${code}` }
  }
}
