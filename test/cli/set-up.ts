// SPDX-License-Identifier: Apache-2.0
import type { World } from '../support/world.ts'

/** What can happen in a transcript, by the sentence that the transcript tells it with. */
export type Events = Readonly<Record<string, () => Promise<void>>>

/** Makes the world of a transcript, and says what can happen in it. */
export type SetUp = (world: World) => Promise<Events>

/** An event that says nothing by itself: the set-up is all there is. */
export const NOTHING: Events = {}
