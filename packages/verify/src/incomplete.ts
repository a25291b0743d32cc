// SPDX-License-Identifier: Apache-2.0
import type { Project } from './project.ts'

/**
 * The same project, where its lockfiles may lack what its `package.json` asks for (`lock-incomplete`). For whoever judges what a package
 * manager chooses, and judges the lockfile that it writes; for nobody else, since nothing is said of what is missing.
 */
export function allowIncomplete<P extends Pick<Project, 'lockfiles'>>(project: P): P {
  const lockfiles = project.lockfiles.map((lockfile) => ({
    ...lockfile,
    findings: lockfile.findings.filter(({ code }) => code !== 'lock-incomplete'),
  }))
  return { ...project, lockfiles }
}
