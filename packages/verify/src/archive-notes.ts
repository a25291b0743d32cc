// SPDX-License-Identifier: Apache-2.0
import type { Group } from '@bonafide/lockfile'
import type { Facts } from '@bonafide/policy'
import { archivesAtHand } from './check-archives.ts'
import type { Project } from './project.ts'
import type { Note } from './report.ts'

/** What a reader should know of archives in the project that were not held against anything. */
export function archiveNotes(
  { archives = [] }: Pick<Project, 'archives'>,
  judged: readonly { readonly group: Group; readonly facts: Pick<Facts, 'bytes'> }[],
): readonly Note[] {
  const looked = judged.filter(({ facts }) => facts.bytes.state === 'known')
  return archives.flatMap((folder): readonly Note[] => {
    const checked = new Set(looked.flatMap(({ group }) => archivesAtHand(group, [folder]).map(({ file }) => file)))
    const left = folder.names.length - checked.size
    return folder.isInProject && left > 0 ? [{ code: 'archives-unchecked', folder: folder.shown, archives: left }] : []
  })
}
