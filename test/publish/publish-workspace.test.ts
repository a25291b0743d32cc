// SPDX-License-Identifier: Apache-2.0
// A release of several packages: dependencies first, nothing twice, nothing half without a word, and on from where it stopped.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { WorkspaceReport } from '@bonafide/publish'
import t from 'tap'
import type { Test } from 'tap'
import { openWorkbench } from '../support/clients.ts'
import { writeFiles } from '../support/git.ts'
import { startWorkspaceJob } from './workspace-job.ts'
import type { Packages, WorkspaceJob } from './workspace-job.ts'

const BASE = '@acme/base'
const LIB = '@acme/lib'
const APP = '@acme/app'
const ALL = [APP, BASE, LIB]
// By its folder the last comes first.
const PACKAGES: Packages = {
  a: { name: APP, dependencies: { [LIB]: '^1.1.0' } },
  b: { name: LIB, dependencies: { [BASE]: '^1.1.0' } },
  c: { name: BASE },
  d: { name: 'private', private: true },
}

async function start(check: Test, seed: string, packages: Packages = PACKAGES): Promise<WorkspaceJob> {
  const job = await startWorkspaceJob(seed, ALL)
  check.teardown(() => job.close())
  await job.commit(packages)
  return job
}

function outcomes({ packages }: WorkspaceReport): readonly string[] {
  return packages.map(({ name, version, outcome }) => `${name}@${version} ${outcome}`)
}

function codes({ findings, packages }: WorkspaceReport): readonly string[] {
  return [...findings, ...packages.flatMap((one) => one.findings)].map(({ code }) => code)
}

await t.test('dependencies first, one exchange a package, and a second run sends nothing', async (check) => {
  const job = await start(check, 'workspace')
  const first = await job.release()
  check.strictSame(codes(first), [])
  check.equal(first.verdict, 'satisfied')
  check.strictSame(
    outcomes(first),
    [BASE, LIB, APP].map((name) => `${name}@1.1.0 published`),
  )
  check.strictSame(first.skipped, ['private'])
  check.strictSame(job.sends(), [BASE, LIB, APP])
  const exchanges = job.sandbox.requests.filter(({ path }) => path.includes('/oidc/token/exchange/'))
  check.equal(exchanges.length, 3)
  const again = await job.release()
  check.strictSame([again.verdict, job.sends().length], ['satisfied', 3])
  check.strictSame(
    outcomes(again),
    [BASE, LIB, APP].map((name) => `${name}@1.1.0 already-published`),
  )
})

await t.test('where something stands against one of them, none is sent', async (check) => {
  const job = await start(check, 'workspace-refused', {
    ...PACKAGES,
    a: { ...PACKAGES['a'], scripts: { install: 'x' } },
  })
  const report = await job.release()
  check.equal(report.verdict, 'refused')
  check.strictSame(codes(report), ['package-script-added'])
  check.strictSame(outcomes(report), [`${BASE}@1.1.0 ready`, `${LIB}@1.1.0 ready`, `${APP}@1.1.0 not-published`])
  check.strictSame(job.sends(), [])
})

await t.test('what only the workspace’s manager replaces, and scripts, are refused with the way out', async (check) => {
  const job = await start(check, 'workspace-ranges', {
    ...PACKAGES,
    a: { name: APP, dependencies: { [LIB]: 'workspace:^' } },
    b: { name: LIB, scripts: { prepack: 'make' } },
  })
  const report = await job.release()
  check.strictSame(codes(report), ['package-needs-manager', 'package-scripts'])
  check.match(report.findings, [{ subject: 'packages/a', where: { path: 'packages/a/package.json' } }, {}])
  check.strictSame(job.sends(), [])
})

await t.test('it stops at the first that fails, says what is there, and goes on from there', async (check) => {
  const job = await start(check, 'workspace-resume')
  const undo = job.sandbox.fault({ method: 'PUT', path: `/${LIB}` }, { kind: 'status', status: 403 })
  const first = await job.release()
  undo()
  check.equal(first.verdict, 'refused')
  check.strictSame(outcomes(first), [
    `${BASE}@1.1.0 published`,
    `${LIB}@1.1.0 not-published`,
    `${APP}@1.1.0 not-reached`,
  ])
  const second = await job.release()
  check.strictSame([second.verdict, codes(second)], ['satisfied', []])
  check.strictSame(outcomes(second), [
    `${BASE}@1.1.0 already-published`,
    `${LIB}@1.1.0 published`,
    `${APP}@1.1.0 published`,
  ])
  check.strictSame(job.sends().filter((name) => name === BASE).length, 1, 'not twice')
})

