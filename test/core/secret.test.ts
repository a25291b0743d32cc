// SPDX-License-Identifier: Apache-2.0
// A secret is seen by whoever asks for it by name, and by nobody else.
import { inspect } from 'node:util'
import { Secret, publishVerdict, redact, withoutLogin } from '@bonafide/core'
import t from 'tap'

const TOKEN = 'npm_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7b'

await t.test('no way of printing shows it', async (check) => {
  const secret = new Secret(TOKEN)
  const holder = { secret, list: [secret], map: new Map([['token', secret]]) }
  for (const text of [
    String(secret),
    JSON.stringify(holder),
    inspect(holder, { depth: 9, showHidden: true }),
    inspect(secret, { customInspect: false, showHidden: true }),
    Object.values(secret).join(),
    JSON.stringify(Object.getOwnPropertyDescriptors(secret)),
    String(new Error('x', { cause: secret }).cause),
  ]) {
    check.notMatch(text, TOKEN)
    check.notMatch(text, TOKEN.slice(4, 20))
  }
  check.equal(secret.reveal(), TOKEN)
  check.equal(String(secret), 'npm_…yZ7b')
})

await t.test('what should have been a registry is told without its login', async (check) => {
  for (const [text, shown] of [
    ['ftp://sam:hunter2@registry.example/x', 'ftp://…@registry.example/x'],
    ['sam:hun/ter@2@registry.example', '…@registry.example'],
    ['git+ssh://hunter2@registry.example', 'git+ssh://…@registry.example'],
    ['registry.example', 'registry.example'],
  ] as const)
    check.equal(withoutLogin(text), shown)
})

await t.test('of a short secret nothing is shown', async (check) => {
  check.equal(redact('hunter2'), '…')
  check.equal(redact('x'.repeat(23)), '…')
  check.equal(redact(''), '…')
  check.equal(redact('abcdefghijklmnopqrstuvwxyz'), 'abcd…wxyz')
})

await t.test('nothing found is satisfied; what refuses outranks what nobody could tell', async (check) => {
  check.equal(of(), 'satisfied')
  check.equal(of('warn'), 'satisfied')
  check.equal(of('warn', 'undecided'), 'undecided')
  check.equal(of('undecided', 'refuse'), 'refused')
})

function of(...levels: readonly ('refuse' | 'undecided' | 'warn')[]): string {
  return publishVerdict(levels.map((level) => ({ level }) as never))
}
