// SPDX-License-Identifier: Apache-2.0
// The worlds of the transcripts, by the transcripts' names.
import type { SetUp } from './set-up.ts'
import { BASES } from './set-up-bases.ts'
import { DECISIONS } from './set-up-decisions.ts'
import { DOCTOR } from './set-up-doctor.ts'
import { GUARDS } from './set-up-guard.ts'
import { LEAKS } from './set-up-leaks.ts'
import { LOCKFILES } from './set-up-lockfiles.ts'
import { MISTAKES } from './set-up-mistakes.ts'
import { PUBLISHES } from './set-up-publish.ts'
import { STORIES } from './set-up-stories.ts'
import { TOKENS } from './set-up-tokens.ts'
import { WATCHES } from './set-up-watch.ts'
import { WORKSPACES } from './set-up-workspace.ts'

/** The set-up of each transcript. */
export const SET_UPS: ReadonlyMap<string, SetUp> = new Map(
  Object.entries({
    ...STORIES,
    ...BASES,
    ...DECISIONS,
    ...DOCTOR,
    ...GUARDS,
    ...LEAKS,
    ...LOCKFILES,
    ...MISTAKES,
    ...PUBLISHES,
    ...TOKENS,
    ...WATCHES,
    ...WORKSPACES,
  }),
)
