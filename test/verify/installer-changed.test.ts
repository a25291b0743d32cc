// SPDX-License-Identifier: Apache-2.0
// A pull request that changes what the package manager runs, or where it installs from: told by file and line, and refused.
import { mkdir, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { PackageReport, Report } from '@bonafide/verify'
import t from 'tap'
import type { Test } from 'tap'
import { commitAll, git, gitProgram, makeRepository, writeFiles } from '../support/git.ts'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const skip = gitProgram === undefined && 'no git on this machine'

interface Seen {
  readonly status: number
  readonly verdict: string
  /** For each file that is told, its verdict, and what was found where. */
  readonly told: Readonly<Record<string, readonly string[]>>
  readonly items: readonly PackageReport[]
}

interface Scene {
  readonly world: World
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>
  /** What a reviewer would see without a base. */
  readonly alone: () => Promise<Seen>
  readonly verify: (...words: readonly string[]) => Promise<Seen>
}

/** A repository whose `main` holds these files beside one attested package, adopted; the branch `change` is checked out. */
async function scene(check: Test, files: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const world = await startWorld('installer')
  check.teardown(() => world.close())
  await world.lock([await world.release('paint', '2.0.0')])
  await world.run(['init', ...world.trust])
  makeRepository(world.project)
  await writeFiles(world.project, files)
  commitAll(world.project, 'base')
  git(world.project, 'checkout', '--quiet', '-b', 'change')
  const verify = async (...words: readonly string[]): Promise<Seen> =>
    seen(await world.run(['verify', '--json', ...words, ...world.trust]))
  return {
    world,
    write: (more) => writeFiles(world.project, more),
    alone: () => verify(),
    verify: (...words) => verify('--base', 'main', ...words),
  }
}

function seen({ status, stdout }: { readonly status: number; readonly stdout: string }): Seen {
  const report = JSON.parse(stdout) as Report
  const items = report.packages.filter(({ findings }) => findings.some(({ code }) => code === 'installer-changed'))
  const told = items.map(({ name, verdict, findings, locations }) => {
    const lines = locations.map(({ line }) => line).join()
    return [name, [`${verdict} at ${lines}`, ...findings.map(({ found, wanted }) => `${found} | ${wanted}`)]] as const
  })
  return { status, verdict: report.verdict, told: Object.fromEntries(told), items }
}

const WORKFLOW = `name: install
on: pull_request
jobs:
  install:
    runs-on: ubuntu-latest
    steps:
      - uses: acme/bonafide@0000000000000000000000000000000000000000
      - run: npm ci
`

await t.test(
  'a change that brings its own installer along is told file by file, and refused',
  { skip },
  async (check) => {
    const { world, write, alone, verify } = await scene(check, {
      '.yarnrc.yml': 'nodeLinker: node-modules\nyarnPath: .yarn/releases/yarn-4.18.1.cjs\n',
      '.yarn/releases/yarn-4.18.1.cjs': '// yarn\n',
      '.github/workflows/install.yml': WORKFLOW,
      'bunfig.toml': '[install]\nexact = true\n',
    })
    await write({
      '.yarnrc.yml': 'nodeLinker: node-modules\nyarnPath: tools/evil.cjs\n',
      'tools/evil.cjs': '// steals\n',
      '.pnpmfile.mjs': 'export const hooks = {}\n',
      'bunfig.toml': 'preload = ["./evil.ts"]\n[install]\nexact = true\n',
      '.npmrc': 'fund=false\nregistry=https://registry.evil.example/\n',
      '.github/workflows/install.yml': WORKFLOW.replace(/.*bonafide.*\n/u, ''),
    })
    const before = await alone()
    check.equal(before.status, 0, 'by its own files it gets through')
    check.strictSame(before.told, {})

    const run = await verify()
    check.equal(run.status, 1)
    check.equal(run.verdict, 'refused')
    check.match(run.told, {
      '.yarnrc.yml': ['refused at 2', 'yarnPath: tools/evil.cjs | yarnPath: .yarn/releases/yarn-4.18.1.cjs'],
      '.pnpmfile.mjs': ['refused at 1', /^added: a file, git's [0-9a-f]{12} \| no file$/u],
      'bunfig.toml': ['refused at 1', 'preload = ["./evil.ts"] | no such setting'],
      '.npmrc': ['refused at 2', 'registry=https://registry.evil.example/ | no such setting'],
      '.github/workflows/install.yml': ['refused at 7', /^changed: /u],
    })
    check.equal(Object.keys(run.told).length, 5)
    const [item] = run.items.find(({ name }) => name === '.npmrc')?.findings ?? []
    check.match(item, { rule: 'installer-changed', level: 'refuse', fix: /--loosened warn$/u })

    // Once the code owners have approved.
    const approved = await verify('--loosened', 'warn')
    check.equal(approved.status, 0)
    check.equal(Object.keys(approved.told).length, 5)
    check.ok(approved.items.every(({ verdict, findings }) => verdict === 'exempt' && findings[0]?.level === 'warn'))

    const github = await world.run(['verify', '--format', 'github', '--base', 'main', ...world.trust])
    check.match(github.stdout, /^::error file=\.npmrc,line=2,.*installer-changed/mu)
    commitAll(world.project)
    check.strictSame((await verify()).told, run.told, 'committed or not')
  },
)

await t.test('what no package manager acts on is not told', { skip }, async (check) => {
  const { write, verify, world } = await scene(check, {
    '.npmrc': 'registry=https://registry.acme.example/\n',
    '.yarnrc.yml': 'npmRegistryServer: "https://registry.acme.example"\n\ncatalog:\n  a: 1.0.0\n',
    'pnpm-workspace.yaml': "packages:\n  - 'packages/*'\nminimumReleaseAge: 4320\n",
    'bunfig.toml': '[install]\nminimumReleaseAge = 259200\n',
    '.yarn/releases/yarn.cjs': 'a\nb\n',
    '.env': 'SHOP_TITLE=one\n',
    '.github/workflows/other.yml': 'on: push\n',
    'README.md': 'bonafide\n',
  })
  check.strictSame((await verify()).told, {})
  const manifest = JSON.parse(await world.read('package.json')) as Record<string, unknown>
  await write({
    '.npmrc': '; ours\nfund=false\nregistry=https://registry.acme.example/\n',
    '.yarnrc.yml': '# ours\nnpmRegistryServer: "https://registry.acme.example"\ncatalog:\n  a: 2.0.0\n',
    'pnpm-workspace.yaml': "packages:\n- 'packages/*'\n- more\n\nminimumReleaseAge: 4320\ncatalog:\n  a: 1.0.0\n",
    'bunfig.toml': '# ours\n[install]\n\nminimumReleaseAge = 259200\n',
    '.yarn/releases/yarn.cjs': 'a\r\nb\r\n',
    '.env': 'SHOP_TITLE=two\n',
    '.github/workflows/other.yml': 'on: pull_request\n',
    '.github/workflows/adopting.yml': WORKFLOW,
    'README.md': 'changed, and no installer\n',
    'package.json': JSON.stringify({ ...manifest, scripts: { test: 'tap' }, description: 'x' }, null, 2),
  })
  const run = await verify()
  check.strictSame(run.told, {})
  check.equal(run.status, 0)
})

await t.test('each setting that decides is told, added, changed and removed', { skip }, async (check) => {
  const { write, verify, world } = await scene(check, {
    '.npmrc': 'ignore-scripts=true\n@acme:registry=https://registry.acme.example/\n',
    '.yarnrc': 'yarn-path "./yarn.js"\n',
    'yarn.js': '// yarn\n',
    '.yarnrc.yml': 'enableScripts: false\nplugins:\n  - path: hooks/plugin.cjs\n    spec: x\n',
    'hooks/plugin.cjs': '// plugin\n',
    'pnpm-workspace.yaml': 'minimumReleaseAge: 4320\ntrustPolicy: no-downgrade\n',
    'bunfig.toml': '[install.security]\nscanner = "@acme/scanner"\n',
    '.gitlab-ci.yml': 'install:\n  script: [bonafide verify]\n',
    'action.yml': 'runs: { using: composite, steps: [{ run: bonafide verify, shell: bash }] }\n',
  })
  const plain = JSON.parse(await world.read('package.json')) as Record<string, unknown>
  const manifest = { ...plain, scripts: { guard: 'bonafide verify', test: 'tap' } }
  git(world.project, 'checkout', '--quiet', 'main')
  await write({ 'package.json': JSON.stringify(manifest, null, 2) })
  commitAll(world.project, 'guard')
  git(world.project, 'checkout', '--quiet', '-B', 'change')
  const unguarded = { ...manifest, scripts: { guard: 'true', more: 'bonafide diff' } }
  for (const [files, wanted] of [
    [
      { 'package.json': JSON.stringify(unguarded) },
      { 'package.json': [/at 1$/u, 'scripts.guard: no such setting | "bonafide verify"'] },
    ],
    [{ '.npmrc': 'ignore-scripts=true\n' }, { '.npmrc': [/^refused/u, /^@acme:registry: no such setting \| @acme/u] }],
    [
      { '.npmrc': 'ignore-scripts=true\n@acme:registry=https://registry.acme.example/\n[x]\nfund=true\n' },
      { '.npmrc': [/at 3,4$/u, '[x] [x]: [x] | no such setting', '[x] fund: fund=true | no such setting'] },
    ],
    [
      {
        '.npmrc':
          'node-options=--require=./evil.cjs\r@acme:registry=https://registry.acme.example/\nignore-scripts=true\n',
      },
      { '.npmrc': [/at 1$/u, 'node-options=--require=./evil.cjs | no such setting'] },
    ],
    [
      { '.npmrc': '@acme:registry=https://registry.acme.example/\nignore-scripts=true\n' },
      { '.npmrc': [/at 1$/u, /^the order/u] },
    ],
    [
      {
        '.npmrc':
          'ignore-scripts=true\n@acme:registry=https://registry.acme.example/\n//r.example/:_authToken=s3cret\n',
      },
      { '.npmrc': [/at 3$/u, '//r.example/:_authToken=*** | no such setting'] },
    ],
    [{ 'yarn.js': '// evil\n' }, { 'yarn.js': [/at 1$/u, /^changed: /u] }],
    [
      { '.yarnrc': 'yarn-path "./evil.js"\n' },
      { '.yarnrc': [/at 1$/u, 'yarn-path "./evil.js" | yarn-path "./yarn.js"'] },
    ],
    [{ 'hooks/plugin.cjs': '// evil\n' }, { 'hooks/plugin.cjs': [/at 1$/u, /^changed: /u] }],
    [
      { '.yarnrc.yml': 'plugins:\n  - path: hooks/plugin.cjs\n    spec: x\n' },
      { '.yarnrc.yml': [/at 1$/u, 'enableScripts: no such setting | enableScripts: false'] },
    ],
    [
      {
        'pnpm-workspace.yaml':
          'minimumReleaseAge: 0\ntrustPolicy: no-downgrade\nconfigDependencies:\n  evil: 1.0.0+sha512-x\n',
      },
      {
        'pnpm-workspace.yaml': [
          /at 1,3$/u,
          'minimumReleaseAge: 0 | minimumReleaseAge: 4320',
          /^configDependencies: .*evil/u,
        ],
      },
    ],
    [
      { 'bunfig.toml': '' },
      { 'bunfig.toml': [/at 1$/u, /^\[install.security\]: no such setting/u, /scanner: no such setting/u] },
    ],
    [{ '.gitlab-ci.yml': 'install:\n  script: [npm ci]\n' }, { '.gitlab-ci.yml': [/at 2$/u, /^changed/u] }],
    [{ 'action.yml': 'runs: {}\n' }, { 'action.yml': [/at 1$/u, /^changed/u] }],
    [
      { '.env.local': 'A=1\nBUN_CONFIG_REGISTRY=https://evil.example/\n' },
      { '.env.local': [/at 2$/u, /^BUN_CONFIG_REGISTRY=/u] },
    ],
    [{ '.npm-extension.mjs': 'evil()\n' }, { '.npm-extension.mjs': [/at 1$/u, /^added/u] }],
    [{ '.yarn/plugins/@evil/plugin.cjs': 'evil()\n' }, { '.yarn/plugins/@evil/plugin.cjs': [/at 1$/u, /^added/u] }],
    [{ '.corepack.env': 'COREPACK_INTEGRITY_KEYS=0\n' }, { '.corepack.env': [/at 1$/u, /^added/u] }],
    [
      {
        'package.json': JSON.stringify(
          {
            ...manifest,
            packageManager: 'yarn@4.0.0',
            scripts: { ...manifest.scripts, prepare: 'node evil.js' },
            pnpm: { overrides: {}, onlyBuiltDependencies: ['evil'] },
            trustedDependencies: ['evil'],
          },
          null,
          2,
        ),
      },
      {
        'package.json': [
          /^refused at/u,
          'packageManager: "yarn@4.0.0" | no such setting',
          'trustedDependencies: ["evil"] | no such setting',
          'pnpm.onlyBuiltDependencies: ["evil"] | no such setting',
          'scripts.prepare: "node evil.js" | no such setting',
        ],
      },
    ],
  ] as const) {
    git(world.project, 'checkout', '--quiet', '--force', 'main', '--', '.')
    git(world.project, 'clean', '--quiet', '--force', '-d')
    await write(files)
    const run = await verify()
    check.equal(run.status, 1)
    check.strictSame(Object.keys(run.told), Object.keys(wanted))
    check.match(run.told, wanted, Object.keys(wanted)[0] ?? '')
  }
  git(world.project, 'checkout', '--quiet', '--force', 'main', '--', '.')
  git(world.project, 'clean', '--quiet', '--force', '-d')
  await rm(join(world.project, 'hooks'), { recursive: true })
  check.match((await verify()).told, { 'hooks/plugin.cjs': ['refused at 1', /^removed: no file \| a file/u] })
})

await t.test('a text that a reader could take another way is told as a whole', { skip }, async (check) => {
  const { write, verify } = await scene(check, {
    'pnpm-workspace.yaml': 'packages: &p\n  - a\npnpmfile: *p\n',
    '.yarnrc.yml': 'catalog:\n  a: 1.0.0\n',
    '.npmrc': 'fund=true\n',
    '.yarnrc': 'save-prefix "~"\n',
  })
  for (const [file, text] of [
    // An alias in a setting that decides.
    ['pnpm-workspace.yaml', 'packages: &p\n  - evil\npnpmfile: *p\n'],
    // A lone carriage return ends a line, so this is two keys.
    ['.yarnrc.yml', 'catalog:\n  a: 1.0.0\ryarnPath: evil.cjs\n'],
    ['.yarnrc.yml', '{ catalog: {}, yarnPath: evil.cjs }\n'],
    ['.yarnrc.yml', ' catalog: {}\n yarnPath: evil.cjs\n'],
    ['.yarnrc.yml', '"yarnPath": evil.cjs\n'],
    ['.yarnrc.yml', '? yarnPath\n: evil.cjs\n'],
    ['.yarnrc.yml', '# yarn lockfile v1\nyarnPath "evil.cjs"\n'],
    ['.yarnrc.yml', 'catalog:\n  a: 1.0.0\n---\nyarnPath: evil.cjs\n'],
    ['.npmrc', '"registry"=https://evil.example/\n'],
    ['.npmrc', 'fund=true\rregistry=https://evil.example/\n'],
    ['.npmrc', '\u0000'],
    ['.npmrc', '${X}=https://evil.example/\n'],
    ['.yarnrc', 'save-prefix "~"\n  yarn-path "evil.js"\n'],
    ['package.json', '{ "scripts": { "prepare": "evil" }, "scripts": {} }'],
  ] as const) {
    await write({ [file]: text })
    check.ok((await verify()).told[file], JSON.stringify(text))
  }
})

await t.test('another spelling, a link and a file beyond reading hide nothing', { skip }, async (check) => {
  const { world, write, verify } = await scene(check, {
    'config/npmrc': 'fund=false\n',
    'plugins/a.cjs': '// a\n',
    'other/b.cjs': '// b\n',
  })
  const at = (path: string): string => join(world.project, path)
  for (const name of ['.NPMRC', '.YarnRC.yml', '.pnpmfile.CJS', '.npmrc.', '.np\u200cmrc']) {
    await write({ [name]: 'yarnPath: evil\n' })
    check.ok((await verify()).told[name], name)
    await rm(at(name))
  }
  await symlink('config/npmrc', at('.npmrc'))
  check.match((await verify()).told['.npmrc'], [/^refused/u, /^added: \.npmrc -> config\/npmrc: a file.* \| no file$/u])
  // Where the base has the link too, what it leads to is compared.
  await mkdir(at('.yarn'))
  await symlink('../plugins', at('.yarn/plugins'))
  await symlink('loop', at('plugins/loop'))
  await symlink('.', at('plugins/self'))
  git(world.project, 'checkout', '--quiet', '-B', 'main')
  commitAll(world.project, 'links')
  git(world.project, 'checkout', '--quiet', '-B', 'change')
  check.strictSame((await verify()).told, {})
  await write({ 'config/npmrc': 'registry=https://evil.example/\n', 'plugins/a.cjs': '// evil\n' })
  check.strictSame(Object.keys((await verify()).told), ['.npmrc', '.yarn/plugins/a.cjs'])
  git(world.project, 'checkout', '--quiet', '--force', 'main', '--', '.')
  // The link itself leads elsewhere: to other files, out of the repository, to what an install puts there.
  for (const target of ['../other', '../../../outside', '../node_modules/evil']) {
    await rm(at('.yarn/plugins'))
    await symlink(target, at('.yarn/plugins'))
    check.match((await verify()).told['.yarn/plugins'], [/^refused/u, /./u], target)
  }
  git(world.project, 'checkout', '--quiet', '--force', 'main', '--', '.')
  await mkdir(at('.pnpmfile.mjs'))
  await write({ '.pnpmfile.mjs/x': '' })
  check.match((await verify()).told['.pnpmfile.mjs'], [/^refused/u, /^added: a folder \| no file$/u])
  await rm(at('.pnpmfile.mjs'), { recursive: true })

  await write({ '.pnpmfile.cjs': `${'//'.repeat(3 * 1024 * 1024)}\nevil()\n` })
  await rm(at('.npmrc'))
  await write({ '.npmrc': `;${'x'.repeat(2 * 1024 * 1024)}\n` })
  check.match((await verify()).told, {
    '.pnpmfile.cjs': [/^refused/u, /^added: a file/u],
    '.npmrc': [/^refused/u, /^changed: a file/u],
  })
})

await t.test('settings above the project count, up to the top of the repository', { skip }, async (check) => {
  const { world, verify } = await scene(check)
  await mkdir(join(world.project, 'apps/shop'), { recursive: true })
  for (const name of ['package.json', 'package-lock.json'])
    await rename(join(world.project, name), join(world.project, 'apps/shop', name))
  git(world.project, 'checkout', '--quiet', '-B', 'main')
  commitAll(world.project, 'moved')
  git(world.project, 'checkout', '--quiet', '-B', 'change')
  await writeFiles(world.project, {
    '.yarnrc.yml': 'yarnPath: evil.cjs\n',
    'apps/.npmrc': 'registry=https://evil.example/\n',
    'apps/other/.npmrc': 'registry=https://elsewhere.example/\n',
  })
  const run = await verify('apps/shop')
  check.strictSame(Object.keys(run.told), ['.yarnrc.yml', 'apps/.npmrc'])
  await writeFiles(world.project, { 'apps/shop/bunfig.toml': 'preload = ["./evil.ts"]\n' })
  const named = await verify('--lockfile', 'apps/shop/package-lock.json')
  check.strictSame(Object.keys(named.told), ['.yarnrc.yml', 'apps/.npmrc', 'apps/shop/bunfig.toml'])
})

await t.test(
  'the base says at which level, and what it got meanwhile is not the doing of the change',
  { skip },
  async (check) => {
    const { world, write, verify } = await scene(check, { '.npmrc': 'fund=false\n', '.pnpmfile.cjs': '// one\n' })
    git(world.project, 'checkout', '--quiet', 'main')
    await write({ '.npmrc': 'registry=https://registry.acme.example/\n', '.pnpmfile.cjs': '// two\n' })
    commitAll(world.project, 'later')
    git(world.project, 'checkout', '--quiet', 'change')
    await write({ '.npmrc': 'fund=true\n' })
    check.strictSame((await verify()).told, {}, 'merging keeps what the base has')
    await write({ '.npmrc': 'fund=false\nignore-scripts=false\n' })
    check.strictSame(Object.keys((await verify()).told), ['.npmrc'])

    // A change that lowers the rule for itself is judged by the base all the same.
    await write({ 'bonafide.json': '{ "version": 1, "rules": { "installer-changed": "off" } }' })
    check.strictSame((await verify()).told['.npmrc']?.[0], 'refused at 2')
    for (const [level, status, told] of [
      ['warn', 0, 'exempt at 2'],
      ['off', 0, undefined],
    ] as const) {
      git(world.project, 'checkout', '--quiet', '--force', 'main')
      await write({ 'bonafide.json': `{ "version": 1, "rules": { "installer-changed": "${level}" } }` })
      commitAll(world.project, level)
      git(world.project, 'checkout', '--quiet', '-B', 'change')
      await write({ '.npmrc': 'registry=https://registry.acme.example/\nignore-scripts=false\n' })
      const run = await verify()
      check.equal(run.status, status)
      check.equal(run.told['.npmrc']?.[0], told)
    }
  },
)
