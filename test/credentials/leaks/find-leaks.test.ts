// SPDX-License-Identifier: Apache-2.0
// Where tokens are left behind: files that nobody commits, tarballs, and everything that git still holds.
import { execFileSync } from 'node:child_process'
import { access, chmod, link, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { checkLeaks, findLeaks } from '@bonafide/credentials'
import type { FoundLeaks, Leak } from '@bonafide/credentials'
import { startSandbox } from '@bonafide/sandbox'
import { create } from 'tar'
import t from 'tap'
import type { Test } from 'tap'
import { credentialsBelongTo } from '../../redaction/channels.ts'
import { commitAll, git, makeRepository, pathWithGit, writeFiles } from '../../support/git.ts'

const sandbox = await startSandbox({ seed: 'find-leaks' })
t.teardown(() => sandbox.close())
const make = (): string => sandbox.accounts.createToken().token

interface Place {
  readonly root: string
  readonly folder: string
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>
  readonly find: (options?: { readonly paths?: readonly string[]; readonly history?: boolean }) => Promise<FoundLeaks>
}

async function openPlace(test: Test): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'bonafide-leaks-'))
  test.teardown(() => rm(root, { recursive: true, force: true }))
  // What is looked for here, the test itself has put there.
  credentialsBelongTo(root)
  const folder = join(root, 'project')
  await mkdir(folder)
  const env = { PATH: await pathWithGit(root), HOME: root }
  return {
    root,
    folder,
    write: (files) => writeFiles(folder, files),
    find: ({ paths = ['.'], history = false } = {}) => findLeaks({ paths, cwd: folder, env, history }),
  }
}

/** The places of a token in files; of a token that is not there, none. Nothing is said of a token where a test fails. */
function filesOf({ leaks }: FoundLeaks, token: string): readonly string[] {
  return (leakOf(leaks, token)?.files ?? []).map(
    ({ path, inner, line }) => `${path}${inner === null ? '' : `!${inner}`}:${line}`,
  )
}

function leakOf(leaks: readonly Leak[], token: string): Leak | undefined {
  return leaks.find((leak) => leak.token.reveal() === token)
}

await t.test('files of every kind are looked through, ignored ones first of all', async (test) => {
  const { folder, write, find } = await openPlace(test)
  const [one, two, packed] = [make(), make(), make()]
  makeRepository(folder)
  await write({
    '.gitignore': '.env\n.npmrc\n',
    '.env': `A=1\nNPM_TOKEN=${one}\n`,
    '.npmrc': `//registry.example/:_auth=${Buffer.from(`sam:${two}`).toString('base64')}\n`,
    'docs/how to.md': `npm_${'x'.repeat(36)}\n\n    export NPM_TOKEN=${one}\n`,
    'src/node_modules/x/index.js': two,
    'pack/package/.npmrc': `x=1\n_authToken=${packed}\n`,
    'pack/package/package.json': '{}',
  })
  await create({ gzip: true, file: join(folder, 'x-1.0.0.tgz'), cwd: join(folder, 'pack') }, ['package'])
  await rm(join(folder, 'pack'), { recursive: true })
  const found = await find()
  test.strictSame(filesOf(found, one), ['.env:2', 'docs/how to.md:3'])
  test.strictSame(filesOf(found, two), ['.npmrc:1'], 'once, although it is both a token and the value of a setting')
  test.strictSame(filesOf(found, packed), ['x-1.0.0.tgz!package/.npmrc:2'])
  test.equal(found.leaks.length, 3)
  test.match(found.skipped, { nodeModules: 1, repositories: ['.'] })
  test.strictSame(
    checkLeaks(found).map(({ code, where }) => [code, where]),
    [
      ['leak-npm-token', { kind: 'file', path: '.env', line: 2 }],
      ['leak-npm-token', { kind: 'file', path: '.npmrc', line: 1 }],
      ['leak-npm-token', { kind: 'file', path: 'x-1.0.0.tgz', line: null }],
    ],
  )
  test.strictSame(filesOf(await find({ paths: ['src/node_modules'] }), two), ['src/node_modules/x/index.js:1'], 'named')
  test.strictSame(filesOf(await find({ paths: ['docs', '.env'] }), one), ['docs/how to.md:3', '.env:2'])
  const said = JSON.stringify([found, checkLeaks(found)])
  for (const token of [one, two, packed]) test.notOk(said.includes(token.slice(4, 16)), 'redacted')
})

