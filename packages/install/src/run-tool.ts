// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { BonafideError, isJsonObject, parseJson } from '@bonafide/core'

/** Where a tool is run. */
export interface ToolRun {
  readonly folder: string
  readonly name: string
  readonly words: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

// A signal of the terminal reaches the tool as well: it decides what to do about it.
function ignore(): void {}

// What a process returns that a signal has ended.
const BY_SIGNAL = 128

/**
 * Runs an installed tool with the streams of this process, and returns its exit code.
 *
 * @throws BonafideError `BONAFIDE_USAGE` where the package has no command, or several and none of its own name
 */
export async function runTool({ folder, name, words, cwd, env }: ToolRun): Promise<number> {
  const bin = join(folder, 'node_modules', '.bin')
  const command = await commandOf(folder, name)
  const child = spawn(join(bin, command), words, {
    cwd,
    env: { ...env, PATH: [bin, env['PATH']].filter((part) => part !== undefined).join(delimiter) },
    stdio: 'inherit',
  })
  // Whoever stops bonafide means the tool: a signal of the terminal reaches both by itself.
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal)
  process.on('SIGTERM', forward)
  process.on('SIGINT', ignore)
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => resolve(code ?? BY_SIGNAL))
    })
  } finally {
    process.off('SIGTERM', forward)
    process.off('SIGINT', ignore)
  }
}

// As npx chooses: the only command there is, else the one that is called like the package.
async function commandOf(folder: string, name: string): Promise<string> {
  const document = parseJson(await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8'))
  const manifest = 'problem' in document || !isJsonObject(document.value) ? {} : document.value
  const unscoped = name.slice(name.indexOf('/') + 1)
  const bin = manifest['bin']
  const commands = typeof bin === 'string' ? [unscoped] : isJsonObject(bin) ? Object.keys(bin) : []
  const command = commands.length === 1 ? commands[0] : commands.find((one) => one === unscoped)
  // A name that climbs out of the folder of commands is none.
  if (command !== undefined && /^[\w.-]+$/u.test(command) && !command.startsWith('.')) return command
  throw new BonafideError('BONAFIDE_USAGE', `${name} has no command of its own name`, {
    found: commands.length === 0 ? 'no command' : commands.join(', '),
    wanted: 'a package with one command',
  })
}
