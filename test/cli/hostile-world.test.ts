// SPDX-License-Identifier: Apache-2.0
// What strangers write changes no rendering, from a lockfile, a certificate, a registry, git or npm through the program to the screen.
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import type { Published } from '@bonafide/sandbox'
import type * as terminalModule from '../../packages/cli/src/terminal.ts'
import { commitAll, git, makeRepository } from '../support/git.ts'
import { HOSTILE, checkQuiet } from '../support/hostile-text.ts'
import { builtBy, fieldsOf, runMain, startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const source = new URL('../../packages/cli/src/', import.meta.url).href
const { printable } = (await import(`${source}terminal.ts`)) as typeof terminalModule

// What a certificate, a manifest and a lockfile hold of it.
const TEXTS = HOSTILE.map((text) => text.slice(0, 300))

// A project that decided nothing yet.
const EMPTY: Readonly<Record<string, string>> = {
  'bonafide.json': '{ "version": 1 }\n',
  'bonafide.lock': '{ "version": 1, "packages": {} }\n',
  'bonafide.exemptions.json': '{ "version": 1, "exemptions": [] }\n',
}

/** Lines of the text itself: none of them may come out as a line of the output. */
const ownLines = (text: string): readonly string[] => text.split(/[\p{Cc}\p{Zl}\p{Zp}]+/u).slice(1)

/** Runs a command in both forms, and holds what it prints against what it may never print. */
async function checkRuns(
  check: Test,
  world: World,
  text: string,
  words: readonly string[],
): Promise<readonly string[]> {
  const outputs: string[] = []
  const what = words[0] ?? ''
  for (const more of [[], ['--json']]) {
    const { status, stdout, stderr } = await world.run([...words, ...more, ...world.trust])
    check.ok(status !== null && status < 3, `${what}: decided or refused, never a fault`)
    outputs.push(stdout, stderr)
    checkQuiet(check, stdout, what)
    checkQuiet(check, stderr, what)
    const lines = new Set(`${stdout}\n${stderr}`.split('\n').map((line) => line.trim()))
    const forged = ownLines(text).filter((own) => own.trim() !== '' && lines.has(own.trim()))
    check.strictSame(forged, [], `${what}: no line of its own`)
    if (more.length > 0) check.ok(JSON.parse(stdout), `${what}: one object`)
  }
  return outputs
}

await t.test('what a publisher writes: certificate, hooks, dependencies, account', async (check) => {
  const world = await startWorld('hostile-publisher')
  check.teardown(() => world.close())
  for (const [index, text] of TEXTS.entries()) {
    const name = `paint-${index}`
    const manifest = {
      scripts: { postinstall: text },
      optionalDependencies: { setup: text },
      repository: { type: 'git', url: text },
      description: text,
    }
    const publisher = { name: text, email: text }
    const first = await world.release(name, '1.0.0', { manifest, publisher })
    await world.lock([first])
    await checkRuns(check, world, text, ['init'])
    const spec = { ...builtBy('painters/paint'), repositoryId: text, ownerId: text, trigger: text }
    const provenance = [
      // A certificate that contradicts itself, and one that does not: then who builds it has changed.
      { ...spec, certificate: { extensions: { 9: text, 10: text, 12: text, 14: text, 18: text, 20: text, 21: text } } },
      spec,
    ]
    const outputs: string[] = []
    for (const [patch, one] of provenance.entries()) {
      const version = `1.1.${patch}`
      await world.lock([await world.release(name, version, { manifest, publisher, provenance: one })])
      for (const words of [
        ['verify', '--tarballs'],
        ['explain', `${name}@${version}`],
        ['pin', name, '--yes'],
      ])
        outputs.push(...(await checkRuns(check, world, text, words)))
    }
    check.ok(
      outputs.some((output) => output.includes(printable(text))),
      'the text was shown',
    )
    const bare = await world.release(name, '1.2.0', { manifest, publisher, provenance: null })
    await world.lock([bare])
    const reason = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    const exempt = ['exempt', `${name}@1.2.0`, '--rule', 'provenance-required', '--reason', reason, '--yes']
    await checkRuns(check, world, text, exempt)
    await checkRuns(check, world, text, ['verify', '--tarballs'])
    for (const [file, content] of Object.entries(EMPTY)) await world.write(file, content)
  }
})

await t.test('what a lockfile holds: aliases, versions, addresses, bytes, paths', async (check) => {
  const world = await startWorld('hostile-lockfile')
  check.teardown(() => world.close())
  const paint = await world.release('paint', '2.0.0')
  const fields = fieldsOf(paint, world.sandbox.registryUrl)
  for (const text of TEXTS) {
    const places: readonly Readonly<Record<string, Readonly<Record<string, unknown>>>>[] = [
      { [`node_modules/${text}`]: { ...fields, name: 'paint' } },
      { 'node_modules/alias': { ...fields, name: text } },
      { [text]: { ...fields, name: text } },
      { 'node_modules/brush': { ...fields, version: text } },
      { 'node_modules/brush': { ...fields, resolved: text } },
      { 'node_modules/brush': { ...fields, integrity: text } },
      { 'node_modules/brush': { ...fields, dependencies: { [text]: text } } },
      { 'node_modules/brush': { ...fields, bundleDependencies: [text], bin: { [text]: text } } },
      { 'node_modules/brush': { resolved: text, link: true } },
      { 'node_modules/brush': { version: '1.0.0', resolved: `git+ssh://git@github.com/${text}#${text}` } },
    ]
    for (const packages of places) {
      await world.lock([paint], { packages, dependencies: { [text]: `npm:paint@${text}` } })
      await checkRuns(check, world, text, ['verify'])
    }
    await world.lock([paint], { packages: Object.assign({}, ...places.slice(0, 6)) as (typeof places)[0] })
    for (const words of [['verify'], ['init'], ['explain', 'paint@2.0.0'], ['pin', 'paint', '--yes']])
      await checkRuns(check, world, text, words)
  }
})

await t.test('what git holds: the name of a base, and the files that it brings', async (check) => {
  const world = await startWorld('hostile-base')
  check.teardown(() => world.close())
  const paint: Published = await world.release('paint', '2.0.0')
  await world.lock([paint])
  makeRepository(world.project)
  commitAll(world.project)
  for (const [index, text] of TEXTS.entries()) {
    // What git takes for the name of a branch.
    const branch = `b${index}-${text.replaceAll(/[\p{Cc} ~^:?*[\\/]|\.\.|@\{|\.$/gu, '')}`.slice(0, 60)
    git(world.project, 'branch', '--force', branch)
    await checkRuns(check, world, text, ['verify', '--base', branch])
    await checkRuns(check, world, text, ['diff', branch])
    await checkRuns(check, world, text, ['diff', text])
  }
})

await t.test('what npm says when it fails, and the folder of a tool', async (check) => {
  const world = await startWorld('hostile-npm')
  check.teardown(() => world.close())
  const [bin, cli] = [join(world.root, 'fake'), join(world.root, 'npm', 'bin', 'npm-cli.js')]
  await mkdir(join(world.root, 'npm', 'bin'), { recursive: true })
  await mkdir(bin)
  await symlink(process.execPath, join(bin, 'node'))
  await symlink(cli, join(bin, 'npm'))
  for (const [index, text] of TEXTS.entries()) {
    const home = join(world.root, `${index}${text.replaceAll('/', '|').slice(0, 60)}`)
    await mkdir(home)
    await writeFile(
      cli,
      `if (process.argv[2] === 'install') { process.stderr.write(${JSON.stringify(text)}); process.exit(1) }\n`,
    )
    const { status, stdout, stderr } = await runMain(['exec', 'greet', ...world.trust], world.project, {
      ...world.env,
      HOME: home,
      PATH: bin,
    })
    check.equal(status, 2)
    check.equal(stdout, '')
    check.match(
      stderr,
      /^bonafide: error: npm install failed\n {2}where {3}[^\n]+\n {2}found {3}[^\n]+\n {2}wanted [^\n]+\n {2}next {4}[^\n]+\n$/u,
    )
    checkQuiet(check, stderr, 'exec')
    // And a plan that is refused: the report goes to stderr.
    const lock = JSON.stringify({
      lockfileVersion: 3,
      packages: { '': {}, [`node_modules/${text}`]: { version: text } },
    })
    await writeFile(cli, `require('fs').writeFileSync('package-lock.json', ${JSON.stringify(lock)})\n`)
    const refused = await runMain(['exec', 'greet', ...world.trust], world.project, {
      ...world.env,
      HOME: home,
      PATH: bin,
    })
    check.equal(refused.status, 1)
    check.equal(refused.stdout, '')
    check.match(refused.stderr, /\nnothing was run; the tool's folder is [^\n]+\n$/u)
    checkQuiet(check, refused.stderr, 'exec, refused')
  }
})
