// SPDX-License-Identifier: Apache-2.0
// Every place from which Yarn 1 takes a credential, by what it was seen to send.
import t from 'tap'
import { ROWS } from './yarn-classic-rows.ts'
import { openStage } from './stage.ts'

const stage = await openStage(t)

await t.test('Yarn 1', (test) => stage.play(test, 'yarn-classic', ROWS))
