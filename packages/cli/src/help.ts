// SPDX-License-Identifier: Apache-2.0
import { GROUPS } from './commands/command.ts'
import type { Command } from './commands/command.ts'
import { JUDGING, optionsHelp } from './options.ts'

const EXITS = `Exit codes
  0  satisfied: every version satisfied the policy, or the policy only observes
  1  refused: at least one version did not
  2  wrong usage, or a policy or other file that cannot be used
  3  undecided: the network, the registry or the trust root kept us from deciding`

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
  return `bonafide: install only what can show where it came from

Usage: bonafide COMMAND [options]

${groups.join('\n')}
${optionsHelp(JUDGING)}

bonafide COMMAND --help tells what else a command takes.

${EXITS}

"trusted" means that the origin is proven, not that the code is safe.
`
}

function helpOf(command: Command): string {
  return `bonafide ${command.name}: ${command.title}

Usage: bonafide ${usageOf(command)}

${command.about}

${optionsHelp(command.options)}

${EXITS}
`
}

function usageOf({ name, operands, takesRest = false }: Command): string {
  // What is handed on is the operand itself.
  if (operands.startsWith('--')) return `${name} [options] ${operands}`
  return `${headOf({ name, operands })} [options]${takesRest ? ' [-- ARGUMENTS...]' : ''}`
}

function headOf({ name, operands }: Pick<Command, 'name' | 'operands'>): string {
  return operands === '' ? name : `${name} ${operands}`
}
