// SPDX-License-Identifier: Apache-2.0
// The collector that looks over every test's shoulder is shown leaks, so that it cannot be blind. Each is planted in a process of its own.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Test } from 'tap'
import type { Collected } from './collector.ts'
import { SecretSearch } from './secret-search.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Ran {
  readonly code: number
  readonly stderr: string
  readonly collected: Collected
}

// What a test could do, with a sandbox, a token of it and a folder at hand.
const PROLOGUE = `
  import { execFile, execFileSync, spawnSync } from 'node:child_process'
  import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
  import { tmpdir } from 'node:os'
  import { join } from 'node:path'
  import { startSandbox } from '@bonafide/sandbox'
  import { announceOwnSecret, credentialsBelongTo, keepOutput, mayBeShown } from './test/redaction/channels.ts'
  const sandbox = await startSandbox()
  const { token } = sandbox.accounts.createToken()
  const { password, otp } = sandbox.accounts.user('sandbox')
  const identity = sandbox.identityToken({ repository: 'acme/rocket' })
  const folder = await mkdtemp(join(tmpdir(), 'bonafide-planted-'))
  const child = (text) => [process.execPath, ['-e', 'process.stdout.write(' + JSON.stringify(text) + ')']]
`
const EPILOGUE = `
  await rm(folder, { recursive: true, force: true })
  await sandbox.close()
`

async function plant(test: Test, script: string): Promise<Ran> {
  const reports = await mkdtemp(join(tmpdir(), 'bonafide-redaction-'))
  test.teardown(() => rm(reports, { recursive: true, force: true }))
  const args = ['--conditions=bonafide-source', '--import=./test/redaction/preload.ts', '--input-type=module', '--eval']
  const temporary = join(reports, 'tmp')
  await mkdir(temporary)
  const env = { PATH: process.env['PATH'], TMPDIR: temporary, BONAFIDE_REDACTION: reports }
  const [code, stderr] = await new Promise<readonly [number, string]>((resolve) => {
    execFile(process.execPath, [...args, `${PROLOGUE}${script}${EPILOGUE}`], { cwd: root, env }, (error, _, errors) => {
      resolve([error === null ? 0 : Number(error.code), errors])
    })
  })
  const report = (await readdir(reports)).find((name) => name.endsWith('.json')) ?? ''
  return { code, stderr, collected: JSON.parse(await readFile(join(reports, report), 'utf8')) as Collected }
}

await t.test('a leak fails the file that it is in', { jobs: 2 }, async (test) => {
  const leaks: Readonly<Record<string, readonly [script: string, where: RegExp, spelling?: string]>> = {
    'on stdout': ['console.log("token", token)', /printed/u],
    'on stderr': ['process.stderr.write(token)', /printed/u],
    'in the middle of a line, and cut by two writes': [
      'process.stdout.write("x" + token.slice(0, 20)); process.stdout.write(token.slice(20))',
      /printed/u,
    ],
    'a part of it': ['console.log(token.slice(9, 21))', /printed/u],
    'in base64': ['console.log(Buffer.from("user:" + token).toString("base64"))', /printed/u, 'base64'],
    'in base64, one on': ['console.log(Buffer.from("xy:" + token).toString("base64url"))', /printed/u, 'base64'],
    'URL-encoded': [
      'console.log(encodeURIComponent(announceOwnSecret("a/b+c=d/e+f=g/h+i")))',
      /printed/u,
      'url-encoded',
    ],
    'a password': ['console.log(password)', /printed/u],
    'a one-time password': ['console.log("otp: " + otp + ",")', /printed/u],
    'the signature of an identity token': ['console.log(identity.slice(-40))', /printed/u],
    'a secret of the test’s own': ['console.log(announceOwnSecret("a secret of the test"))', /printed/u],
    'what main printed into a variable': ['keepOutput(token)', /printed/u],
    'by a child': ['await new Promise((done) => execFile(...child(token), done))', /printed/u],
    'by a child that is waited for': ['execFileSync(...child(token))', /printed/u],
    'by a child that fails': [
      'try { execFileSync(process.execPath, ["-e", "console.log(process.argv[1]); process.exit(1)", token], { stdio: "pipe" }) } catch {}',
      /printed/u,
    ],
    'by another one': ['spawnSync(...child(token))', /printed/u],
    'in a file that stays': [
      'await writeFile(join(await mkdtemp(join(tmpdir(), "stays-")), "state"), token)',
      /a file: state$/u,
    ],
    'in a file': [
      'await mkdir(join(folder, "a")); await writeFile(join(folder, "a/debug.log"), "x " + token)',
      /a file: a\/debug\.log$/u,
    ],
  }
  for (const [name, [script, where, spelling]] of Object.entries(leaks))
    void test.test(name, async (one) => {
      const { code, stderr, collected } = await plant(one, script)
      one.equal(code, 1)
      one.match(collected.leaks, [{ where, ...(spelling === undefined ? {} : { spelling }) }])
      one.equal(collected.leaks.length, 1)
      one.match(stderr, / stands in /u)
    })
})

await t.test('what is in its place is none', { jobs: 2 }, async (test) => {
  const honest: Readonly<Record<string, string>> = {
    redacted: 'console.log(token.slice(0, 4) + "…" + token.slice(-4), token.slice(0, 8) + "..." + token.slice(-4))',
    'in a file for it': 'await writeFile(join(folder, ".npmrc"), token)',
    'in a folder for it':
      'credentialsBelongTo(join(folder, "x")); await mkdir(join(folder, "x")); await writeFile(join(folder, "x/y"), token)',
    'shown on purpose': 'console.log(mayBeShown(token))',
    'what an identity token says': 'console.log(identity.split(".").slice(0, 2).join("."))',
    'digits that are no one-time password': 'console.log("x" + otp, otp + "0", "sha512-" + otp)',
  }
  for (const [name, script] of Object.entries(honest))
    void test.test(name, async (one) => {
      const { code, collected, stderr } = await plant(one, script)
      one.strictSame(collected.leaks, [])
      one.equal(code, 0, stderr)
      one.ok(collected.secrets >= 3)
    })
})

await t.test('twelve characters in a row are found wherever they stand, eleven nowhere', (test) => {
  const secret = 'abcdefghijklmnopqrstuvwxyz0123456789ABCD'
  const search = new SecretSearch()
  search.add(secret)
  for (let before = 0; before < 20; before += 1)
    for (let from = 0; from + 12 <= secret.length; from += 1) {
      const around = (length: number): Buffer =>
        Buffer.from(`${'.'.repeat(before)}${secret.slice(from, from + length)}${'.'.repeat(before % 7)}`)
      if (search.find(around(12)).length !== 1) test.fail(`twelve from ${from}, behind ${before}`)
      if (search.find(around(11)).length !== 0) test.fail(`eleven from ${from}, behind ${before}`)
    }
  test.pass('all of them')
  test.end()
})
