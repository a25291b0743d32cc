// SPDX-License-Identifier: Apache-2.0
// The summary of a job is written where the runner wants it, and nowhere else.
import t from 'tap'
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { appendJobSummary } from '@bonafide/publish'

const folder = t.testdir({ temp: { commands: { summary: 'before\n' } }, elsewhere: { precious: 'mine\n' } })
const [temp, summary] = [join(folder, 'temp'), join(folder, 'temp', 'commands', 'summary')]
const precious = join(folder, 'elsewhere', 'precious')
const job = { GITHUB_ACTIONS: 'true', RUNNER_TEMP: temp }

await t.test('it is appended', async (rule) => {
  rule.strictSame(await appendJobSummary({ ...job, GITHUB_STEP_SUMMARY: summary }, 'after\n'), { kind: 'written' })
  rule.equal(await readFile(summary, 'utf8'), 'before\nafter\n')
})

await t.test('nobody asked', async (rule) => {
  rule.strictSame(await appendJobSummary(job, 'x'), { kind: 'not-asked' })
  rule.strictSame(await appendJobSummary({ GITHUB_STEP_SUMMARY: summary }, 'x'), { kind: 'not-asked' })
})

const link = join(temp, 'link')
await symlink(precious, link)
await symlink(join(folder, 'elsewhere'), join(temp, 'way'))
await mkdir(join(temp, 'folder'))
const pipe = join(temp, 'pipe')
execFileSync('mkfifo', [pipe])
await writeFile(join(folder, 'temporary'), 'mine\n')

const PLACES = {
  'a file beside the runner’s folder': precious,
  'a folder whose name begins alike': join(folder, 'temporary'),
  'a way out of it': `${temp}/../elsewhere/precious`,
  'a link to another file': link,
  'a link to another folder': join(temp, 'way', 'precious'),
  'a folder': join(temp, 'folder'),
  'a pipe that nobody reads': pipe,
  'a file that is not there': join(temp, 'nothing'),
  'a relative path': 'elsewhere/precious',
}

for (const [what, path] of Object.entries(PLACES))
  await t.test(`not into ${what}`, async (rule) => {
    const outcome = await appendJobSummary({ ...job, GITHUB_STEP_SUMMARY: path }, 'evil\n')
    rule.match(outcome, { kind: 'not-written', reason: /GITHUB_STEP_SUMMARY/u })
    rule.equal(await readFile(precious, 'utf8'), 'mine\n')
  })
