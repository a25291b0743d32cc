// SPDX-License-Identifier: Apache-2.0
// A token that outlives the job, in each place from which a client was seen to take one: the guard refuses, names the place, and nothing is sent.
import t from 'tap'
import type { Test } from 'tap'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PublishFinding } from '@bonafide/core'
import type { PublishClient } from '@bonafide/credentials'
import { PUBLISH, openStage } from '../credentials/stage.ts'
import type { Row, Scene, SetScene } from '../credentials/stage.ts'
import { BUNFIG, NPMRC, VARIABLES } from '../credentials/bun-rows.ts'
import { FORMS, KEYS, LAYERS, PUBLISH_CONFIG } from '../credentials/npm-rows.ts'
import { HELPERS, PLACES as PNPM_PLACES } from '../credentials/pnpm-rows.ts'
import { ROWS as YARN_CLASSIC_ROWS } from '../credentials/yarn-classic-rows.ts'
import { FORMS as YARN_FORMS, PLACES as YARN_PLACES } from '../credentials/yarn-rows.ts'
import { commandOf, ended, missing } from '../support/clients.ts'
import type { ClientName } from '../support/clients.ts'
import { commitAll, git, gitProgram, makeRepository } from '../support/git.ts'
import { runMain } from '../support/world.ts'
import { RELEASING, trustWorkflow } from './release-scene.ts'

const BIN = fileURLToPath(new URL('../../packages/cli/bin/bonafide.js', import.meta.url))
const DAY = 24 * 3_600_000

/** By what each client tells a script that it runs it: the guard judges by that client's settings. */
const USER_AGENTS: Readonly<Record<ClientName, string>> = {
  npm: 'npm/12.2.0',
  'npm-11': 'npm/11.0.0',
  pnpm: 'pnpm/12.0.0',
  yarn: 'yarn/4.0.0',
  'yarn-classic': 'yarn/1.22.22',
  bun: 'bun/1.4.0',
}

/** For each client the rows of its places; so many of them with the real client, from the first. */
const PLACES: readonly (readonly [client: ClientName, rows: readonly Row[], played: number])[] = [
  ['npm', LAYERS, 9],
  ['npm', PUBLISH_CONFIG, 3],
  ['npm', KEYS, 1],
  ['npm', FORMS, 2],
  ['npm-11', LAYERS.slice(0, 4), 2],
  ['pnpm', PNPM_PLACES, 8],
  ['pnpm', HELPERS, 1],
  ['yarn', YARN_PLACES, 8],
  ['yarn', YARN_FORMS, 2],
  ['yarn-classic', YARN_CLASSIC_ROWS, 4],
  ['bun', BUNFIG, 4],
  ['bun', NPMRC, 2],
  ['bun', VARIABLES, 2],
]

const stage = await openStage(t, { running: true, now: new Date() })
const { sandbox } = stage
await sandbox.publish({ name: '@acme/rocket', version: '0.9.0' })
trustWorkflow(sandbox)
const created = new Date(Date.now() - DAY)
const { token } = sandbox.accounts.createToken({ created, expiry: new Date(created.getTime() + 90 * DAY) })

const programs = await mkdtemp(join(tmpdir(), 'bonafide-programs-'))
t.teardown(() => rm(programs, { recursive: true, force: true }))
await writeFile(join(programs, 'bonafide'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`)
await chmod(join(programs, 'bonafide'), 0o755)

/** A row whose made-up word is a real token, with the guard before publishing. */
function armed([, sent, scene]: Row): Scene {
  const word = /^Bearer ([A-Z]+)$/u.exec(sent ?? '')?.[1]
  const text = JSON.stringify(scene)
  // The names of variables hold some of the words too; they are keys.
  const real = word === undefined ? text : text.replaceAll(new RegExp(`\\b${word}\\b(?!["\\w]*":)`, 'gu'), token)
  const told = JSON.parse(real) as Scene
  const hook = { prepublishOnly: 'bonafide guard', prepack: 'bonafide guard' }
  return {
    ...told,
    package: {
      repository: 'github:acme/rocket',
      ...told.package,
      scripts: hook,
    },
  }
}

// The clone of a job that may release: the folder of the package is the whole repository.
function jobOf({ cwd }: SetScene): Readonly<Record<string, string>> {
  makeRepository(cwd)
  const commit = commitAll(cwd)
  git(cwd, 'tag', 'v1.0.0')
  return sandbox.ciEnvironment('github', { ...RELEASING, ref: 'refs/tags/v1.0.0', commit })
}

function whose(client: ClientName): PublishClient {
  return client === 'npm-11' ? 'npm' : client
}

// What the client reads and no script of it is told, as docs/publishing/guard.md says: dash hands on no variable with such a name, and
// pnpm takes its own out. The job's identity outranks both in the clients that read them.
function isHidden([, , { env = {} }]: Row): boolean {
  return Object.keys(env).some((name) => name.includes('/') || name.toLowerCase() === 'pnpm_config__auth')
}

async function refused(test: Test, client: ClientName, row: Row, isPlayed: boolean): Promise<void> {
  const [title] = row
  const set = await stage.set(test, armed(row), false)
  const job = jobOf(set)
  const named = (await stage.find(set, client)).credentials.find(({ sentBy }) => sentBy.includes(whose(client)))
  const place = named?.place
  const words =
    place?.kind === 'file' ? `${place.path}:${place.line}` : place !== undefined && 'name' in place ? place.name : ''
  test.not(words, '', `${title}: it has a place`)
  // Options of npm reach its scripts as they reach nobody else.
  if (set.args.length === 0) {
    const env = { ...set.env, ...job, npm_config_user_agent: USER_AGENTS[client] }
    const { status, stdout } = await runMain(['guard', '--json'], set.cwd, env)
    const { findings } = JSON.parse(stdout) as { readonly findings: readonly PublishFinding[] }
    test.equal(status, 1, `${client}: ${title}\n${stdout}`)
    const there = findings.filter(({ where }) => JSON.stringify(where) === JSON.stringify(place))
    test.ok(
      there.some(({ step, level }) => step === 'credentials' && level === 'refuse'),
      `${client}: ${title}: there\n${stdout}`,
    )
  }
  if (!isPlayed || isHidden(row)) return
  const [file = '', ...first] = commandOf(client)
  const env = { ...set.env, ...job, PATH: `${programs}${delimiter}${set.env['PATH'] ?? ''}` }
  const ran = await ended(file, [...first, ...PUBLISH[client], ...set.args], { cwd: set.cwd, env })
  const said = ran.stdout + ran.stderr
  test.not(ran.code, 0, `${client} stops: ${title}`)
  test.match(said, /credential-(?:long-lived|unknown-lifetime)/u, said)
  test.ok(said.includes(words), `it says where: ${words}\n${said}`)
  test.notOk(said.includes(token.slice(8, -4)), 'and not what')
}

for (const [client, rows, played] of PLACES) {
  const skip = missing(client) || (gitProgram === undefined && 'no git')
  const armable = rows.filter(([, sent]) => sent !== null && /^(?:Bearer [A-Z]+|Basic \S+)$/u.test(sent))
  await t.test(`${client}: ${armable.length} places`, { skip }, async (test) => {
    const waiting = armable.map((row, index) => ({ row, isPlayed: index < played }))
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        await refused(test, client, next.row, next.isPlayed)
    }
    await Promise.all([work(), work()])
  })
}

await t.test('and nothing was sent to be published, by any of them', async (test) => {
  const puts = sandbox.requests.filter(({ service, method }) => service === 'registry' && method === 'PUT')
  test.strictSame(
    puts.map(({ path }) => path),
    [],
  )
})
