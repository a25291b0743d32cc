// SPDX-License-Identifier: Apache-2.0
// Every place from which pnpm 12 takes a credential, by what it was seen to send.
import t from 'tap'
import { HELPERS, KEYS, ORDER, PLACES, REGISTRIES, TEXTS } from './pnpm-rows.ts'
import { openStage } from './stage.ts'

const stage = await openStage(t)

await t.test('pnpm 12, place by place', (test) => stage.play(test, 'pnpm', PLACES))
await t.test('pnpm 12, two places at once', (test) => stage.play(test, 'pnpm', ORDER))
await t.test('pnpm 12, by key and form', (test) => stage.play(test, 'pnpm', KEYS))
await t.test('pnpm 12, by a helper program', (test) => stage.play(test, 'pnpm', HELPERS))
await t.test('pnpm 12, as it is written', (test) => stage.play(test, 'pnpm', TEXTS))
await t.test('pnpm 12, to which registry', (test) => stage.play(test, 'pnpm', REGISTRIES))
