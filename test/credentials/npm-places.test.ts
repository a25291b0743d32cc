// SPDX-License-Identifier: Apache-2.0
// Every place from which npm 12 and npm 11 take a credential, by what they were seen to send.
import t from 'tap'
import { ATTACKS, FORMS, KEYS, LAYERS, PUBLISH_CONFIG, TEXTS } from './npm-rows.ts'
import { openStage } from './stage.ts'

const stage = await openStage(t)

await t.test('npm 12, layer by layer', (test) => stage.play(test, 'npm', LAYERS))
await t.test('npm 12, by publishConfig', (test) => stage.play(test, 'npm', PUBLISH_CONFIG))
await t.test('npm 12, by key', (test) => stage.play(test, 'npm', KEYS))
await t.test('npm 12, by form', (test) => stage.play(test, 'npm', FORMS))
await t.test('npm 12, as it is written', (test) => stage.play(test, 'npm', TEXTS))
await t.test('npm 12, what a repository may bring along', (test) => stage.play(test, 'npm', ATTACKS))
await t.test('npm 11 does the same', (test) =>
  stage.play(test, 'npm-11', [
    ...LAYERS.slice(0, 2),
    ...PUBLISH_CONFIG.slice(0, 3),
    ...KEYS.slice(0, 2),
    ...FORMS.slice(4, 5),
  ]),
)