await t.test('other bytes under the same number', async (check) => {
  const job = await start(check, 'workspace-taken')
  // A stolen token, before the release.
  await job.sandbox.publish({ name: LIB, version: '1.1.0', files: { 'evil.js': '' } })
  const report = await job.release()
  check.equal(report.verdict, 'refused')
  check.strictSame(codes(report), ['version-taken-by-other-bytes'])
  check.strictSame(job.sends(), [], 'and nothing beside it')
})

await t.test('another repository’s provenance under the same number', async (check) => {
  const job = await start(check, 'workspace-foreign')
  await job.sandbox.publish({ name: LIB, version: '1.1.0', provenance: { repository: 'evil/rocket' } })
  check.strictSame(codes(await job.release()), ['version-taken-by-other-bytes'])
  check.strictSame(job.sends(), [])
})

await t.test('a package that has not changed its number since an earlier release', async (check) => {
  const job = await start(check, 'workspace-before')
  check.equal((await job.release()).verdict, 'satisfied')
  const changed = {
    ...PACKAGES,
    a: { ...PACKAGES['a'], version: '1.2.0' },
    c: { name: BASE, description: 'not out yet' },
  }
  await job.commit(changed, { ref: 'refs/tags/v1.2.0' })
  const report = await job.release()
  check.strictSame(codes(report), [])
  check.strictSame(outcomes(report), [
    `${BASE}@1.1.0 released-before`,
    `${LIB}@1.1.0 already-published`,
    `${APP}@1.2.0 published`,
  ])
  check.equal(job.sends().length, 4)
})

await t.test('packages that depend on each other are told, and published', async (check) => {
  const job = await start(check, 'workspace-circle', {
    ...PACKAGES,
    c: { name: BASE, dependencies: { [LIB]: '^1.1.0' } },
  })
  const report = await job.release()
  check.equal(report.verdict, 'satisfied')
  check.strictSame(codes(report), ['workspace-circle'])
  check.match(report.findings, [{ level: 'warn', found: /@acme\/base, @acme\/lib/u }])
  check.strictSame(job.sends(), [BASE, LIB, APP])
})

await t.test('a dry run looks at all of them and sends none', async (check) => {
  const job = await start(check, 'workspace-dry')
  const report = await job.release({ isDryRun: true })
  check.equal(report.verdict, 'satisfied')
  check.strictSame(
    outcomes(report),
    [BASE, LIB, APP].map((name) => `${name}@1.1.0 ready`),
  )
  check.strictSame(job.sends(), [])
})

await t.test('outside CI nothing is published', async (check) => {
  const job = await start(check, 'workspace-home')
  const report = await job.release({ env: { HOME: job.folder } })
  check.strictSame([report.verdict, codes(report)], ['refused', ['publish-outside-ci']])
})

await t.test('an outage leaves it undecided', async (check) => {
  const job = await start(check, 'workspace-outage')
  const undo = job.sandbox.fault({ path: '/api/v2/signingCert' }, { kind: 'status', status: 400 })
  check.equal((await job.release()).verdict, 'refused', 'a decided no')
  undo()
  const down = job.sandbox.fault({ path: /^\/@acme\/lib$/u, method: 'GET' }, { kind: 'status', status: 503 })
  const report = await job.release()
  down()
  check.equal(report.verdict, 'undecided')
  check.strictSame(job.sends(), [])
})

const BIN = fileURLToPath(new URL('../../packages/cli/bin/bonafide.js', import.meta.url))

function command(job: WorkspaceJob): ChildProcess {
  const trust = join(job.folder, '..')
  const words = [
    'publish',
    '-r',
    '--trusted-root',
    join(trust, 'trusted_root.json'),
    '--registry-keys',
    join(trust, 'keys.json'),
  ]
  return spawn(process.execPath, ['--conditions=bonafide-source', BIN, ...words], {
    cwd: job.folder,
    env: job.env,
    stdio: 'pipe',
  })
}

