// SPDX-License-Identifier: Apache-2.0
// Bonafide's own files, from the disk or from elsewhere: a policy with everything that it extends, pins and exemptions.
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { BonafideError, toSha512 } from '@bonafide/core'
import type { ErrorCode, ErrorDetail } from '@bonafide/core'
import { renderExemptions, settingsFor } from '@bonafide/policy'
import { readOwnFiles } from '@bonafide/verify'
import type { OwnFiles } from '@bonafide/verify'
import t from 'tap'

const CWD = '/srv/shop'

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A policy that stands on the text of another file. */
function extending(file: string, text: string, keys: object = {}): string {
  return JSON.stringify({ version: 1, extends: { file, sha256: digestOf(text) }, ...keys })
}

/** Reads the files of a tree that is on no disk, as those of a git ref are. */
function readFrom(tree: Readonly<Record<string, string>>, policy?: string): Promise<OwnFiles> {
  const texts = new Map(Object.entries(tree).map(([path, text]) => [join(CWD, path), text]))
  return readOwnFiles({ cwd: CWD, dir: '.', policy }, async (path) => texts.get(path))
}

async function failure(
  tree: Readonly<Record<string, string>>,
  policy?: string,
): Promise<ErrorDetail & { readonly code: ErrorCode }> {
  try {
    await readFrom(tree, policy)
  } catch (error) {
    if (error instanceof BonafideError) return { code: error.code, ...error.detail }
    throw error
  }
  throw new Error('read without complaint')
}

const FLOOR = JSON.stringify({ version: 1, rules: { cooldown: 'refuse' }, cooldownHours: 168, outside: ['@acme/*'] })

await t.test('a policy is read with the floor that it stands on', async (check) => {
  const own = extending('./org/bonafide.json', FLOOR, { rules: { withdrawn: 'warn' } })
  const { policy, hasPolicy } = await readFrom({ 'bonafide.json': own, 'org/bonafide.json': FLOOR })
  check.ok(hasPolicy)
  check.match(policy, { cooldownHours: 168, outside: ['@acme/*'] })
  check.equal(settingsFor(policy, 'axios').level('withdrawn'), 'warn')
  // Named by option, and relative to itself.
  const named = await readFrom({ 'ci/own.json': extending('../org.json', FLOOR), 'org.json': FLOOR }, 'ci/own.json')
  check.equal(named.policy.cooldownHours, 168)
})

await t.test('a floor with other bytes than its digest stops the run, whatever it says', async (check) => {
  const laxer = FLOOR.replace('168', '0')
  for (const changed of [laxer, `${FLOOR}\n`, `\ufeff${FLOOR}`, 'no JSON'])
    check.match(await failure({ 'bonafide.json': extending('org.json', FLOOR), 'org.json': changed }), {
      code: 'BONAFIDE_POLICY_FLOOR_MISMATCH',
      path: 'org.json',
      found: `sha256 ${digestOf(changed)}`,
      wanted: `sha256 ${digestOf(FLOOR)}`,
      hint: /bonafide\.json$/u,
    })
  check.match(await failure({ 'bonafide.json': extending('org.json', FLOOR) }), {
    code: 'BONAFIDE_POLICY_UNREADABLE',
    path: 'org.json',
    found: 'no such file',
  })
  check.match(await failure({ 'bonafide.json': extending('org.json', '{'), 'org.json': '{' }), {
    code: 'BONAFIDE_POLICY_MALFORMED',
    path: 'org.json',
  })
})

await t.test('a repository that is looser than its floor is told where', async (check) => {
  const own = extending('org.json', FLOOR, { cooldownHours: 24 }).replace('"cooldownHours"', '\n  "cooldownHours"')
  check.match(await failure({ 'bonafide.json': own, 'org.json': FLOOR }), {
    code: 'BONAFIDE_POLICY_LOOSER',
    path: 'bonafide.json',
    line: 2,
    column: 3,
    found: '24',
    wanted: '168 or more, as in org.json',
  })
})