await t.test('node_modules is looked through where it is packed along', async (test) => {
  const { write, find } = await openPlace(test)
  const token = make()
  await write({ 'package.json': '{ "bundleDependencies": ["x"] }', 'node_modules/x/.npmrc': `_authToken=${token}` })
  test.strictSame(filesOf(await find(), token), ['node_modules/x/.npmrc:1'])
  await write({ 'package.json': '{ "bundleDependencies": [] }' })
  test.strictSame((await find()).leaks, [])
})

await t.test('another registry’s credential is told as one', async (test) => {
  const { write, find } = await openPlace(test)
  const opaque = ['Zk3v9', 'QpL27', 'xwTn8', 'RbY41'].join('')
  await write({ '.npmrc': `\n//registry.example/:_authToken=${opaque}\n` })
  const [finding, ...more] = checkLeaks(await find())
  test.strictSame(more, [])
  test.match(finding, { code: 'leak-registry-credential', level: 'refuse', where: { path: '.npmrc', line: 2 } })
  test.match(finding?.subject, /_authToken/u)
  test.notOk(JSON.stringify(finding).includes(opaque.slice(2, 12)))
})

await t.test('links, pipes and hostile names neither lead out nor hold up', async (test) => {
  const { root, folder, write, find } = await openPlace(test)
  const [inside, outside] = [make(), make()]
  await writeFile(join(root, 'secret'), outside)
  await write({ 'a/b/c.txt': 'nothing', [`name\u001b[2J\n::error::x`]: inside })
  await symlink(join(root, 'secret'), join(folder, 'a/out'))
  await symlink('..', join(folder, 'a/b/loop'))
  await symlink(folder, join(folder, 'a/self'))
  execFileSync('mkfifo', [
    join(folder, 'pipe'),
    join(folder, '.npmrc'),
    join(folder, 'package.json'),
    join(folder, 'x.tgz'),
  ])
  await writeFile(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff, 0xfe])]), inside)
  const found = await find()
  test.equal(filesOf(found, inside).length, 2, 'a name that is no text is one that can be opened')
  test.equal(leakOf(found.leaks, outside), undefined)
  test.match(found.skipped, { links: 3, special: 4 })
  test.strictSame(found.unread, [])
  test.strictSame(filesOf(await find({ paths: ['a/out'] }), outside), ['a/out:1'], 'a link that is named is followed')
  test.equal((await find({ paths: ['pipe'] })).skipped.special, 1)
})

await t.test('a file that is full of tokens is read in one go', async (test) => {
  const { write, find } = await openPlace(test)
  const token = make()
  await write({ x: `${token}\n`.repeat(50_000), '.env': `NPM_TOKEN=${token}\n`.repeat(50_000) })
  const places = filesOf(await find(), token)
  test.strictSame([places.length, places[0], places.at(-1)], [100_000, '.env:1', 'x:50000'])
})

await t.test('a file of hundreds of megabytes takes neither memory nor its token', async (test) => {
  const { folder, find } = await openPlace(test)
  const token = make()
  const file = join(folder, 'core')
  await writeFile(file, `\n${token}`)
  // A hole: it reads as zeros and takes no room.
  await truncate(file, 300 * 1024 * 1024)
  const before = process.memoryUsage().rss
  test.strictSame(filesOf(await find(), token), ['core:2'])
  test.ok(process.memoryUsage().rss - before < 100 * 1024 * 1024, 'a few pieces at a time')
})

await t.test('what cannot be read is said, and leaves it undecided', async (test) => {
  const { folder, write, find } = await openPlace(test)
  await write({ 'broken.tgz': 'no tarball', 'cut.tgz': '', 'ok.txt': 'ok' })
  await writeFile(join(folder, 'cut.tgz'), gzipSync(Buffer.alloc(100_000, 'x')).subarray(0, 60))
  const found = await find()
  test.strictSame(
    found.unread.map(({ path }) => path),
    ['broken.tgz', 'cut.tgz'],
  )
  test.match(checkLeaks(found), [{ code: 'leak-unread', level: 'undecided' }])
  await test.test('rights', { skip: process.getuid?.() === 0 ? 'root reads everything' : false }, async (rights) => {
    await write({ 'closed/x': 'x', 'shut.txt': 'x' })
    await chmod(join(folder, 'closed'), 0o000)
    await chmod(join(folder, 'shut.txt'), 0o000)
    rights.teardown(() => chmod(join(folder, 'closed'), 0o700))
    rights.match((await find()).unread.slice(-2), [{ path: 'shut.txt', reason: 'EACCES' }, { path: 'closed' }])
  })
  await test.rejects(find({ paths: ['nowhere'] }), { code: 'BONAFIDE_USAGE' })
})

