// SPDX-License-Identifier: Apache-2.0
import { BonafideError } from '@bonafide/core'
import writeFileAtomic from 'write-file-atomic'
import { reasonOf, show } from './text-file.ts'

/**
 * Writes a file whole or not at all.
 *
 * @throws BonafideError `BONAFIDE_WRITE_FAILED`
 */
export async function writeFile(path: string, text: string | Buffer, cwd: string): Promise<void> {
  try {
    await writeFileAtomic(path, text)
  } catch (cause) {
    const reason = reasonOf(cause)
    throw new BonafideError('BONAFIDE_WRITE_FAILED', 'the file cannot be written', {
      path: show(path, cwd),
      // Not the file is missing, which is to be made.
      found: reason === 'no such file' ? 'no such folder' : reason,
      wanted: 'a folder that can be written',
      cause,
    })
  }
}