/** A policy with these keys above so many floors. */
function tower(depth: number, keys: object): Readonly<Record<string, string>> {
  const files: Record<string, string> = { [`floors/${depth}.json`]: FLOOR }
  let below = FLOOR
  for (let level = depth - 1; level > 0; level -= 1) {
    below = extending(`./${level + 1}.json`, below)
    files[`floors/${level}.json`] = below
  }
  return { ...files, 'bonafide.json': extending('floors/1.json', below, keys) }
}

await t.test('floors hold through each other, five deep and no deeper', async (check) => {
  check.equal((await readFrom(tower(5, {}))).policy.cooldownHours, 168)
  check.match(await failure(tower(5, { cooldownHours: 1 })), { code: 'BONAFIDE_POLICY_LOOSER', path: 'bonafide.json' })
  check.match(await failure(tower(6, {})), { code: 'BONAFIDE_POLICY_MALFORMED', path: 'floors/5.json', line: 1 })
})

/** A private root for @acme, as a policy names it. */
function root(file: string): object {
  return { file, sha256: digestOf('the root'), scopes: ['@acme'] }
}

await t.test('a root that a floor names lies beside the floor', async (check) => {
  const floor = JSON.stringify({ version: 1, trustedRoots: [root('./roots/acme.json')] })
  const tree = { 'org/floor.json': floor, 'org/roots/acme.json': 'the root', 'copy.json': 'the root' }
  const inherited = await readFrom({ ...tree, 'bonafide.json': extending('org/floor.json', floor) })
  check.strictSame(inherited.policy.privateRoots, [root('org/roots/acme.json')])
  check.strictSame(inherited.privateRoots, [
    { file: join('org', 'roots', 'acme.json'), text: 'the root', scopes: ['@acme'] },
  ])
  const again = extending('org/floor.json', floor, { trustedRoots: [root('copy.json')] })
  const { policy } = await readFrom({ ...tree, 'bonafide.json': again })
  check.strictSame(policy.privateRoots, [root('copy.json')], 'the same bytes under another name')
})

await t.test('exemptions are read where there are any, and never half', async (check) => {
  check.match(await readFrom({}), { exemptions: [], hasExemptions: false, hasPolicy: false, hasPins: false })
  const exemptions = [
    {
      name: 'axios',
      version: '1.14.2',
      integrity: toSha512(Buffer.alloc(64)),
      rules: ['cooldown'] as const,
      reason: 'urgent',
    },
  ] as const
  const text = renderExemptions(exemptions)
  check.match(await readFrom({ 'bonafide.exemptions.json': text }), { exemptions, hasExemptions: true })
  check.match(await failure({ 'bonafide.exemptions.json': text.replace('"cooldown"', '"lock-mismatch"') }), {
    code: 'BONAFIDE_EXEMPTIONS_MALFORMED',
    path: 'bonafide.exemptions.json',
    line: 8,
  })
})

await t.test('what is there and cannot be read is an error, never nothing', async (check) => {
  const dir = await mkdtemp(join(tmpdir(), 'bonafide-own-'))
  check.teardown(() => rm(dir, { recursive: true }))
  const codes = {
    'bonafide.json': 'BONAFIDE_POLICY_UNREADABLE',
    'bonafide.lock': 'BONAFIDE_PINS_UNREADABLE',
    'bonafide.exemptions.json': 'BONAFIDE_EXEMPTIONS_UNREADABLE',
  } as const
  for (const [name, code] of Object.entries(codes)) {
    await mkdir(join(dir, name))
    await check.rejects(readOwnFiles({ cwd: dir, dir: '.' }), { code, detail: { path: name, found: 'a folder' } }, name)
    await rm(join(dir, name), { recursive: true })
  }
  await check.rejects(readOwnFiles({ cwd: dir, dir: '.', policy: 'none.json' }), {
    code: 'BONAFIDE_POLICY_UNREADABLE',
    detail: { found: 'no such file' },
  })
  const floor = join(dir, 'org', 'floor.json')
  await mkdir(dirname(floor))
  await writeFile(floor, FLOOR)
  await writeFile(join(dir, 'bonafide.json'), extending('org/floor.json', FLOOR))
  check.equal((await readOwnFiles({ cwd: dir, dir: '.' })).policy.cooldownHours, 168, 'from the disk')
})
