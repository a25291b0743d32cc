// SPDX-License-Identifier: Apache-2.0
// Whom the registry trusts, asked by the command itself, held against who releases in the repository.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TrustSpec } from '@bonafide/sandbox'
import t from 'tap'
import type { Test } from 'tap'
import { commitAll, git, gitProgram, makeRepository, writeFiles } from '../../support/git.ts'
import { startWorld } from '../../support/world.ts'
import type { World } from '../../support/world.ts'
import { repository } from './repository.ts'
import type { Files } from './repository.ts'

interface Said {
  readonly verdict: string
  readonly findings: readonly {
    readonly code: string
    readonly step: string
    readonly level: string
    readonly found: string
    readonly attack: string
    readonly reach: string
  }[]
  readonly packages: readonly string[]
  readonly releases: readonly unknown[]
  readonly settings: readonly unknown[]
}

const skip = gitProgram === undefined && 'no git on this machine'
const HERE = { repository: 'paint/paint', workflow_ref: { file: 'release.yml' }, environment: 'release' }

function trusting(
  claims: Partial<typeof HERE> & { readonly workflow_ref?: { readonly file: string } },
  permission: 'createPackage' | 'createStagedPackage' = 'createStagedPackage',
): TrustSpec {
  return { type: 'github', claims: { ...HERE, ...claims }, permissions: [permission] }
}

/** A repository whose package is on the registry, and somebody who is logged in there. */
async function started(check: Test, files: Files = repository()): Promise<World> {
  const world = await startWorld('doctor')
  check.teardown(() => world.close())
  await world.release('paint', '1.0.0')
  await writeFiles(world.project, files)
  makeRepository(world.project)
  git(world.project, 'remote', 'add', 'origin', 'git@github.com:paint/paint.git')
  commitAll(world.project)
  const { token } = world.sandbox.accounts.createSession('sandbox')
  const { registryUrl } = world.sandbox
  await writeFile(
    join(world.root, 'home', '.npmrc'),
    `registry=${registryUrl}\n${registryUrl.replace('http:', '')}:_authToken=${token}\n`,
  )
  return world
}

async function doctor(world: World, ...words: readonly string[]): Promise<Said & { readonly status: number }> {
  const { stdout, stderr, status } = await world.run(['doctor', '--json', ...words])
  if (stdout === '') throw new Error(stderr)
  return { ...(JSON.parse(stdout) as Said), status }
}

function otpOf(world: World): readonly string[] {
  return ['--otp', world.sandbox.accounts.user('sandbox')?.otp ?? '']
}

/** What is found of one step; of the settings, unless told otherwise. */
function codes({ findings }: Said, step = 'settings'): readonly string[] {
  return findings.filter((one) => one.step === step).map(({ code, level }) => `${level} ${code}`)
}

await t.test('trust in this job alone, to stage alone, leaves nothing to say', { skip }, async (check) => {
  const world = await started(check)
  world.sandbox.trust.add('paint', trusting({}))
  const said = await doctor(world, ...otpOf(world))
  check.strictSame(codes(said), [])
  check.equal(said.status, 0)
  check.strictSame(said.packages, ['paint'])
  check.strictSame(said.settings, [
    {
      package: 'paint',
      setting: 'disallow-tokens',
      state: 'not-readable',
      command: 'npm access set mfa=publish paint',
    },
  ])
  const asked = world.sandbox.requests.filter(({ path }) => path.includes('/trust'))
  check.ok(
    asked.every(({ method }) => method === 'GET'),
    'nothing is changed',
  )
})

await t.test('each trust that lets somebody else in is told', { skip }, async (check) => {
  const cases: readonly (readonly [string, TrustSpec | null, readonly string[]])[] = [
    ['nobody is trusted', null, ['refuse trust-none']],
    [
      'without an environment, any branch will do',
      trusting({ environment: undefined as never }),
      ['refuse trust-open'],
    ],
    ['straight to the registry', trusting({}, 'createPackage'), ['warn trust-direct']],
    ['another repository', trusting({ repository: 'mallory/paint' }), ['refuse trust-mismatch']],
    ['a workflow that is gone', trusting({ workflow_ref: { file: 'old.yml' } }), ['refuse trust-mismatch']],
    ['an environment that no job has', trusting({ environment: 'npm' }), ['refuse trust-mismatch']],
  ]
  for (const [what, spec, found] of cases) {
    const world = await started(check)
    if (spec !== null) world.sandbox.trust.add('paint', spec)
    const said = await doctor(world, ...otpOf(world))
    check.strictSame(codes(said), found, what)
    check.ok(said.findings.every(({ attack }) => attack !== ''))
  }
})

