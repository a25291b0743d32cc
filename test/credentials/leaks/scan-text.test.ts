// SPDX-License-Identifier: Apache-2.0
// npm tokens are found however they are spelt and wherever they are cut, and nothing else is.
import { findNpmTokens, findSecrets } from '@bonafide/credentials'
import type { FoundToken } from '@bonafide/credentials'
import { startSandbox } from '@bonafide/sandbox'
import t from 'tap'
import type { Test } from 'tap'
import type * as scanModule from '../../../packages/credentials/src/leaks/scan-text.ts'

const source = new URL('../../../packages/credentials/src/leaks/', import.meta.url).href
const { TokenScanner } = (await import(`${source}scan-text.ts`)) as typeof scanModule

const sandbox = await startSandbox({ seed: 'leaks' })
t.teardown(() => sandbox.close())
const make = (): string => sandbox.accounts.createToken().token

// Nothing is said of a token where one of these fails.
const places = (found: readonly FoundToken[]): readonly string[] =>
  found.map(({ line, column, isCertain }) => `${line}:${column}${isCertain ? '' : ' by its setting'}`)
const holds = (test: Test, found: readonly FoundToken[], token: string, what: string): void => {
  test.ok(
    found.some((one) => one.token.reveal() === token),
    what,
  )
}

await t.test('a token is found with its place, whatever surrounds it', (test) => {
  const token = make()
  for (const [before, after] of [
    ['', ''],
    ['x', '0'],
    ['"', '"'],
    ['https://registry.example/?token%3D', '%26x'],
    [String.raw`a\n`, String.raw`\n`],
    ['\0\u0001', '\0'],
  ] as const) {
    const found = findNpmTokens(Buffer.from(`one\ntwo ${before}${token}${after}\n`))
    test.strictSame(places(found), [`2:${5 + before.length}`])
    holds(test, found, token, 'the same')
  }
  test.strictSame(places(findNpmTokens(Buffer.from(`é𝒳 ${token}`))), ['1:5'], 'columns are those of UTF-16')
  test.strictSame(places(findNpmTokens(Buffer.from(`${token}${token}`))), ['1:1', '1:41'], 'one behind the other')
  test.end()
})

await t.test('a token in UTF-16 or base64 is one', (test) => {
  for (let made = 0; made < 50; made += 1) {
    const token = make()
    holds(test, findNpmTokens(Buffer.from(`\ufeff_authToken=${token}\r\n`, 'utf16le')), token, 'UTF-16')
    for (const before of ['', 'u:', 'sam:', 'user:', '__token__:']) {
      const coded = Buffer.from(`${before}${token}`).toString('base64')
      holds(test, findNpmTokens(Buffer.from(`_auth=${coded}\n`)), token, `base64 behind ${before.length}`)
      holds(test, findNpmTokens(Buffer.from(coded.replace(/.{40}/u, '$&\n'))), token, 'base64 in lines')
    }
    const url = Buffer.from(`{"t":"${token}"}`).toString('base64url')
    holds(test, findNpmTokens(Buffer.from(url)), token, 'base64url')
  }
  test.end()
})

await t.test('bytes that come in pieces hide none, and tell none twice', (test) => {
  const [first, second] = [make(), make()]
  const coded = Buffer.from(`u:${second}`).toString('base64')
  const bytes = Buffer.from(`${'a\n'.repeat(300)}x ${first}\n${'b'.repeat(200)}\n_auth=${coded}\n${'c'.repeat(300)}`)
  const whole = places(findNpmTokens(bytes))
  test.equal(whole.length, 2)
  for (const size of [1, 7, 39, 40, 41, 64, 127, 128, 500, 1000]) {
    const scanner = new TokenScanner()
    const found: FoundToken[] = []
    for (let at = 0; at < bytes.length; at += size) found.push(...scanner.push(bytes.subarray(at, at + size)))
    test.strictSame(places(found), whole, `pieces of ${size}`)
  }
  test.end()
})

await t.test('what looks like a token and is none is passed over', (test) => {
  const token = make()
  const other = token.endsWith('0') ? '1' : '0'
  for (const text of [
    `npm_${'x'.repeat(36)}`,
    `npm_${'0'.repeat(36)}`,
    `${token.slice(0, -1)}${other}`,
    `${token.slice(0, 20)}-${token.slice(20)}`,
    token.slice(0, -1),
    `${token.slice(0, 4)}…${token.slice(-4)}`,
    token.toLowerCase(),
    Buffer.from(`u:${token.slice(0, -1)}${other}`).toString('base64'),
  ])
    test.equal(findNpmTokens(Buffer.from(text)).length, 0)
  test.end()
})

