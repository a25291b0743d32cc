// SPDX-License-Identifier: Apache-2.0
// What package.json leaves open, for one package and for many.
import { readFile } from 'node:fs/promises'
import { PUBLISH_CODES } from '@bonafide/core'
import t from 'tap'
import { HONEST, MANIFEST, RELEASE, diagnose, edited, repository } from './repository.ts'
import type { Files } from './repository.ts'

type Edits = readonly (readonly [string, string])[]

function manifest(...edits: Edits): Files {
  return repository({ 'package.json': edited(MANIFEST, ...edits) })
}

const NO_GUARD: readonly [string, string] = ['"bonafide guard"', '"npm test"']

const ATTACKS: readonly (readonly [string, Files, readonly string[]])[] = [
  [
    'a token that lies around is used, and nobody is told',
    repository({
      'package.json': edited(MANIFEST, NO_GUARD),
      [RELEASE]: edited(HONEST, ['bonafide publish paint-1.0.0.tgz --sha512 "$SHA512"', 'npm publish']),
    }),
    ['refuse manifest-no-guard package.json:6'],
  ],
  [
    'the same on people’s machines, where CI releases by bonafide',
    manifest(NO_GUARD),
    ['warn manifest-no-guard package.json:6'],
  ],
  ...['|| true', '; npm test', '| cat', '&'].map((rest): (typeof ATTACKS)[number] => [
    `nobody hears what the guard says: ${rest}`,
    manifest(['"bonafide guard"', `"bonafide guard ${rest}"`]),
    ['warn manifest-no-guard package.json:6'],
  ]),
  [
    'a word that is no call',
    manifest(['"bonafide guard"', '"echo bonafide guard"']),
    ['warn manifest-no-guard package.json:6'],
  ],
  ...['ignore-scripts=true', 'ignore-scripts', 'script-shell = /bin/true', 'node-options=--import ./x.js'].map(
    (line): (typeof ATTACKS)[number] => [
      `npm is told to run no guard, or another: ${line}`,
      repository({ '.npmrc': `audit=false\n${line}\n` }),
      ['warn manifest-no-guard .npmrc:2'],
    ],
  ),
  [
    'the guard stands in a script that Yarn does not run',
    repository({ 'package.json': edited(MANIFEST, ['"version"', '"packageManager": "yarn@4.18.1",\n  "version"']) }),
    ['warn manifest-no-guard package.json:7'],
  ],
  [
    'a credential goes out with every release',
    manifest(['"files"', '"publishConfig": { "//registry.example/:_authToken": "secret" },\n  "files"']),
    ['refuse manifest-credentials package.json:5'],
  ],
  [
    'provenance is switched off for good',
    manifest(['"files"', '"publishConfig": { "provenance": false },\n  "files"']),
    ['refuse manifest-provenance-off package.json:5'],
  ],
  [
    'the package says that it comes from somewhere else',
    manifest(['github:paint/paint', 'git+https://github.com/other/paint.git']),
    ['refuse manifest-repository package.json:4'],
  ],
  [
    'registries compare letter by letter',
    manifest(['github:paint/paint', 'https://github.com/Paint/paint']),
    ['refuse manifest-repository package.json:4'],
  ],
  [
    'the package does not say where it comes from',
    manifest(['  "repository": "github:paint/paint",\n', '']),
    ['warn manifest-repository package.json:1'],
  ],
  [
    'whatever lies in the folder goes out',
    manifest(['  "files": ["dist"],\n', '']),
    ['warn manifest-files-open package.json:1'],
  ],
  [
    'a file with secrets goes out',
    { ...manifest(['  "files": ["dist"],\n', '']), '.env': 'X=1' },
    ['refuse manifest-files-open package.json:1'],
  ],
  [
    'an .npmignore takes the place of the .gitignore, and forgets the secrets',
    {
      ...manifest(['  "files": ["dist"],\n', '']),
      '.env.production': 'X=1',
      '.gitignore': '.env.production\n',
      '.npmignore': 'test\n',
    },
    ['refuse manifest-files-open package.json:1'],
  ],
  [
    'a list that names everything is none',
    { ...manifest(['["dist"]', '["dist", "**"]']), id_rsa: 'x' },
    ['refuse manifest-files-open package.json:5'],
  ],
  [
    'package.json cannot be read',
    repository({ 'package.json': '{ "name": "paint", }' }),
    ['undecided workflow-unread package.json:1'],
  ],
]

