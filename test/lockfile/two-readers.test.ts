// SPDX-License-Identifier: Apache-2.0
// Texts that a manager reads one way and a parser of ours might read another: the real one installs evil, so the reader has to refuse.
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BonafideError } from '@bonafide/core'
import { startSandbox } from '@bonafide/sandbox'
import { readProject } from '@bonafide/verify'
import t from 'tap'
import { ended, missing, openWorkbench } from '../support/clients.ts'
import type { ClientName } from '../support/clients.ts'

const sandbox = await startSandbox()
const good = await sandbox.publish({ name: 'good', version: '1.0.0' })
const evil = await sandbox.publish({ name: 'evil', version: '1.0.0' })
const { token } = sandbox.accounts.createToken()
const workbench = await openWorkbench(sandbox.registryUrl, token)
t.teardown(() => Promise.all([sandbox.close(), workbench.close()]))

const MANIFEST = { name: 'shop', version: '1.0.0', dependencies: { good: '^1.0.0' } }
const CASES: readonly {
  readonly name: string
  readonly client: ClientName & ('pnpm' | 'yarn')
  readonly change: (honest: string) => string
  /** The code of the error, or the codes of the findings. */
  readonly refused: string
}[] = [
  {
    name: 'behind a carriage return in a comment',
    client: 'pnpm',
    refused: 'BONAFIDE_LOCKFILE_MALFORMED',
    change: (text) =>
      text
        .replace('packages:\n', `packages:\n\n  # \r  evil@1.0.0:\r    resolution: {integrity: ${evil.integrity}}\n`)
        .replace('snapshots:\n', 'snapshots:\n\n  # \r  evil@1.0.0: {}\n')
        .replace('good@1.0.0: {}', 'good@1.0.0:\n    optional: false\n    # \r    dependencies:\r      evil: 1.0.0'),
  },
  {
    name: 'under a key in long escapes',
    client: 'pnpm',
    // Seen, then: the package under its own name, and that good came to be another's name.
    refused: 'evil lock-entry-undeclared',
    change: (text) =>
      text
        .replace(good.integrity, evil.integrity)
        .replaceAll('good@1.0.0', 'evil@1.0.0')
        .replace('version: 1.0.0', String.raw`"\U00000076ersion": evil@1.0.0`),
  },
  {
    name: 'behind a carriage return in the header',
    client: 'yarn',
    refused: 'BONAFIDE_LOCKFILE_MALFORMED',
    change: (text) =>
      withoutChecksum(text)
        .replace(/^# Manual.*$/mu, (line) => `${line}\r${EVIL_IN_YARN.join('\r')}\r`)
        .replace('resolution: "good@npm:1.0.0"\n', (line) => `${line}  dependencies:\n    evil: "npm:1.0.0"\n`),
  },
  {
    name: 'under a parameter with an escaped name',
    client: 'yarn',
    refused: 'good lock-entry-undeclared',
    change: (text) => {
      const url = encodeURIComponent(`${sandbox.registryUrl}evil/-/evil-1.0.0.tgz`)
      return withoutChecksum(text).replace(
        'resolution: "good@npm:1.0.0"',
        `resolution: "good@npm:1.0.0::%5F_archiveUrl=${url}"`,
      )
    },
  },
]
const EVIL_IN_YARN = [
  '"evil@npm:1.0.0":',
  '  version: 1.0.0',
  '  resolution: "evil@npm:1.0.0"',
  '  languageName: node',
  '  linkType: hard',
]
const LOCKFILES = { pnpm: 'pnpm-lock.yaml', yarn: 'yarn.lock' } as const
const INSTALL = { pnpm: ['install', '--frozen-lockfile'], yarn: ['install', '--no-immutable'] } as const

for (const [nth, { name, client, change, refused }] of CASES.entries()) {
  await t.test(`${client} takes evil from ${name}`, { skip: missing(client) }, async (check) => {
    const honest = await honestLock(client, `honest-${nth}`)
    const changed = change(honest)
    check.not(changed, honest)
    const shop = await workbench.project(`shop-${nth}`, MANIFEST)
    await writeFile(join(shop, LOCKFILES[client]), changed)
    check.equal(await judgedIn(shop), refused)
    check.equal(await installIn(client, shop), 0, 'the client says nothing')
    check.ok(await hasEvil(shop), 'and evil it is')
  })
}

await t.test('pnpm takes evil from the lockfile of a branch', { skip: missing('pnpm') }, async (check) => {
  const honest = await honestLock('pnpm', 'honest-branch')
  const branch = honest
    .replaceAll('good@1.0.0', 'evil@1.0.0')
    .replace('version: 1.0.0', 'version: evil@1.0.0')
    .replace(good.integrity, evil.integrity)
  const files = { 'pnpm-workspace.yaml': 'gitBranchLockfile: true\n', 'pnpm-lock.yaml': honest }
  const shop = await workbench.project('shop-branch', MANIFEST, files)
  check.equal(await judgedIn(shop), '', 'without it, all is well')
  await writeFile(join(shop, 'pnpm-lock.main.yaml'), branch)
  const env = { PATH: '/usr/bin:/bin', HOME: join(workbench.folder, 'home') }
  check.match(await ended('git', ['init', '--quiet', '--initial-branch', 'main'], { cwd: shop, env }), { code: 0 })
  check.equal(await judgedIn(shop), 'BONAFIDE_LOCKFILE_UNSUPPORTED')
  check.equal(await installIn('pnpm', shop), 0)
  check.ok(await hasEvil(shop))
})

async function honestLock(client: 'pnpm' | 'yarn', name: string): Promise<string> {
  const folder = await workbench.project(name, MANIFEST)
  const args = client === 'pnpm' ? ['install'] : INSTALL.yarn
  const { code, stdout, stderr } = await workbench.run(client, folder, args)
  if (code !== 0) throw new Error(`${stdout}\n${stderr}`)
  return readFile(join(folder, LOCKFILES[client]), 'utf8')
}

async function installIn(client: 'pnpm' | 'yarn', folder: string): Promise<number | string> {
  return (await workbench.run(client, folder, INSTALL[client])).code
}

/** The code of the error, or the codes of the findings; empty where there are none. */
async function judgedIn(dir: string): Promise<string> {
  try {
    const { lockfiles } = await readProject({ cwd: dir, dir: '.' })
    return lockfiles
      .flatMap(({ entries, findings }) => [
        ...findings.map(({ code }) => code),
        ...entries.flatMap(({ name, findings: own }) => own.map(({ code }) => `${name} ${code}`)),
      ])
      .join()
  } catch (error) {
    if (error instanceof BonafideError) return error.code
    throw error
  }
}

/** Whether a package that calls itself evil stands anywhere below `node_modules`. */
async function hasEvil(folder: string): Promise<boolean> {
  const names = await readdir(join(folder, 'node_modules'), { recursive: true })
  const manifests = names.filter((name) => name.endsWith('/package.json'))
  const texts = await Promise.all(manifests.map((name) => readFile(join(folder, 'node_modules', name), 'utf8')))
  return texts.some((text) => /"name":\s*"evil"/u.test(text))
}

function withoutChecksum(text: string): string {
  return text.replace(/^ {2}checksum: .*\n/mu, '')
}
