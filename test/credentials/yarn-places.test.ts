// SPDX-License-Identifier: Apache-2.0
// Every place from which Yarn 4 takes a credential, by what it was seen to send.
import t from 'tap'
import { FORMS, PLACES, SETTINGS } from './yarn-rows.ts'
import { openStage } from './stage.ts'

const stage = await openStage(t)

await t.test('Yarn 4, place by place', (test) => stage.play(test, 'yarn', PLACES))
await t.test('Yarn 4, setting by setting', (test) => stage.play(test, 'yarn', SETTINGS))
await t.test('Yarn 4, by form', (test) => stage.play(test, 'yarn', FORMS))
