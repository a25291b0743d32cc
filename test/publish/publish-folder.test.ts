// SPDX-License-Identifier: Apache-2.0
// A job that publishes the folder that it has checked out: the commit of the job, clean, and without code that runs beside its identity.
import t from 'tap'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PublishOptions, PublishReport } from '@bonafide/publish'
import { commitAll, git, makeRepository, pathWithGit } from '../support/git.ts'
import { TRUSTED, startJob } from './job.ts'

const job = await startJob('publish-folder')
const { sandbox, folder } = job
t.teardown(() => job.close())
const PATH = `${await pathWithGit(folder)}:/usr/bin:/bin`

/** Checks out a package of a version, at its tag. */
async function checkout(name: string, scripts: Readonly<Record<string, string>> = {}) {
  await sandbox.publish({ name, version: '1.0.0', provenance: { repository: 'acme/rocket' } })
  sandbox.trust.add(name, TRUSTED)
  const place = join(folder, name)
  await mkdir(place)
  const manifest = { name, version: '1.1.0', repository: 'github:acme/rocket', license: 'MIT', scripts }
  await writeFile(join(place, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  await writeFile(join(place, 'index.js'), 'module.exports = 1\n')
  await writeFile(join(place, '.gitignore'), 'seen.json\n')
  makeRepository(place)
  const commit = commitAll(place)
  git(place, 'tag', 'v1.1.0')
  const publish = (more: Partial<PublishOptions> = {}, allowScripts = false): Promise<PublishReport> =>
    job.publish(
      { name, version: '1.1.0', path: place, sha512: '', integrity: '' },
      {
        source: { kind: 'folder', path: place, allowScripts },
        env: { ...job.env('github', { commit }), PATH },
        ...more,
      },
    )
  return { place, commit, publish }
}

await t.test('it is packed, signed, sent and read back', async (rule) => {
  const { publish, commit } = await checkout('clean')
  const report = await publish()
  rule.strictSame(report.findings, [])
  rule.match(report, { outcome: 'published', provenance: { identity: { commit } }, consumer: { verdict: 'trusted' } })
  rule.match(await publish(), { outcome: 'already-published' })
})

await t.test('a tree that is not that of the commit', async (rule) => {
  const { publish, place } = await checkout('unclean')
  await writeFile(join(place, 'index.js'), 'stolen()\n')
  const handed = job.handedTokens()
  const report = await publish()
  rule.match(report, { verdict: 'refused', outcome: 'not-published', findings: [{ code: 'checkout-unclean' }] })
  rule.equal(job.handedTokens(), handed)
})

await t.test('another commit than the job’s', async (rule) => {
  const { publish } = await checkout('elsewhere')
  const report = await publish({ env: { ...job.env('github', { commit: 'a'.repeat(40) }), PATH } })
  rule.ok(report.findings.some(({ code }) => code === 'release-commit'))
  rule.equal(report.outcome, 'not-published')
})

const SPY = `node -e "require('fs').writeFileSync('seen.json', JSON.stringify(process.env))"`

await t.test(
  'scripts run where they are allowed, without the identity, and not for a release that is refused',
  async (rule) => {
    const { publish, place, commit } = await checkout('scripted', { prepack: SPY })
    const seen = join(place, 'seen.json')
    rule.match(await publish(), { outcome: 'not-published', findings: [{ code: 'package-scripts' }] })
    rule.notOk(existsSync(seen))
    const wrong = { ...job.env('github', { commit, trigger: 'pull_request_target' }), PATH }
    rule.match(await publish({ env: wrong }, true), { findings: [{ code: 'release-trigger' }] })
    rule.notOk(existsSync(seen), 'refused before anything ran')
    const report = await publish({}, true)
    rule.equal(report.outcome, 'published', JSON.stringify(report.findings))
    rule.notMatch(await readFile(seen, 'utf8'), /ACTIONS_ID_TOKEN/u)
  },
)
