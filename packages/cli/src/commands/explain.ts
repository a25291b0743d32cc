// SPDX-License-Identifier: Apache-2.0
import { BonafideError, isPackageName, isVersion } from '@bonafide/core'
import { explainVersion, readOwnFiles, readProject } from '@bonafide/verify'
import { exitCodeOfReport } from '../exit-code.ts'
import { AIR_GAPPED, JUDGING } from '../options.ts'
import { renderExplanation } from '../render-explanation.ts'
import { renderJson } from '../render-json.ts'
import { usage } from '../words.ts'
import type { Command } from './command.ts'
import { openSourcesOf, projectOptions } from './sources.ts'

/** `bonafide explain` */
export const EXPLAIN: Command = {
  name: 'explain',
  group: 'check',
  operands: 'NAME@VERSION',
  summary: 'everything known about one version: the chain of evidence, step by step',
  title: 'everything known about one version',
  about: `Shows the chain of evidence step by step: which bytes, what the registry signed, who built them, from what, which logs saw it, and what
the policy makes of that. Takes the integrity from the lockfile in the current folder where that holds the version, else from the
registry's metadata.`,
  options: [...JUDGING, ...AIR_GAPPED],
  async run(words, input) {
    const { name, version } = parseVersion(words.operands)
    const place = projectOptions('.', words, input)
    const project = await readProject(place).catch((error: unknown) => {
      // A version can be explained anywhere; only a lockfile that is there has to be readable.
      if (error instanceof BonafideError && error.code === 'BONAFIDE_NO_LOCKFILE') return null
      throw error
    })
    const own = project ?? (await readOwnFiles(place))
    const sources = await openSourcesOf('.', own, words, input)
    const explanation = await explainVersion(name, version, project, sources, own, words.has('now'))
    await sources.close()
    input.terminal.out(words.has('json') ? renderJson(explanation) : renderExplanation(explanation, input.terminal))
    return exitCodeOfReport(explanation)
  },
}

function parseVersion(operands: readonly string[]): { readonly name: string; readonly version: string } {
  const [spec, ...more] = operands
  const wanted = { wanted: 'NAME@VERSION, such as axios@1.14.1', hint: 'bonafide explain --help' }
  if (spec === undefined) throw usage('no version to explain', wanted)
  if (more.length > 0) throw usage(`too many versions: ${operands.join(' ')}`, wanted)
  const at = spec.lastIndexOf('@')
  const [name, version] = [spec.slice(0, at), spec.slice(at + 1)]
  if (at <= 0 || !isPackageName(name) || !isVersion(version))
    throw usage(`not a name and an exact version: ${spec}`, { found: spec, ...wanted })
  return { name, version }
}
