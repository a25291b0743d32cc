// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { checkCredentials, examineCredentials, findCredentials } from '@bonafide/credentials'
import type { JudgedCredential } from '@bonafide/credentials'
import type { PublishPolicy } from '@bonafide/policy'
import type { Connection } from '@bonafide/registry'
import { asDoctorFinding } from './doctor-finding.ts'
import type { DoctorFinding } from './doctor-finding.ts'

/** Where credentials are looked for, and by what they are judged. */
export interface HereOptions {
  readonly top: string
  /** The folders of the packages, from the top. */
  readonly folders: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: Date
  readonly policy: PublishPolicy
  readonly connectionTo: (url: URL) => Connection
}

/**
 * What a publish from this machine could use that outlives the limit. Each token is sent to its own registry and nowhere else.
 *
 * A session of `npm login` is a warning here: it ends within hours, and without one no registry says whom it trusts.
 */
export async function checkCredentialsHere(options: HereOptions): Promise<readonly DoctorFinding[]> {
  const { top, folders, env, now, policy, connectionTo } = options
  const all = await Promise.all(
    folders.map(async (folder) => {
      const found = await findCredentials({ cwd: join(top, folder), env })
      const judged = await examineCredentials(found, { connectionTo, now, policy })
      return judged.flatMap((one) =>
        checkCredentials([one], found).map((finding) =>
          asDoctorFinding(isSession(one) && finding.level === 'refuse' ? { ...finding, level: 'warn' } : finding),
        ),
      )
    }),
  )
  return all.flat()
}

// A token that its registry takes and does not list.
function isSession({ standing, kind }: JudgedCredential): boolean {
  return kind === 'npm' && standing.kind === 'unlisted' && standing.username !== null
}
