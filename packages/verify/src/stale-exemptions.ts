// SPDX-License-Identifier: Apache-2.0
import { groupEntries } from '@bonafide/lockfile'
import type { Exemption } from '@bonafide/policy'
import type { Project } from './project.ts'

/** The exemptions for bytes that none of a project's lockfiles holds: what they let through is gone, or was replaced. */
export function staleExemptions({ lockfiles, exemptions }: Project): readonly Exemption[] {
  if (exemptions.length === 0) return []
  const groups = groupEntries(lockfiles)
  return exemptions.filter(
    ({ name, version, integrity }) =>
      !groups.some(
        (group) =>
          group.name === name &&
          group.version === version &&
          // What the lockfile does not bind may be these bytes.
          (group.integrity.state !== 'sha512' || group.integrity.sha512 === integrity),
      ),
  )
}