for (const [attack, files, found] of ATTACKS)
  await t.test(attack, (check) => {
    check.strictSame(diagnose(files), found)
    check.end()
  })

const ALIKE: readonly (readonly [string, Files])[] = [
  [
    'a package that is never published',
    repository({ 'package.json': '{ "name": "shop", "private": true, "version": "1.0.0" }' }),
  ],
  ['a guard among other things', manifest(['bonafide guard', 'npm test && npx bonafide guard'])],
  [
    'Yarn’s own script',
    repository({
      'package.json': edited(
        MANIFEST,
        ['prepublishOnly', 'prepack'],
        ['"version"', '"packageManager": "yarn@4.18.1",\n  "version"'],
      ),
    }),
  ],
  [
    'the same repository in other words',
    manifest([
      '"github:paint/paint"',
      '{ "type": "git", "url": "git+ssh://git@github.com/paint/paint.git", "directory": "." }',
    ]),
  ],
  ['secrets that a list keeps out', { ...manifest(), '.env': 'X=1' }],
  ['no repository at all', {}],
]

for (const [what, files] of ALIKE)
  await t.test(`nothing is said of ${what}`, (check) => {
    check.strictSame(diagnose(files), [])
    check.end()
  })

await t.test('secrets that are ignored stay where they are', (check) => {
  const files = { ...manifest(['  "files": ["dist"],\n', '']), '.env': 'X=1', '.gitignore': '/.env\n' }
  check.strictSame(diagnose(files), ['warn manifest-files-open package.json:1'])
  check.end()
})

const one = (name: string, more = ''): string =>
  `{ "name": "${name}", ${more}"repository": "paint/paint", "files": ["dist"] }`

const root = (workspaces: string): string => `{ "name": "all", "private": true, "workspaces": ${workspaces} }`

function unguarded(...folders: readonly string[]): readonly string[] {
  return folders.map((folder) => `warn manifest-no-guard ${folder}/package.json:1`)
}

await t.test('each package of a workspace is looked at, and private ones are not', (check) => {
  const files = {
    'packages/a/package.json': one('a'),
    'packages/b/package.json': one('b', '"private": true, '),
    'packages/b/node_modules/x/package.json': one('x'),
    'packages/deep/c/package.json': one('c'),
    'examples/d/package.json': one('d'),
    'packages/README.md': '',
  }
  const said = (more: Files): readonly string[] => diagnose({ [RELEASE]: HONEST, ...files, ...more })
  check.strictSame(said({ 'package.json': root('["packages/*"]') }), unguarded('packages/a'))
  check.strictSame(
    said({ 'package.json': root('{ "packages": ["packages/**", "examples/d"] }') }),
    unguarded('examples/d', 'packages/a', 'packages/deep/c'),
  )
  check.strictSame(said({ 'package.json': root('["packages/**", "!packages/deep/*"]') }), unguarded('packages/a'))
  const pnpm = {
    'package.json': '{ "name": "all", "private": true }',
    'pnpm-workspace.yaml': 'packages:\n  - packages/*\n',
  }
  check.strictSame(said(pnpm), unguarded('packages/a'))
  check.strictSame(said({ ...pnpm, 'pnpm-workspace.yaml': 'packages: [\n' }), [
    'undecided workflow-unread pnpm-workspace.yaml:2',
  ])
  check.end()
})

await t.test('the page tells every check with the attack behind it', async (check) => {
  const page = await readFile(new URL('../../../docs/publishing/doctor.md', import.meta.url), 'utf8')
  const settings = Object.entries<string>(PUBLISH_CODES).filter(([, step]) => step === 'settings')
  check.not(settings.length, 0)
  for (const [code] of settings)
    check.match(
      page,
      new RegExp(`^\\| \`(?:anyone|supplier|thief|writer|mistake|unknown)\` +\\| \`${code}\` +\\|`, 'mu'),
      code,
    )
})
