// SPDX-License-Identifier: Apache-2.0
// `doctor leaks` in each form: names that a terminal or a CI system would obey, SARIF by its schema, places from the repository's folder.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sarifSchema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' }
import { Ajv } from 'ajv'
import t from 'tap'
import { credentialsBelongTo } from '../redaction/channels.ts'
import { commitAll, makeRepository } from '../support/git.ts'
import { HOSTILE, OBEYED, commandsIn } from '../support/hostile-text.ts'
import { startWorld } from '../support/world.ts'

// By `id` and `$schema` it is of draft 04; nothing in it reads otherwise in a later draft.
const rules = Object.fromEntries(Object.entries(sarifSchema).filter(([key]) => key !== 'id' && key !== '$schema'))
const isSarif = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(rules)

const world = await startWorld('leaks-forms')
t.teardown(() => world.close())
const { project } = world
const run: typeof world.run = (words, env) => world.run(words, env)

// Names that a file can have: the longest ones and such with a slash are none.
const names = HOSTILE.map((text) => text.replaceAll(/[/\0]/gu, '_')).filter((text) => Buffer.byteLength(text) < 200)
const tokens = names.map(() => world.sandbox.accounts.createToken().token)

await t.test('names that strangers gave change no form', async (test) => {
  makeRepository(project)
  const folder = join(project, 'pack')
  credentialsBelongTo(folder)
  await mkdir(folder)
  for (const [index, name] of names.entries()) await writeFile(join(folder, `${index}${name}`), tokens[index] ?? '')
  commitAll(project)
  for (const form of ['human', 'json', 'github', 'sarif']) {
    const { status, stdout, stderr } = await run(['doctor', 'leaks', '--history', '--format', form])
    test.equal(status, 1)
    test.equal(stderr, '')
    test.notMatch(stdout, OBEYED, form)
    test.equal(
      commandsIn(stdout).length,
      form === 'github' ? Math.min(names.length, 1000) + (names.length > 10 ? 1 : 0) : 0,
      form,
    )
    test.ok(
      tokens.every((token) => !stdout.includes(token.slice(4, 14))),
      'redacted',
    )
  }
  const { stdout } = await run(['doctor', 'leaks', '--history', '--format', 'sarif'])
  const log = JSON.parse(stdout) as { readonly runs: readonly [{ readonly results: readonly object[] }] }
  test.ok(isSarif(log), JSON.stringify(isSarif.errors?.slice(0, 3)))
  test.equal(log.runs[0].results.length, tokens.length)
  test.match(log.runs[0].results[0], { relatedLocations: [{ id: 1 }] }, 'the place in the history stands beside')
})

await t.test('places are told from the repository’s folder', async (test) => {
  const env = { GITHUB_WORKSPACE: world.root }
  const { stdout } = await run(['doctor', 'leaks', '--format', 'sarif'], env)
  test.match(stdout, '"uri": "project/pack/0')
  test.match((await run(['doctor', 'leaks', '--format', 'github'], env)).stdout, 'file=project/pack/0')
})

await t.test('what could not be read is no clean run', async (test) => {
  await mkdir(join(project, 'dist'))
  await writeFile(join(project, 'dist/x.tgz'), 'no tarball')
  test.equal((await run(['doctor', 'leaks', 'dist'])).status, 3)
  const { stdout, status } = await run(['doctor', 'leaks', 'dist', '--format', 'sarif'])
  test.equal(status, 3)
  const log = JSON.parse(stdout) as { readonly runs: readonly unknown[] }
  test.ok(isSarif(log))
  test.match(log.runs[0], {
    invocations: [{ executionSuccessful: false, exitCode: 3, toolExecutionNotifications: [{ level: 'error' }] }],
    results: [{ ruleId: 'leak-unread', kind: 'open', level: 'none' }],
  })
  test.match((await run(['doctor', 'leaks', 'dist', '--format', 'github'])).stdout, 'bonafide undecided: one finding')
})
