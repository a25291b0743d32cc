// SPDX-License-Identifier: Apache-2.0
import { RULES, isNonEmpty, isPackageName, isVersion, nameAtVersion, nearest } from '@bonafide/core'
import type { NonEmpty, Rule } from '@bonafide/core'
import { LOWERABLE_RULES, isReason, planExemptions, readProject, writeExemptions } from '@bonafide/verify'
import type { ExemptRequest } from '@bonafide/verify'
import { checkPersonDecides, confirm } from '../decision.ts'
import { exitCodeOfReport } from '../exit-code.ts'
import { JUDGING } from '../options.ts'
import { renderExemptPlan } from '../render-exempt.ts'
import { renderJson } from '../render-json.ts'
import { renderReport } from '../render-report.ts'
import { printable } from '../terminal.ts'
import { usage } from '../words.ts'
import type { Words } from '../words.ts'
import type { Command } from './command.ts'
import { openSourcesOf, projectOptions } from './sources.ts'

/** `bonafide exempt` */
export const EXEMPT: Command = {
  name: 'exempt',
  group: 'decide',
  operands: 'NAME@VERSION...',
  summary: 'let one version pass some rules, with a reason that every report prints',
  title: 'let one version pass some rules',
  about: `For the urgent fix that is an hour old, and whatever else a pin is not made for. Shows first the newest version that would pass without,
then what would be waived, and asks for NAME@VERSION to be typed. Writes bonafide.exemptions.json: this version with the bytes that the
lockfile in the current folder holds, the rules of --rule, and the reason. Only rules that refuse the version can be waived, and failed
cryptography never. Exemptions whose version left the lockfile are taken out on the way. Needs a terminal or --yes, and refuses under CI:
commit what a person decided.`,
  options: [...JUDGING, 'rule', 'reason', 'yes'],
  async run(words, input) {
    const { terminal, cwd, env } = input
    const request = parseRequest(words)
    const line = ['bonafide exempt', ...words.operands, ...request.rules.map((rule) => `--rule ${rule}`)].join(' ')
    checkPersonDecides(env, terminal, words.has('yes'), `${line} --reason TEXT`)
    const project = await readProject(projectOptions('.', words, input))
    const sources = await openSourcesOf('.', project, words, input)
    const plan = await planExemptions(project, request, sources, words.has('now'))
    await sources.close()
    const isAsked = !words.has('yes')
    const shown = renderExemptPlan(plan, terminal)
    if (isAsked) {
      terminal.err(shown)
      for (const { name, version } of plan.exempted) await confirm(terminal, 'exempt', [nameAtVersion(name, version)])
    }
    const written = [await writeExemptions(project, plan.exemptions, cwd)]
    const { report, exempted, removed } = plan
    if (words.has('json')) {
      terminal.out(renderJson({ ...report, exempted, removed, written }))
    } else {
      const wrote = `${printable(`wrote ${written.join()}: review and commit it`)}\n`
      terminal.out(
        [isAsked ? '' : shown, renderReport(report, terminal), wrote].filter((part) => part !== '').join('\n'),
      )
    }
    return exitCodeOfReport(report)
  },
}

function parseRequest(words: Words): ExemptRequest {
  const versions = words.operands.map(parseSpec)
  if (versions.length === 0) throw usage('no version to exempt', SPEC)
  const names = versions.map(({ name, version }) => nameAtVersion(name, version))
  const twice = names.find((spec, index) => names.indexOf(spec) !== index)
  if (twice !== undefined) throw usage(`${twice} given twice`, { found: names.join(' '), wanted: 'each version once' })
  const rules = words.texts('rule').map(parseRule)
  if (!isNonEmpty(rules)) throw usage('no rule to waive', { wanted: '--rule RULE', hint: 'bonafide exempt --help' })
  const reason = words.text('reason')
  if (reason === undefined || !isReason(reason))
    throw usage(reason === undefined ? 'no reason given' : 'this is no reason', {
      ...(reason === undefined ? {} : { found: reason }),
      wanted: '--reason TEXT, one line of at most 500 characters',
      hint: 'say why, for whoever reviews bonafide.exemptions.json',
    })
  // Another lockfile than the project's own says nothing of what the project still holds.
  return { versions, rules: distinct(rules), reason, prunes: words.text('lockfile') === undefined }
}

const SPEC = { wanted: 'NAME@VERSION, such as axios@1.14.1', hint: 'bonafide exempt --help' } as const

function parseSpec(operand: string): ExemptRequest['versions'][number] {
  const at = operand.lastIndexOf('@')
  const [name, version] = [operand.slice(0, at), operand.slice(at + 1)]
  if (at <= 0 || !isPackageName(name) || !isVersion(version))
    throw usage(`not a name and an exact version: ${operand}`, { found: operand, ...SPEC })
  return { name, version }
}

// Why some rules never give way, in a few words each.
const NEVER: Readonly<Partial<Record<Rule, string>>> = {
  availability: 'what nobody could tell is asked again, and never waived',
  'lock-mismatch': 'a lockfile that contradicts is mended, and never waived',
  'trust-domain-changed': 'another authority is recorded with bonafide pin, and never waived',
}

function parseRule(text: string): Rule {
  const rule = LOWERABLE_RULES.find((one) => one === text)
  if (rule !== undefined) return rule
  const wanted = 'a rule that an exemption may waive'
  const fixed = RULES.find((one) => one === text)
  if (fixed !== undefined)
    throw usage(`${fixed} is never waived`, {
      found: fixed,
      wanted,
      hint: NEVER[fixed] ?? 'failed cryptography is never waived',
    })
  const near = nearest(text, LOWERABLE_RULES)
  const hint = near === null ? LOWERABLE_RULES.join(', ') : `did you mean --rule ${near}?`
  throw usage(`no such rule: ${text}`, { found: text, wanted, hint })
}

function distinct(rules: NonEmpty<Rule>): NonEmpty<Rule> {
  const [first, ...rest] = rules
  return [first, ...new Set(rest.filter((rule) => rule !== first))]
}
