// SPDX-License-Identifier: Apache-2.0
import { classifyToken, withoutCredentials } from '@bonafide/credentials'
import type { Environment } from '@bonafide/credentials'
import { isJsonObject } from '@bonafide/core'
import type { JsonObject } from '@bonafide/core'

/** npm's scripts around a publish from a folder, in the order in which they run. */
export const PUBLISH_SCRIPTS = ['prepublishOnly', 'prepack', 'prepare', 'postpack', 'publish', 'postpublish'] as const

/** A script of {@link PUBLISH_SCRIPTS}. */
export type PublishScript = (typeof PUBLISH_SCRIPTS)[number]

// What this program itself is asked for there, with options and nothing that a shell would read as more: the same checks have been made, by
// the program that would be asked.
const OWN_SCRIPT = /^bonafide guard(?: (?:--[a-z-]+|\.))*$/u

/** Whether a script is a call of this program's own guard, and nothing beside. */
export function isOwnScript(script: string): boolean {
  return OWN_SCRIPT.test(script.trim())
}

/** The scripts that publishing from a folder would run, this program's own guard aside. */
export function foreignScripts(manifest: JsonObject): readonly PublishScript[] {
  const scripts = manifest['scripts']
  if (!isJsonObject(scripts)) return []
  return PUBLISH_SCRIPTS.filter((event) => {
    const script = scripts[event]
    return typeof script === 'string' && script.trim() !== '' && !isOwnScript(script)
  })
}

/** What scripts of a folder are run with. */
export interface ScriptRun {
  readonly folder: string
  readonly env: Environment
}

/** A script that failed, with what is known of it. */
export interface FailedScript {
  readonly event: PublishScript
  readonly reason: string
}

/**
 * Runs scripts of a folder as npm does, without the job's identity and without anybody's credentials in their environment. What they print
 * goes to stderr: stdout carries the result alone.
 *
 * A build step, or one of its dependencies, that takes the identity token and publishes something else in the job's name. It is no wall: what
 * runs as the same user can read the environment of the processes above it, and files. Who needs a wall packs in another job.
 *
 * @returns the first that failed, and none after it was run; null where all went well
 */
export async function runScripts(
  events: readonly PublishScript[],
  { folder, env }: ScriptRun,
): Promise<FailedScript | null> {
  const { default: runScript } = await import('@npmcli/run-script')
  for (const event of events) {
    try {
      await runScript({ path: folder, event, args: [], stdio: ['ignore', 2, 2], env: scriptEnvironment(env) })
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      return { event, reason: typeof code === 'number' ? `it ended with ${code}` : 'it could not be run' }
    }
  }
  return null
}

// Npm's library hands on the variables of this process as they are; one that is told to be undefined is left out.
function scriptEnvironment(env: Environment): Environment {
  const hidden = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]))
  return {
    ...hidden,
    ...withoutIdentity(env),
    npm_command: 'publish',
    npm_node_execpath: process.execPath,
    NODE: process.execPath,
  }
}

/** An environment without credentials, without a job's identity, and without whatever else has the shape of a token. */
export function withoutIdentity(env: Environment): Environment {
  return Object.fromEntries(
    Object.entries(withoutCredentials(env)).filter(
      ([name, value]) => !IDENTITIES.has(name.toUpperCase()) && !isToken(value ?? ''),
    ),
  )
}

// What CI systems hand to every job, and what may publish or vouch in its name.
const IDENTITIES: ReadonlySet<string> = new Set([
  'ACTIONS_RUNTIME_TOKEN',
  'ACTIONS_RESULTS_URL',
  'ACTIONS_CACHE_URL',
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'CI_JOB_TOKEN',
  'CI_JOB_JWT',
  'CI_JOB_JWT_V1',
  'CI_JOB_JWT_V2',
  'CI_REGISTRY_PASSWORD',
  'CI_DEPLOY_PASSWORD',
  'CI_DEPENDENCY_PROXY_PASSWORD',
  'CIRCLE_OIDC_TOKEN',
  'CIRCLE_OIDC_TOKEN_V2',
  'BUILDKITE_AGENT_ACCESS_TOKEN',
  'SYSTEM_ACCESSTOKEN',
])

// GitLab names the variable of an identity token as the pipeline file wishes.
const JWT = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/u

function isToken(value: string): boolean {
  const kind = classifyToken(value)
  // Plain UUIDs are the ids of runs and machines.
  return JWT.test(value) || (kind !== 'unknown' && kind !== 'uuid')
}
