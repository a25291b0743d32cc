// SPDX-License-Identifier: Apache-2.0
import { dirname, resolve } from 'node:path'
import { BonafideError } from '@bonafide/core'
import type { PrivateRoot } from '@bonafide/policy'
import { checkDigest, readNamed, show } from './text-file.ts'
import type { ReadText } from './text-file.ts'

/** A private trusted root that a policy names, read and held against the digest that the policy binds. */
export interface PrivateRootText {
  /** As the user would name it. */
  readonly file: string
  readonly text: string
  /** For whose packages it may speak, such as `@acme`. */
  readonly scopes: readonly string[]
}

/**
 * Reads the trusted roots that a policy names, from paths relative to the policy file.
 *
 * @throws BonafideError `BONAFIDE_TRUSTED_ROOT_UNREADABLE`, or `BONAFIDE_TRUSTED_ROOT_MISMATCH` where the bytes are others
 */
export async function readPrivateRoots(
  roots: readonly PrivateRoot[],
  policyPath: string,
  cwd: string,
  from: ReadText,
): Promise<readonly PrivateRootText[]> {
  return Promise.all(
    roots.map(async ({ file, sha256, scopes }) => {
      const path = resolve(dirname(policyPath), file)
      const text = await readNamed(path, cwd, 'BONAFIDE_TRUSTED_ROOT_UNREADABLE', from)
      // Another authority slipped into a file that nobody reviews as closely as the policy.
      const mismatch = checkDigest(text, sha256, path, cwd)
      if (mismatch === null) return { file: show(path, cwd), text, scopes }
      throw new BonafideError('BONAFIDE_TRUSTED_ROOT_MISMATCH', 'a private trusted root has other bytes', {
        ...mismatch,
        hint: `find out who changed it, then write the new digest into ${show(policyPath, cwd)}`,
      })
    }),
  )
}
