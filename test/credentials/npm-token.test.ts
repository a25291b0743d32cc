// SPDX-License-Identifier: Apache-2.0
// A token of the public registry is known by its checksum, not by its looks.
import { isNpmToken } from '@bonafide/credentials'
import { startSandbox } from '@bonafide/sandbox'
import t from 'tap'

await t.test('what a registry hands out is a token; what only looks like one is not', async (test) => {
  const sandbox = await startSandbox()
  test.teardown(() => sandbox.close())
  for (let made = 0; made < 100; made += 1) {
    const { token } = sandbox.accounts.createToken()
    const last = token.endsWith('0') ? '1' : '0'
    // Nothing is said of the token itself where this fails.
    test.ok(isNpmToken(token), `token ${made}`)
    for (const miss of [`${token.slice(0, -1)}${last}`, `${token}0`, ` ${token}`, `${token}\n`, token.slice(0, -1)])
      test.notOk(isNpmToken(miss), `beside token ${made}`)
  }
  test.notOk(isNpmToken(`npm_${'0'.repeat(36)}`), 'an example in a manual')
  test.notOk(isNpmToken(`npm_${'x'.repeat(36)}`))
  test.notOk(isNpmToken(''))
})