await t.test(
  'the history keeps what was taken out: branches, tags, stashes, reflogs, messages, the index',
  async (test) => {
    const { folder, write, find } = await openPlace(test)
    const tokens = Array.from({ length: 9 }, make) as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    const [old, branch, tag, stash, amended, message, staged, packed, note] = tokens
    makeRepository(folder)
    await write({ 'README.md': 'one', 'a/.npmrc': `x\n//registry.example/:_authToken=${old}\n` })
    const first = commitAll(folder, 'add')
    await write({ 'a/.npmrc': `x\ny\n//registry.example/:_authToken=${old}\n` })
    commitAll(folder, 'change something else')
    await rm(join(folder, 'a'), { recursive: true })
    const removed = commitAll(folder, 'take it out')
    git(folder, 'checkout', '--quiet', '-b', 'side')
    await write({ 'side.txt': branch })
    const side = commitAll(folder)
    git(folder, 'checkout', '--quiet', 'main')
    git(folder, 'tag', '--annotate', '--message', `released with ${tag}`, 'v1')
    // A stash repeats the first line of the commit that it stands on.
    commitAll(folder, `deploy\n\nused ${message}`)
    await write({ 'README.md': amended })
    const gone = commitAll(folder)
    git(folder, 'reset', '--quiet', '--hard', 'HEAD~1')
    await write({ 'README.md': stash })
    git(folder, 'stash', 'push', '--quiet')
    await write({ 'pack/package/token.txt': packed })
    await create({ gzip: true, file: join(folder, 'x.tgz'), cwd: join(folder, 'pack') }, ['package'])
    await rm(join(folder, 'pack'), { recursive: true })
    commitAll(folder, 'commit a tarball')
    await rm(join(folder, 'x.tgz'))
    commitAll(folder, 'and take it out')
    git(folder, 'notes', 'add', '--message', note)
    await write({ 'staged.txt': staged })
    git(folder, 'add', 'staged.txt')
    await rm(join(folder, 'staged.txt'))

    test.equal((await find()).leaks.length, 0, 'nothing of it is in the files')
    const found = await find({ history: true })
    test.strictSame(found.unread, [])
    test.equal(found.leaks.length, tokens.length, 'each token once')
    for (const [index, token] of tokens.entries())
      test.equal(leakOf(found.leaks, token)?.history.length, 1, `token ${index} has one place`)
    test.match(leakOf(found.leaks, old)?.history, [
      {
        path: 'a/.npmrc',
        line: 2,
        first: { commit: first, date: '2026-01-15T12:00:00.000Z' },
        last: { commit: removed },
        isGone: true,
      },
    ])
    test.match(leakOf(found.leaks, branch)?.history, [{ path: 'side.txt', first: { commit: side }, isGone: false }])
    test.match(leakOf(found.leaks, amended)?.history, [{ path: 'README.md', first: { commit: gone } }])
    test.match(leakOf(found.leaks, packed)?.history, [{ path: 'x.tgz', inner: 'package/token.txt', isGone: true }])
    test.match(leakOf(found.leaks, staged)?.history, [{ path: 'staged.txt', first: null }])
    for (const token of [tag, message]) test.match(leakOf(found.leaks, token)?.history, [{ path: null }])
    const finding = checkLeaks(found).find(({ where }) => where?.kind === 'commit' && where.commit === first)
    test.match(finding, { code: 'leak-npm-token', where: { path: 'a/.npmrc', line: 2 } })
    test.match(finding?.found, `a/.npmrc:2 in the history since ${first.slice(0, 12)} (2026-01-15), taken out by`)
  },
)

await t.test('a merge brings nothing in that was there before', async (test) => {
  const { folder, write, find } = await openPlace(test)
  const token = make()
  makeRepository(folder)
  await write({ a: 'a' })
  commitAll(folder)
  git(folder, 'checkout', '--quiet', '-b', 'side')
  await write({ b: token })
  const first = commitAll(folder)
  git(folder, 'checkout', '--quiet', 'main')
  await write({ c: 'c' })
  commitAll(folder)
  git(folder, 'merge', '--quiet', '--no-edit', 'side')
  const found = await find({ history: true })
  test.match(leakOf(found.leaks, token), { files: [{ path: 'b' }], history: [{ path: 'b', first: { commit: first } }] })
})

