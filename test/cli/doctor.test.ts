// SPDX-License-Identifier: Apache-2.0
// `bonafide doctor` at the command line: who may write, and what the other forms show.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { commitAll, git, gitProgram, makeRepository, writeFiles } from '../support/git.ts'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const skip = gitProgram === undefined && 'no git on this machine'
const MANIFEST =
  '{\n  "name": "paint",\n  "version": "1.0.0",\n  "repository": "paint/paint",\n  "files": ["dist"]\n}\n'
const WORKFLOW =
  'on: issue_comment\njobs:\n  release:\n    permissions: { id-token: write }\n    steps:\n      - run: npm publish\n'
const NAME = '.github/workflows/release.yml'

async function started(check: Test): Promise<World> {
  const world = await startWorld('doctor-command')
  check.teardown(() => world.close())
  await writeFiles(world.project, { 'package.json': MANIFEST, [NAME]: WORKFLOW, 'docs/x.md': '' })
  makeRepository(world.project)
  git(world.project, 'remote', 'add', 'origin', 'https://github.com/paint/paint.git')
  commitAll(world.project)
  return world
}

await t.test('the wrong folder, or half a command, is no clean repository', { skip }, async (check) => {
  const world = await startWorld('doctor-nowhere')
  check.teardown(() => world.close())
  const empty = await world.run(['doctor', '--json'])
  check.match(empty, { status: 2, stdout: /"BONAFIDE_USAGE"[^]*there is nothing to examine/u })
  check.match(await world.run(['doctor', 'token']), { status: 2, stderr: /did you mean bonafide doctor tokens\?/u })
  check.match(await world.run(['doctor', 'elsewhere']), { status: 2, stderr: /no such folder: elsewhere/u })
  await world.write('package.json', '{"private":true}')
  check.equal((await world.run(['doctor', '--offline'])).status, 0, 'nothing is published from there')
  check.match(await world.run(['doctor', 'package.json']), { status: 2, stderr: /found {3}a file/u })
})

await t.test('nothing is written without a yes', { skip }, async (check) => {
  const world = await started(check)
  const before = await world.snapshot()
  const fix = ['doctor', '--offline', '--fix']
  const silent = await world.run(fix)
  check.equal(silent.status, 2)
  check.match(silent.stderr, /nobody to be asked/u)
  check.match(silent.stderr, /\+ {2}"scripts"/u, 'the difference is shown all the same')
  for (const answer of ['no', '', 'y', 'YES']) {
    const ran = await world.run(fix, {}, [answer])
    check.equal(ran.status, 2)
    check.match(ran.stderr, /not confirmed/u)
  }
  const ci = await world.run([...fix, '--yes'], { CI: 'true' })
  check.equal(ci.status, 2)
  check.match(ci.stderr, /by people, not by CI/u)
  check.equal((await world.run(['doctor', '--offline'])).status, 1)
  check.strictSame(await world.snapshot(), before)
})

await t.test('what is written is what was shown, and nothing else', { skip }, async (check) => {
  const world = await started(check)
  const ran = await world.run(['doctor', 'docs', '--offline', '--fix'], {}, ['yes'])
  check.equal(ran.status, 1, 'the old workflow is still there')
  check.match(ran.stdout, /^wrote package\.json and \.github\/workflows\/bonafide-release\.yml: review and commit$/mu)
  check.equal(
    git(world.project, 'status', '--short', '--untracked-files=all').trimEnd(),
    ' M package.json\n?? .github/workflows/bonafide-release.yml',
  )
  check.equal(await world.read(NAME), WORKFLOW)
  for (const line of (await world.read('.github/workflows/bonafide-release.yml')).split('\n'))
    check.ok(ran.stderr.includes(`+${line}`), line)
  const again = await world.run(['doctor', '--offline', '--fix', '--yes', '--json'])
  check.match(again.stderr, /nothing that a file could mend/u)
  check.strictSame((JSON.parse(again.stdout) as { readonly written: unknown }).written, [])
})

await t.test('a file that changes while the question is open is not written over', { skip }, async (check) => {
  const world = await started(check)
  const changed = MANIFEST.replace('1.0.0', '1.0.1')
  const ran = await world.run(['doctor', '--offline', '--fix'], {}, [
    async () => {
      await writeFile(join(world.project, 'package.json'), changed)
      return 'yes'
    },
  ])
  check.equal(ran.status, 2)
  check.match(ran.stderr, /changed while a question was open/u)
  check.equal(await world.read('package.json'), changed)
  check.equal(git(world.project, 'status', '--short', '--untracked-files=all').trim(), 'M package.json')
})

await t.test('options that mean nothing are errors', { skip }, async (check) => {
  const world = await started(check)
  const hex = 'ab'.repeat(64)
  for (const words of [
    ['--yes'],
    ['--engine', 'https://example.com/e.tgz'],
    ['--fix', '--engine', 'https://example.com/e.tgz'],
    ['--fix', '--engine', 'http://example.com/e.tgz', '--engine-sha512', hex],
    ['--fix', '--engine', 'https://example.com/e.tgz', '--engine-sha512', hex.toUpperCase()],
    ['--fix', '--engine', 'https://example.com/$(id).tgz', '--engine-sha512', hex],
    ['--registry', 'ftp://example.com'],
    ['a', 'b'],
  ]) {
    const ran = await world.run(['doctor', '--offline', ...words])
    check.equal(ran.status, 2, words.join(' '))
  }
})

await t.test('annotations and SARIF stand at the lines', { skip }, async (check) => {
  const world = await started(check)
  const github = await world.run(['doctor', '--offline', '--format', 'github'])
  check.match(
    github.stdout,
    /^::error file=\.github\/workflows\/release\.yml,line=1,title=workflow-open-to-outsiders::/mu,
  )
  check.equal(github.status, 1)
  const sarif = await world.run(['doctor', '--offline', '--format', 'sarif'])
  const [run] = (
    JSON.parse(sarif.stdout) as {
      readonly runs: readonly {
        readonly results: readonly { readonly ruleId: string; readonly locations: readonly unknown[] }[]
      }[]
    }
  ).runs
  check.ok(run?.results.some(({ ruleId }) => ruleId === 'workflow-open-to-outsiders'))
  check.ok(run?.results.every(({ locations }) => locations.length === 1))
})
