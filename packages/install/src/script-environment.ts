// SPDX-License-Identifier: Apache-2.0
import { PRODUCTION } from '@bonafide/registry'
import type { InstallOptions, InstallPlace } from './install-options.ts'

/** What scripts see in their environment. */
export type ScriptEnvironment = Readonly<Record<string, string | undefined>>

/** What scripts see beside what the user's shell has, as npm tells them; nothing in it comes from the project's own `.npmrc`. */
export function scriptEnvironment(
  { omitted, nodeOptions }: Pick<InstallOptions, 'omitted' | 'nodeOptions'>,
  { cwd, env }: Pick<InstallPlace, 'cwd' | 'env'>,
  command: string,
): ScriptEnvironment {
  const agent = `npm/12.2.0 node/${process.version} ${process.platform} ${process.arch} workspaces/false`
  return {
    ...env,
    INIT_CWD: cwd,
    NODE: process.execPath,
    npm_node_execpath: process.execPath,
    npm_command: command,
    npm_config_user_agent: env['npm_config_user_agent'] ?? agent,
    ...(omitted.has('dev') ? PRODUCTION : {}),
    ...(nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions }),
  }
}

/** Does something with the environment of scripts as the process' own: npm's installer hands that on and knows no other. */
export async function withEnvironment<T>(env: ScriptEnvironment, work: () => Promise<T>): Promise<T> {
  const before = { ...process.env }
  replaceEnvironment(env)
  try {
    return await work()
  } finally {
    replaceEnvironment(before)
  }
}

function replaceEnvironment(env: ScriptEnvironment): void {
  for (const name of Object.keys(process.env)) if (env[name] === undefined) delete process.env[name]
  for (const [name, value] of Object.entries(env)) if (value !== undefined) process.env[name] = value
}