await t.test('in settings, whatever stands where a credential belongs is one', (test) => {
  const uuid = ['0c9fd1a2', '4be7', '4a53', '9d18', '7f3e5b60c2a4'].join('-')
  const opaque = ['Zk3v9', 'QpL27', 'xwTn8', 'RbY41'].join('')
  const password = ['correct', 'horse', '99'].join('-')
  const coded = Buffer.from(password).toString('base64')
  const basic = Buffer.from(`deploy:${password}`).toString('base64')
  const cases: readonly (readonly [path: string, text: string, place: string])[] = [
    ['.npmrc', `//registry.example/:_authToken=${uuid}`, '1:32'],
    ['config/.npmrc', `x=1\n//registry.example/:_authToken = "${uuid}"`, '2:35'],
    ['npmrc', `; old\n#//registry.example/:_authToken=${opaque}`, '2:33'],
    ['.npmrc', `_auth=${basic}`, '1:7'],
    ['.npmrc', `//registry.example/npm/:_password="${coded}"`, '1:36'],
    ['.npmrc', `registry=https://deploy:${password}@registry.example/`, '1:25'],
    ['.yarnrc', `"//registry.example/:_authToken" "${opaque}"`, '1:35'],
    ['.yarnrc.yml', `npmScopes:\n  acme:\n    npmAuthToken: ${uuid}`, '3:19'],
    ['.yarnrc.yml', `npmAuthIdent: "deploy:${password}"`, '1:16'],
    ['bunfig.toml', `[install]\nregistry = { url = "https://registry.example", token = "${opaque}" }`, '2:57'],
    ['.env', `NPM_TOKEN=${uuid}`, '1:11'],
    ['app/.env.production', `export ACME_NPM_TOKEN="${opaque}"`, '1:24'],
    ['.github/workflows/release.yml', `env:\n  NODE_AUTH_TOKEN: ${uuid}`, '2:20'],
    ['.gitlab-ci.yml', `    - npm config set //registry.example/:_authToken ${opaque}`, '1:53'],
    ['.gitlab-ci.yml', `    - echo "//registry.example/:_authToken=${opaque}" >> ~/.npmrc`, '1:44'],
    ['Dockerfile', `ENV NPM_TOKEN=${uuid}`, '1:15'],
  ]
  for (const [path, text, place] of cases) {
    test.strictSame(
      places(findSecrets(Buffer.from(`${text}\n`), path)),
      [`${place} by its setting`],
      `${path}: ${place}`,
    )
    test.equal(findSecrets(Buffer.from(text), 'docs/about.txt').length, 0, 'no file of settings')
  }
  const utf16 = Buffer.from(`\ufeff//registry.example/:_authToken=${uuid}\r\n`, 'utf16le')
  test.equal(findSecrets(utf16, '.npmrc').length, 1, 'as PowerShell writes it')
  const token = make()
  const own = findSecrets(Buffer.from(`//registry.example/:_authToken=${token}\n`), '.npmrc')
  test.strictSame(places(own), ['1:32'], 'an npm token is told once, and is certain')
  test.end()
})

await t.test('what only stands for a credential is passed over', (test) => {
  const variables = [
    '${NPM_TOKEN}',
    '${NPM_TOKEN-}',
    '$NPM_TOKEN',
    '%NPM_TOKEN%',
    '${{ secrets.NPM_TOKEN }}',
    '$(cat token)',
  ]
  const words = [
    '<token>',
    'YOUR_TOKEN_HERE',
    'your-auth-token',
    '{{ npm_token }}',
    'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx',
  ]
  const dummies = [
    ['XXXXX', 'XXXXX', 'XXXXX', 'XXXXX'].join('-'),
    '00000000-0000-0000-0000-000000000000',
    `npm_${'x'.repeat(36)}`,
    'npm_abcd…wxyz',
    'npm_aBcD...wXyZ',
    'bonafide_phantom_0123456789abcdefghij',
    '********',
    'read-only-mirror',
    'true',
    '',
  ]
  for (const value of [...variables, ...words, ...dummies]) {
    const texts: readonly (readonly [string, string])[] = [
      ['.npmrc', `//registry.example/:_authToken=${value}`],
      ['.npmrc', `//registry.example/:_authToken="${value}"`],
      ['.yarnrc.yml', `npmAuthToken: "${value}"`],
      ['bunfig.toml', `token = "${value}"`],
      ['.env', `NPM_TOKEN=${value}`],
      ['.env.example', `NPM_TOKEN='${value}'`],
      ['.github/workflows/ci.yml', `          NODE_AUTH_TOKEN: ${value}`],
    ]
    for (const [path, text] of texts)
      test.strictSame(places(findSecrets(Buffer.from(`${text}\nnext=1\n`), path)), [], `${path}: ${value}`)
  }
  const dummy = Buffer.from('user:password').toString('base64')
  test.strictSame(findSecrets(Buffer.from(`_auth=${dummy}\nalways-auth=true\n`), '.npmrc'), [])
  test.end()
})