await t.test('what the registry does not tell is told, and an outage is none', { skip }, async (check) => {
  const world = await started(check)
  world.sandbox.trust.add('paint', trusting({}))
  const without = await doctor(world)
  check.strictSame(codes(without), ['warn trust-unread'], 'no one-time password')
  check.equal(without.status, 0)
  check.match(without.findings.find(({ code }) => code === 'trust-unread')?.found, /^HTTP 401/u)
  const end = world.sandbox.fault({ path: /trust/u }, { kind: 'status', status: 503 })
  const down = await doctor(world, ...otpOf(world))
  end()
  check.strictSame(codes(down), ['undecided trust-unread'])
  check.equal(down.status, 3)
  await writeFile(join(world.root, 'home', '.npmrc'), `registry=${world.sandbox.registryUrl}\n`)
  check.match((await doctor(world)).findings[0]?.found, /logged in/u)
  const before = world.sandbox.requests.length
  check.strictSame(codes(await doctor(world, '--offline')), [])
  check.equal(world.sandbox.requests.length, before, 'off line, nobody is asked')
})

await t.test('the token goes to the registry that it is for, whatever package.json names', { skip }, async (check) => {
  const world = await started(check)
  const other = await startWorld('elsewhere')
  check.teardown(() => other.close())
  await world.write(
    'package.json',
    JSON.stringify({
      name: 'paint',
      version: '1.0.0',
      repository: 'paint/paint',
      files: ['dist'],
      scripts: { prepublishOnly: 'bonafide guard' },
      publishConfig: { registry: other.sandbox.registryUrl },
    }),
  )
  check.strictSame(codes(await doctor(world, ...otpOf(world))), ['warn trust-unread'])
  const asked = other.sandbox.requests
  check.ok(asked.some(({ path }) => path.includes('/trust')))
  check.ok(asked.every(({ headers }) => headers.authorization === undefined))
})

await t.test('the repository is examined as a whole, from wherever one stands', { skip }, async (check) => {
  const world = await started(check, { ...repository(), 'docs/x.md': 'x', '.github/workflows/bad.yml': 'on: [' })
  const said = await doctor(world, 'docs', '--offline')
  check.strictSame(codes(said), ['undecided workflow-unread'])
  check.strictSame(said.releases.length, 1)
  check.equal(said.status, 3)
})

await t.test('the most dangerous comes first', { skip }, async (check) => {
  const workflow = `on: issue_comment
jobs:
  release:
    runs-on: ubuntu-latest
    permissions: { id-token: write }
    steps:
      - run: npm ci
      - run: npm publish
        env: { NODE_AUTH_TOKEN: '\${{ secrets.NPM_TOKEN }}' }
`
  const world = await started(
    check,
    repository({ '.github/workflows/release.yml': workflow, 'package.json': '{ "name": "paint" }' }),
  )
  const { findings } = await doctor(world, '--offline')
  const order = ['anyone', 'supplier', 'thief', 'writer', 'mistake', 'unknown']
  for (const level of ['refuse', 'warn']) {
    const reached = findings.filter((one) => one.level === level).map(({ reach }) => order.indexOf(reach))
    check.strictSame(
      reached,
      reached.toSorted((a, b) => a - b),
      level,
    )
  }
  check.strictSame([...new Set(findings.map(({ level }) => level))], ['refuse', 'warn'])
  check.equal(findings[0]?.code, 'workflow-open-to-outsiders')
})

await t.test('what lies around here is told with its place, and a login is no alarm', { skip }, async (check) => {
  const world = await started(check)
  world.sandbox.trust.add('paint', trusting({}))
  const session = await doctor(world, ...otpOf(world))
  check.strictSame(codes(session, 'credentials'), ['warn credential-unknown-lifetime'])
  check.equal(session.status, 0)
  const { token } = world.sandbox.accounts.createToken({ permission: 'write', expiry: null })
  const { registryUrl } = world.sandbox
  await writeFile(
    join(world.root, 'home', '.npmrc'),
    `registry=${registryUrl}\n${registryUrl.replace('http:', '')}:_authToken=${token}\n`,
  )
  const stored = await doctor(world)
  check.strictSame(codes(stored, 'credentials'), ['refuse credential-long-lived'])
  check.equal(stored.status, 1)
  check.equal(stored.findings[0]?.reach, 'thief')
  check.notOk(JSON.stringify(stored).includes(token))
})