await t.test('a job that is killed in the middle: the next one goes on, and nothing is sent twice', async (check) => {
  const job = await startWorkspaceJob('workspace-killed', ALL)
  check.teardown(() => job.close())
  const { fulcioUrl: fulcio, rekorUrl: rekor, timestampUrl: tsa } = job.sandbox
  await writeFiles(job.folder, {
    'bonafide.json': JSON.stringify({ version: 1, publish: { sigstore: { fulcio, rekor, tsa } } }),
  })
  await job.commit(PACKAGES)
  await writeFile(join(job.folder, '..', 'trusted_root.json'), job.sandbox.trustedRoot())
  // It is taken, and nobody hears of it any more.
  const undo = job.sandbox.fault({ method: 'PUT', path: `/${LIB}` }, { kind: 'hang' })
  const first = command(job)
  const ended = once(first, 'exit')
  while (!job.sends().includes(LIB) && first.exitCode === null) await sleep(50)
  first.kill('SIGKILL')
  check.strictSame((await ended)[1], 'SIGKILL')
  undo()
  check.strictSame(job.sends(), [BASE, LIB])
  const second = command(job)
  const printed: Buffer[] = []
  second.stdout?.on('data', (chunk: Buffer) => void printed.push(chunk))
  check.strictSame(await once(second, 'close'), [0, null])
  check.strictSame(job.sends(), [BASE, LIB, APP])
  const text = Buffer.concat(printed).toString()
  check.match(text, /@acme\/base@1\.1\.0 +there before, the same bytes/u)
  check.match(text, /@acme\/lib@1\.1\.0 +there before, the same bytes/u)
  check.match(text, /@acme\/app@1\.1\.0 +published/u)
})

await t.test('tarballs that pnpm packed, with the list of their digests', async (check) => {
  const job = await start(check, 'workspace-tarballs', {
    ...PACKAGES,
    a: { name: APP, dependencies: { [LIB]: 'workspace:^' } },
    b: { name: LIB, dependencies: { [BASE]: 'workspace:*' } },
  })
  const workbench = await openWorkbench(job.sandbox.registryUrl, 'no-token')
  check.teardown(() => workbench.close())
  await writeFiles(job.folder, { 'pnpm-workspace.yaml': 'packages:\n  - packages/*\n' })
  const out = join(workbench.folder, 'out')
  const packed = await workbench.run('pnpm', job.folder, ['-r', 'pack', '--pack-destination', out])
  check.equal(packed.code, 0, packed.stdout)
  const names = (await readdir(out)).sort()
  check.ok(names.includes('private-1.1.0.tgz'), names.join())
  const lines = await Promise.all(names.map(async (name) => `${hex(await readFile(join(out, name)))}  ${name}\n`))
  await writeFiles(out, { SHA512SUMS: lines.join('') })
  const source = { kind: 'tarballs', path: out, sha512: hex(Buffer.from(lines.join(''))) } as const
  const report = await job.release({ source })
  check.strictSame([report.verdict, codes(report)], ['satisfied', []])
  check.strictSame([job.sends(), report.skipped], [[BASE, LIB, APP], ['private']])
  const { dependencies } = report.packages[2]?.report === null ? { dependencies: null } : await manifestOf(job, APP)
  check.strictSame(dependencies, { [LIB]: '^1.1.0' }, 'as pnpm replaced it')
  const evil = { ...source, sha512: hex(Buffer.from('another list')) }
  check.strictSame(codes(await job.release({ source: evil })), ['package-digest'])
  await writeFiles(out, { 'evil-1.0.0.tgz': 'x' })
  check.strictSame(codes(await job.release({ source })), ['package-unlisted'])
})

await t.test('two tarballs of one package', async (check) => {
  const job = await start(check, 'workspace-twice')
  const workbench = await openWorkbench(job.sandbox.registryUrl, 'no-token')
  check.teardown(() => workbench.close())
  const out = await workbench.project('twice', { name: BASE, version: '1.1.0' })
  await workbench.run('npm', out, ['pack'])
  const bytes = await readFile(join(out, 'acme-base-1.1.0.tgz'), 'latin1')
  const list = `${hex(Buffer.from(bytes, 'latin1'))}  acme-base-1.1.0.tgz\n`
  await workbench.run('npm', out, ['version', '1.2.0'])
  await workbench.run('npm', out, ['pack'])
  const other = `${hex(await readFile(join(out, 'acme-base-1.2.0.tgz')))}  acme-base-1.2.0.tgz\n`
  await writeFiles(out, { SHA512SUMS: list + other })
  const report = await job.release({ source: { kind: 'tarballs', path: out, sha512: hex(Buffer.from(list + other)) } })
  check.strictSame(codes(report), ['workspace-duplicate'])
})

function hex(bytes: Buffer): string {
  return createHash('sha512').update(bytes).digest('hex')
}

async function manifestOf({ sandbox }: WorkspaceJob, name: string): Promise<{ readonly dependencies: unknown }> {
  const packument = (await (await fetch(`${sandbox.registryUrl}${name.replace('/', '%2f')}`)).json()) as {
    readonly versions: Readonly<Record<string, { readonly dependencies: unknown }>>
  }
  return { dependencies: packument.versions['1.1.0']?.dependencies }
}