await t.test('a clone that lacks a part of its history decides nothing', async (test) => {
  const { root, folder, write, find } = await openPlace(test)
  makeRepository(folder)
  await write({ a: make() })
  commitAll(folder)
  await write({ a: 'nothing' })
  commitAll(folder)
  git(root, 'clone', '--quiet', '--depth=1', `file://${folder}`, 'shallow')
  const found = await find({ paths: ['../shallow'], history: true })
  test.strictSame(found.leaks, [])
  test.match(checkLeaks(found), [{ code: 'leak-unread', level: 'undecided', fix: [/unshallow/u] }])
  await test.rejects(find({ paths: [root], history: true }), { code: 'BONAFIDE_USAGE' }, 'no repository')
})

await t.test('a hostile repository runs nothing, and hides nothing', async (test) => {
  const { root, folder, write, find } = await openPlace(test)
  const [token, hidden] = [make(), make()]
  makeRepository(folder)
  const ran = join(root, 'ran')
  const trap = join(root, 'trap')
  await writeFile(trap, `#!/bin/sh\necho x >> '${ran}'\ncat\n`, { mode: 0o755 })
  await write({ 'secret.txt': hidden })
  const base = commitAll(folder)
  await write({ 'secret.txt': 'nothing', '.gitattributes': '* diff=trap filter=trap\n', x: `x ${token}` })
  const second = commitAll(folder)
  git(folder, 'tag', '-a', '-m', 'x', 'signed')
  for (const [key, value] of [
    ['core.fsmonitor', trap],
    ['core.pager', trap],
    ['core.sshCommand', trap],
    ['core.alternateRefsCommand', trap],
    ['core.editor', trap],
    ['diff.external', trap],
    ['diff.trap.textconv', trap],
    ['diff.trap.command', trap],
    ['filter.trap.smudge', trap],
    ['filter.trap.clean', trap],
    ['filter.trap.process', trap],
    ['gpg.program', trap],
    ['log.showSignature', 'true'],
    ['pager.rev-list', trap],
    ['pager.cat-file', 'true'],
    ['alias.rev-list', `!${trap}`],
    ['alias.cat-file', `!${trap}`],
    ['uploadpack.packObjectsHook', trap],
    ['remote.origin.url', `ext::${trap}`],
    ['remote.origin.promisor', 'true'],
    ['credential.helper', trap],
  ] as const)
    git(folder, 'config', key, value)
  const hooks = join(folder, '.git/hooks')
  await mkdir(hooks, { recursive: true })
  for (const name of ['post-checkout', 'reference-transaction', 'post-index-change'])
    await link(trap, join(hooks, name))
  // A graft and a replacement that hide what is behind the newest commit.
  await mkdir(join(folder, '.git/info'), { recursive: true })
  await writeFile(join(folder, '.git/info/grafts'), `${second}\n`)
  git(folder, 'replace', second, base)
  await rm(ran, { force: true })
  const found = await find({ history: true })
  test.match(leakOf(found.leaks, token), {
    files: [{ path: 'x' }],
    history: [{ path: 'x', first: { commit: second } }],
  })
  test.match(leakOf(found.leaks, hidden), { history: [{ path: 'secret.txt', first: { commit: base }, isGone: true }] })
  await test.rejects(access(ran), { code: 'ENOENT' }, 'no program of the repository ran')
  // The trap does spring: what git does with a checkout is not what is done here.
  git(folder, '--no-replace-objects', 'diff', '--ext-diff', base, second)
  await test.resolves(access(ran))
})

await t.test('the history of a submodule or of a repository within is not read, and that is said', async (test) => {
  const { folder, write, find } = await openPlace(test)
  const inner = join(folder, 'vendor/inner')
  makeRepository(folder)
  await mkdir(inner, { recursive: true })
  makeRepository(inner)
  const token = make()
  await writeFile(join(inner, 'a'), token)
  commitAll(inner)
  await writeFile(join(inner, 'a'), 'nothing')
  commitAll(inner)
  await write({ a: 'a' })
  commitAll(folder)
  const found = await find({ history: true })
  test.strictSame(found.leaks, [])
  test.strictSame(found.skipped.repositories, ['vendor/inner'])
  test.equal((await find({ paths: [join('vendor', 'inner')], history: true })).leaks.length, 1, 'named')
})
