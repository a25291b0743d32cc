// SPDX-License-Identifier: Apache-2.0
import type { PipelineJob, Sourced } from './pipeline.ts'

/** A stored secret that a job is given in the place of a token of a registry. */
export interface StoredToken extends Sourced {
  readonly file: string
  /** The variable, the setting or the command that holds it. */
  readonly name: string
}

// Variables and settings that clients and release tools send to registries.
const NAMES =
  /^(?:NODE_AUTH_TOKEN|NPM_TOKEN|NPM_AUTH_TOKEN|NPM_CONFIG__?AUTH(?:_?TOKEN)?|YARN_NPM_AUTH_TOKEN|BUN_AUTH_TOKEN|npm_config_.*_authToken|npm[-_](?:auth[-_])?token|node[-_]auth[-_]token)$/iu
const SECRET =
  /\$\{\{[^}]*\bsecrets\.(?!GITHUB_TOKEN\b)(\w+)[^}]*\}\}|\$\{\{[^}]*\bsecrets\[['"](?!GITHUB_TOKEN)(\w+)['"]\]/u
// A line of npm's configuration that a script writes, with a variable in it.
const WRITTEN =
  /_authToken\s*[=:]?\s*["']?(?:\$\{?\{?\s*(?:secrets\.|env\.)?(\w+))|\bnpm_(?:auth_)?token\b.*_authToken/iu

/** Whether a job is given the CI system's own token in the place of a registry's: packages of the host's registry are published with it. */
export function hasOwnToken({ env, steps }: PipelineJob): boolean {
  return [env, ...steps.map((step) => step.env)]
    .flatMap((map) => [...map])
    .some(([name, { text }]) => NAMES.test(name) && /secrets\.GITHUB_TOKEN|github\.token|CI_JOB_TOKEN/u.test(text))
}

/** Every stored token that a job is given. The CI system's own token of the job, which ends with it, is none. */
export function tokensOf(job: PipelineJob): readonly StoredToken[] {
  const variables = [...job.env].map((entry) => [job.file, entry] as const)
  const steps = job.steps.flatMap(({ file, env, inputs }) =>
    [...env, ...[...inputs].filter(([key]) => NAMES.test(key) || key === 'token')].map(
      (entry) => [file, entry] as const,
    ),
  )
  const named = [...variables, ...steps].flatMap(([file, [name, { line, text }]]) => {
    const secret = SECRET.exec(text)
    // Other systems keep secrets in variables that no file of the repository sets.
    const variable = job.system === 'github' ? undefined : /^\$\{?(\w+)\}?$/u.exec(text)?.[1]
    const stored = secret?.[1] ?? secret?.[2] ?? variable
    if (stored === undefined || stored === 'CI_JOB_TOKEN') return []
    if (!NAMES.test(name) && !/NPM/iu.test(secret === null ? '' : stored)) return []
    return [{ file, line, name, text: stored }]
  })
  const written = job.steps.flatMap(({ file, script }) => {
    if (script === null) return []
    return script.text.split('\n').flatMap((text, index) => {
      const stored = WRITTEN.exec(text)?.[1] ?? SECRET.exec(/_authToken/u.test(text) ? text : '')?.[1]
      // The name of a variable that npm itself would expand says nothing of what is in it.
      if (stored === undefined || stored === 'GITHUB_TOKEN' || stored === 'NODE_AUTH_TOKEN') return []
      return [{ file, line: script.line + index, name: '.npmrc', text: stored }]
    })
  })
  return [...named, ...written]
}
