// SPDX-License-Identifier: Apache-2.0
import { isPackageName, isVersion } from '@bonafide/core'
import { confirmationOf, planPin, readProject, writePins } from '@bonafide/verify'
import type { PinPlan, PinSpec } from '@bonafide/verify'
import { checkPersonDecides, confirm } from '../decision.ts'
import { EXIT, exitCodeOfReport } from '../exit-code.ts'
import { JUDGING } from '../options.ts'
import { renderJson } from '../render-json.ts'
import { renderPinPlan, renderUnpinnable } from '../render-pin.ts'
import { renderReport } from '../render-report.ts'
import { printable } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import { usage } from '../words.ts'
import type { Words } from '../words.ts'
import type { Command } from './command.ts'
import { openSourcesOf, projectOptions } from './sources.ts'

/** `bonafide pin` */
export const PIN: Command = {
  name: 'pin',
  group: 'decide',
  operands: 'NAME[@VERSION]...',
  summary: 'record anew who builds a package, after showing old and new side by side',
  title: 'record anew who builds a package',
  about: `For a package that moved, was renamed, is released from a new branch, begins to run a script, or is attested only now and then. Judges
the versions of NAME that the lockfile in the current folder holds, shows the recorded identity and the new one field by field, and asks
for the new repository to be typed (for anything else the package's name). An identity that none of the locked versions shows any more is
replaced, unless --add keeps it. A version without provenance lowers its release line to "none". What failed a check is never recorded.
Needs a terminal or --yes, and refuses under CI: commit what a person decided.`,
  options: [...JUDGING, 'add', 'yes'],
  async run(words, input) {
    const { terminal, cwd, env } = input
    const specs = parseSpecs(words.operands)
    const line = ['bonafide pin', ...words.operands, ...(words.has('add') ? ['--add'] : [])].join(' ')
    checkPersonDecides(env, terminal, words.has('yes'), line)
    const project = await readProject(projectOptions('.', words, input))
    const sources = await openSourcesOf('.', project, words, input)
    const options = { simulated: words.has('now'), keepsOld: words.has('add') }
    const plan = await planPin(project, specs, sources, options)
    await sources.close()
    if (plan.unpinnable.length > 0) return refuse(plan, words, terminal)
    const isAsked = !words.has('yes')
    const shown = renderPinPlan(plan, terminal)
    if (isAsked) terminal.err(shown)
    for (const change of plan.changes)
      if (isAsked) await confirm(terminal, `pin ${printable(change.name)}`, confirmationOf(change))
    const written = plan.changes.length === 0 ? [] : [await writePins(project, plan.pins, cwd)]
    if (words.has('json')) {
      terminal.out(renderJson({ ...plan.report, changes: plan.changes, unpinnable: [], written }))
    } else {
      const wrote =
        written.length === 0
          ? 'recorded already: nothing had to be written'
          : printable(`wrote ${written.join()}: review and commit it`)
      const parts = [isAsked ? '' : shown, renderReport(plan.report, terminal), `${wrote}\n`]
      terminal.out(parts.filter((part) => part !== '').join('\n'))
    }
    return exitCodeOfReport(plan.report)
  },
}

// Nothing is recorded of any of them: a person decided about all.
function refuse(plan: PinPlan, words: Words, terminal: Terminal): number {
  const { report, unpinnable } = plan
  terminal.out(
    words.has('json')
      ? renderJson({ ...report, changes: [], unpinnable, written: [] })
      : `${renderUnpinnable(plan, terminal)}\n\nnothing was written\n`,
  )
  const isOpen = unpinnable.every(({ findings }) => findings.every(({ level }) => level === 'undecided'))
  return isOpen ? EXIT.undecided : EXIT.refused
}

function parseSpecs(operands: readonly string[]): readonly PinSpec[] {
  const wanted = { wanted: 'NAME or NAME@VERSION, such as axios', hint: 'bonafide pin --help' }
  if (operands.length === 0) throw usage('no package to pin', wanted)
  const specs = operands.map((operand): PinSpec => {
    const at = operand.indexOf('@', 1)
    const [name, version] = at === -1 ? [operand, null] : [operand.slice(0, at), operand.slice(at + 1)]
    if (!isPackageName(name) || (version !== null && !isVersion(version)))
      throw usage(`not a package: ${operand}`, { found: operand, ...wanted })
    return { name, version }
  })
  const twice = specs.find(({ name }, index) => specs.findIndex((other) => other.name === name) !== index)
  if (twice !== undefined)
    throw usage(`${twice.name} given twice`, { found: operands.join(' '), wanted: 'each package once' })
  return specs
}
