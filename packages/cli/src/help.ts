// SPDX-License-Identifier: Apache-2.0
import { GROUPS } from './commands/command.ts'
import type { Command } from './commands/command.ts'
import { JUDGING, optionsHelp } from './options.ts'

const EXITS = `Exit codes
  0  satisfied: every version satisfied the policy, or the policy only observes
  1  refused: at least one version did not
  2  wrong usage, or a policy or other file that cannot be used
  3  undecided: the network, the registry or the trust root kept us from deciding`

const PUBLISH_EXITS = `Exit codes
  0  satisfied: published, staged or there already; or a dry run that found nothing against it
  1  refused: nothing was published
  2  wrong usage, or a policy or other file that cannot be used
  3  undecided: an outage; nothing was published, and the same command again is safe
  4  unconfirmed: sent, or perhaps sent, and not seen as it was sent; the same command again looks, and is safe`

/** The help text, of the program or of one command. */
export function helpText(about: Command | null, commands: readonly Command[]): string {
  return about === null ? overview(commands) : helpOf(about)
}

function overview(commands: readonly Command[]): string {
  const width = Math.max(22, ...commands.map((command) => headOf(command).length + 1))
  const groups = Object.entries(GROUPS).flatMap(([group, title]) => {
    const own = commands.filter((command) => command.group === group)
    if (own.length === 0) return []
    return [title, ...own.map((command) => `  ${headOf(command).padEnd(width)}  ${command.summary}`), '']
  })
  return `bonafide: publish with credentials that die, install only what can show where it came from

Usage: bonafide COMMAND [options]

${groups.join('\n')}
${optionsHelp(JUDGING)}

bonafide COMMAND --help tells what else a command takes.

Exit codes
  0  satisfied: nothing stands against it, or the policy only observes
  1  refused: at least one version, credential, job or setting is
  2  wrong usage, or a policy or other file that cannot be used
  3  undecided: the network, the registry, the CI system or the trust root kept us from deciding
  4  unconfirmed: only publish: perhaps sent, and not seen as it was sent

"trusted" means that the origin is proven, not that the code is safe.
`
}

function helpOf(command: Command): string {
  return `bonafide ${command.name}: ${command.title}

Usage: bonafide ${usageOf(command)}

${command.about}

${optionsHelp(command.options)}

${exitsOf(command)}
`
}

function exitsOf({ name, exits }: Command): string {
  if (exits !== undefined) return ['Exit codes', ...exits.map((line) => `  ${line}`)].join('\n')
  return name === 'publish' ? PUBLISH_EXITS : EXITS
}

function usageOf({ name, operands, takesRest = false }: Command): string {
  // What is handed on is the operand itself.
  if (operands.startsWith('--')) return `${name} [options] ${operands}`
  return `${headOf({ name, operands })} [options]${takesRest ? ' [-- ARGUMENTS...]' : ''}`
}

function headOf({ name, operands }: Pick<Command, 'name' | 'operands'>): string {
  return operands === '' ? name : `${name} ${operands}`
}
