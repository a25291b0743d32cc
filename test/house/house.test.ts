// SPDX-License-Identifier: Apache-2.0
// The machine check of the house. Every check is shown a fault first, so that none of them can be blind.
import { homedir, tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { ERROR_CODES, FINDING_CODES, PUBLISH_CODES } from '@bonafide/core'
import { publicRegistry } from '@bonafide/registry'
import t from 'tap'
import { checkArrows, checkCircles, checkDeclared, checkReasons, checkReferences } from './arrows.ts'
import { checkDocumented, checkProduced, checkSteps, checkTested } from './codes.ts'
import type { Code } from './codes.ts'
import { checkForm, checkManifests, checkWords } from './form.ts'
import type { ForbiddenWord } from './form.ts'
import { checkPurity } from './purity.ts'
import { readRepository, root } from './repository.ts'
import type { HouseFile } from './repository.ts'

const files = readRepository()

const file = (path: string, text: string): HouseFile => ({ path, text })
const impure = (text: string): readonly string[] => checkPurity([file('packages/core/src/x.ts', text)])
const step = (text: string): readonly string[] =>
  checkSteps([file('docs/algorithm.md', '- **3.4** Who'), file('packages/core/src/x.ts', text)])
const manifest = (room: string, fields: object = {}): HouseFile =>
  file(`packages/${room}/package.json`, JSON.stringify({ name: `@bonafide/${room}`, ...fields }))

await t.test('pure packages reach for nothing beyond their arguments', async (check) => {
  for (const text of [
    "import { readFile } from 'node:fs/promises'",
    "import fs from 'fs'",
    "import { request } from 'node:http'",
    "import { randomBytes } from 'node:crypto'",
    "import * as crypto from 'node:crypto'",
    "import crypto from 'node:crypto'",
    "import 'node:process'",
    "export { env } from 'node:process'",
    "export * from 'node:os'",
    "const { lookup } = await import('node:dns')",
    "const fs = require('node:fs')",
    "import { setTimeout as sleep } from 'node:timers/promises'",
    "await fetch('http://127.0.0.1')",
    'export const x = process.env.HOME',
    "export const x = globalThis['process']",
    'export const x = { process }',
    'export const x = Date.now()',
    'export const x = new Date()',
    'export const x = new Date(...[])',
    'export const x = Date()',
    'export const now = [Date.now]',
    'export const x = performance.now()',
    'export const x = Math.random()',
    "export const x = Math['random']()",
    'export const { random } = Math',
    'export const x = crypto.randomUUID()',
    'setTimeout(() => {}, 1)',
    'export const x = import.meta.url',
    "export const x = eval('1')",
    "export const x = Function('return this')()",
    "export const x = 'a'.localeCompare('b')",
    'export const x = new Date(0).getHours()',
    'export const x = new Intl.NumberFormat()',
    'export function f(process: string) { return process } \n export const x = process.env',
    'export const x = (process as unknown) satisfies unknown',
  ]) {
    check.not(impure(text).length, 0, text)
  }
  check.strictSame(
    impure(`import { createHash } from 'node:crypto'
      import type { KeyObject } from 'node:crypto'
      // process.env, Date.now(), fetch
      export const x: typeof process | KeyObject = { process: 1, 'fetch': new Date(0), y: Date.parse('') } as never
      export const z = createHash('sha256').update('Math.random()').digest('hex').length + Math.max(1, 2)`),
    [],
    'words in comments, strings, types and property names are no use of them',
  )
  check.not(checkPurity([manifest('core', { dependencies: { undici: '8.0.0' } })]).length, 0, 'an impure dependency')
  check.strictSame(checkPurity(files), [])
})

await t.test('arrows between packages go down only', async (check) => {
  const rooms = ['core', 'attestation', 'lockfile', 'policy', 'registry', 'verify', 'sandbox'].map((room) =>
    manifest(room),
  )
  const arrow = (from: string, text: string) => checkArrows([...rooms, file(`packages/${from}/src/x.ts`, text)])
  check.not(arrow('core', "import type { Evidence } from '@bonafide/attestation'").length, 0, 'up, by a type')
  check.not(arrow('attestation', "import { parseLockfile } from '@bonafide/lockfile'").length, 0, 'sideways')
  check.not(arrow('policy', "import { verifyDocument } from '@bonafide/attestation'").length, 0, 'more than a type')
  check.not(arrow('verify', "const x = await import('@bonafide/sandbox')").length, 0, 'the sandbox')
  check.not(arrow('registry', "import { judge } from '@bonafide/verify/deep'").length, 0, 'up, below the entry')
  check.strictSame(arrow('policy', "import type { Evidence } from '@bonafide/attestation'"), [])
  check.strictSame(arrow('verify', "import { parseLockfile } from '@bonafide/lockfile'"), [])
  check.not(checkArrows([...rooms, manifest('attic')]).length, 0, 'a package that has no row')
  const declared = { devDependencies: { '@bonafide/sandbox': 'workspace:*' } }
  check.not(checkArrows([...rooms.slice(1), manifest('core', declared)]).length, 0, 'by declaration alone')
  check.strictSame(checkArrows(files), [])

  const config = file('packages/core/tsconfig.json', '{ "references": [{ "path": "../policy" }] }')
  check.not(checkReferences([manifest('core'), manifest('policy'), config]).length, 0, 'a reference to no dependency')
  check.strictSame(checkReferences(files), [])
})

await t.test('every import is declared, and every declared dependency imported', async (check) => {
  const own = (fields: object, text: string) =>
    checkDeclared([manifest('core', fields), file('packages/core/src/x.ts', text)])
  check.not(own({}, "import semver from 'semver'").length, 0, 'undeclared')
  check.not(own({}, "require('semver/functions/lt.js')").length, 0, 'undeclared, below the entry')
  check.not(
    own({ devDependencies: { semver: '7.0.0' } }, "import semver from 'semver'").length,
    0,
    'not installed by users',
  )
  check.not(own({ dependencies: { semver: '7.0.0' } }, 'export {}').length, 0, 'unused')
  check.not(own({ devDependencies: { '@types/semver': '7.0.0' } }, 'export {}').length, 0, 'types of nothing')
  check.not(own({}, "import fs from 'fs'").length, 0, 'a module of Node.js without its prefix')
  const good = { dependencies: { '@a/b': '1.0.0' }, devDependencies: { '@types/a__b': '1.0.0' } }
  check.strictSame(own(good, "import x from '@a/b/c'\nimport fs from 'node:fs'"), [])
  const workspace = file('package.json', JSON.stringify({ name: 'w', devDependencies: { tap: '1.0.0' } }))
  check.not(
    checkDeclared([workspace, file('test/x.test.ts', "import sinon from 'sinon'\nimport t from 'tap'")]).length,
    0,
  )
  check.strictSame(checkDeclared(files), [])

  const page = file('docs/dependencies.md', '| `semver` | verify | why | ISC | 7.0.0, 2026-11-02 | npm |')
  const reasons = (version: string) => checkReasons([manifest('core', { dependencies: { semver: version } }), page])
  check.not(reasons('7.0.1').length, 0, 'a dependency in another version than the page has')
  check.strictSame(reasons('7.0.0'), [])
  check.strictSame(checkReasons(files), [])
})

await t.test('nothing runs in a circle', async (check) => {
  const core = (name: string, text: string) => file(`packages/core/src/${name}.ts`, text)
  const circle = [core('a', "import { b } from './b.ts'"), core('b', "export { c } from './c.ts'")]
  check.not(
    checkCircles([...circle, core('c', "import type { A } from './a.ts'")]).length,
    0,
    'three files, one of them by a type',
  )
  check.strictSame(checkCircles(circle), [])
  const packages = [manifest('core'), manifest('policy'), file('packages/policy/src/x.ts', "import '@bonafide/core'")]
  check.not(checkCircles([...packages, core('a', "import '@bonafide/policy'")]).length, 0, 'two packages')
  check.strictSame(checkCircles(files), [])
})

await t.test('files are short, licensed, and packages alike', async (check) => {
  const spdx = '// SPDX-License-Identifier: Apache-2.0\n'
  check.not(checkForm([file('packages/core/src/x.ts', `${spdx}${'\n'.repeat(400)}`)]).length, 0, 'too long')
  check.not(checkForm([file('tools/x.mjs', 'export {}\n')]).length, 0, 'no licence')
  check.not(checkForm([file('packages/core/src/index.ts', `${spdx}export * from './x.ts'\n`)]).length, 0, 'no list')
  check.not(checkForm([file('packages/core/src/index.ts', `${spdx}export const x = 1\n`)]).length, 0, 'code')
  const many = `${spdx}${"export { x } from './x.ts'\n".repeat(60)}`
  check.not(checkForm([file('packages/core/src/index.ts', many)]).length, 0, 'a long list')
  check.strictSame(checkForm([file('packages/x/bin/x.js', `#!/usr/bin/env node\n${spdx}`)]), [])
  check.strictSame(checkForm(files), [])

  const model = files.find(({ path }) => path === 'packages/core/package.json')
  const fields = JSON.parse(model?.text ?? '{}') as Record<string, unknown>
  const rest = ['README.md', 'src/index.ts', 'tsconfig.json'].map((name) => file(`packages/core/${name}`, ''))
  const alike = (changes: object) => checkManifests([manifest('core', { ...fields, ...changes }), ...rest])
  check.strictSame(alike({}), [])
  const faults = [
    { license: 'MIT' },
    { type: 'commonjs' },
    { engines: {}, name: '@bonafide/other' },
    { exports: './src/index.ts' },
    { description: '' },
    { scripts: { postinstall: 'node x.js' } },
    { dependencies: { semver: '^7.0.0' } },
    { dependencies: { '@bonafide/core': '0.1.0' } },
  ]
  for (const fault of faults) check.not(alike(fault).length, 0, JSON.stringify(fault))
  check.not(checkManifests([manifest('core', fields)]).length, 0, 'no README')
  check.not(checkManifests([manifest('core', fields), manifest('policy', { ...fields, version: '9.0.0' })]).length, 0)
  check.strictSame(checkManifests(files), [])
})

await t.test(
  'no file names a registry or a place on this machine, and no branch looks at the kind of environment',
  async (check) => {
    // The names are put together here, since this file is looked through as well.
    const registries = [
      new URL(publicRegistry()).host,
      ['registry', 'yarnpkg', 'com'].join('.'),
      ['registry', 'npmmirror', 'com'].join('.'),
      ['npm', 'pkg', 'github', 'com'].join('.'),
    ]
    // Folders that exist on every machine are no place on this one.
    const common = new Set(['/', tmpdir(), '/home', '/usr', '/var', '/opt', '/srv', '/builds', '/Users'])
    const places = [root.slice(0, -1), dirname(root), homedir()].filter((place) => !common.has(place))
    const forbidden: readonly ForbiddenWord[] = [
      ...registries.map((word) => ({ word, why: 'the name of a registry' })),
      ...places.map((place) => ({ word: `${place}/`, why: 'a path of this machine' })),
    ]
    for (const one of forbidden)
      check.strictSame(checkWords([file('a.md', `x\nsee ${one.word}x`)], [one]), [`a.md:2: ${one.why}`], one.why)
    check.strictSame(checkWords([file('a.md', `my-${registries[0] ?? ''}`)], forbidden), [], 'part of another name')
    check.strictSame(checkWords(files, forbidden), [])

    const environment = [{ word: ['NODE', 'ENV'].join('_'), why: 'looks at the kind of environment' }]
    check.not(
      checkWords([file('packages/core/src/x.ts', `process.env.${environment[0]?.word ?? ''}`)], environment).length,
      0,
    )
    check.strictSame(
      checkWords(
        // npm reads `omit` from it, and Bun names `.env` files by it, so whoever reads what they read has to name it.
        files.filter(
          ({ path }) =>
            path.startsWith('packages/') &&
            path !== 'packages/registry/src/npm-options.ts' &&
            path !== 'packages/credentials/src/places/bun-sources.ts',
        ),
        environment,
      ),
      [],
    )
  },
)

await t.test('every code is documented, produced and tested', async (check) => {
  const codes: readonly Code[] = [
    ...ERROR_CODES.map((code) => ({ code, rule: null })),
    ...Object.entries(FINDING_CODES).map(([code, rule]) => ({ code, rule })),
    ...Object.entries<string>(PUBLISH_CODES).map(([code, rule]) => ({ code, rule })),
  ]
  const one = [{ code: 'some-code', rule: 'some-rule' }]
  const table = (text: string) => checkDocumented([file('docs/codes.md', text)], one)
  check.not(table('').length, 0, 'no row')
  check.not(table('| `some-code` | `other-rule` | x |').length, 0, 'another rule')
  check.not(table('| `some-code` | `some-rule` | x |\n'.repeat(2)).length, 0, 'twice')
  check.not(
    table('| `some-code` | `some-rule` | x |\n| `old-code` | `some-rule` | x |').length,
    0,
    'a code that is gone',
  )
  check.strictSame(table('| `some-code` | `some-rule` | x |'), [])
  check.not(
    checkProduced([file('packages/core/src/finding.ts', "export const x = 'some-code'")], one).length,
    0,
    'declared only',
  )
  check.not(checkProduced([file('packages/core/src/x.ts', '// some-code')], one).length, 0, 'in a comment only')
  check.strictSame(checkProduced([file('packages/core/src/x.ts', "export const x = 'some-code'")], one), [])
  check.not(checkTested([file('test/house/x.test.ts', "'some-code'")], one).length, 0, 'here only')
  check.not(checkTested([file('test/x.test.ts', "'not-some-code'")], one).length, 0, 'part of another code')
  check.strictSame(checkTested([file('test/cases/x_refused/expected.json', '"some-code"')], one), [])

  check.strictSame(checkDocumented(files, codes), [], 'documented')
  check.strictSame(checkProduced(files, codes), [], 'produced')
  check.strictSame(checkTested(files, codes), [], 'tested')
})

await t.test('the numbers of the steps in the code are those of the prose', async (check) => {
  check.not(step('  // 3.5 Our clock').length, 0, 'a step that the prose does not tell')
  check.strictSame(step('  // 3.4 Who signed it'), [])
  check.strictSame(checkSteps(files), [])
})

await t.test('hooks that are ES modules start the engine alike', (check) => {
  const [first, ...rest] = ['hook-bun', 'hook-pnpm'].map((hook) =>
    files.find(({ path }) => path === `packages/${hook}/src/engine.ts`),
  )
  check.ok(first !== undefined && first.text.includes('isWithin'))
  for (const one of rest) check.equal(one?.text, first?.text, 'they have no dependency that could hold it')
  check.end()
})
