// SPDX-License-Identifier: Apache-2.0
// Every place from which Bun takes a credential, by what it was seen to send.
import t from 'tap'
import { BUNFIG, NPMRC, VARIABLES } from './bun-rows.ts'
import { openStage } from './stage.ts'

const stage = await openStage(t)

await t.test('Bun, by bunfig.toml', (test) => stage.play(test, 'bun', BUNFIG))
await t.test('Bun, by .npmrc', (test) => stage.play(test, 'bun', NPMRC))
await t.test('Bun, by variables and publishConfig', (test) => stage.play(test, 'bun', VARIABLES))
