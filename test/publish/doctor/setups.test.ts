// SPDX-License-Identifier: Apache-2.0
// Setups as people have them: what publishes in each is found, with what an attacker would use, and nothing else.
import t from 'tap'
import { COMMIT, MANIFEST, RELEASE, diagnose, edited, examine, repository } from './repository.ts'
import type { Files } from './repository.ts'

const pinned = (name: string): string => `${name}@${COMMIT}`

/** What publishes: `path:line command`. */
function releases(files: Files): readonly string[] {
  return examine(files).plans.flatMap(({ publishes }) =>
    publishes.map(({ act, step }) => `${step.file}:${act.line} ${act.what}`),
  )
}

function workflow(text: string, more: Files = {}): Files {
  return repository({ [RELEASE]: text, ...more })
}

const scripts = (text: string): string =>
  edited(MANIFEST, ['"prepublishOnly": "bonafide guard"', `"prepublishOnly": "bonafide guard", ${text}`])

await t.test('changesets, by its action, with a token', (check) => {
  const files = workflow(
    `name: Release
on:
  push:
    branches:
      - main
concurrency: \${{ github.workflow }}-\${{ github.ref }}
permissions:
  contents: write
  pull-requests: write
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: pnpm/action-setup@v4
      - uses: actions/setup-node@v6
        with:
          node-version: 24
          cache: pnpm
      - run: pnpm install --frozen-lockfile
      - name: Create a pull request or publish
        uses: changesets/action@v1
        with:
          publish: pnpm release
        env:
          GITHUB_TOKEN: \${{ secrets.GITHUB_TOKEN }}
          NPM_TOKEN: \${{ secrets.NPM_TOKEN }}
`,
    { 'package.json': scripts('"release": "pnpm build && changeset publish"') },
  )
  check.strictSame(releases(files), [`${RELEASE}:24 pnpm release: changeset publish`])
  check.strictSame(diagnose(files), [
    `refuse workflow-action-unpinned ${RELEASE}:15`,
    `refuse workflow-action-unpinned ${RELEASE}:22`,
    `refuse workflow-cache ${RELEASE}:19`,
    `refuse workflow-no-environment ${RELEASE}:11`,
    `refuse workflow-no-identity ${RELEASE}:24`,
    `refuse workflow-token-stored ${RELEASE}:27`,
    `warn workflow-action-unpinned ${RELEASE}:14`,
    `warn workflow-action-unpinned ${RELEASE}:16`,
    `warn workflow-branch-release ${RELEASE}:3`,
    `warn workflow-checkout-credentials ${RELEASE}:14`,
  ])
  check.end()
})

await t.test('changesets that open pull requests, and a release that takes a tarball', (check) => {
  const files = repository({
    '.github/workflows/version.yml': `on:
  push:
    branches: [main]
permissions: { contents: write, pull-requests: write }
jobs:
  version:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - run: npm ci
      - uses: changesets/action@v1
        env:
          GITHUB_TOKEN: \${{ secrets.GITHUB_TOKEN }}
`,
  })
  check.strictSame(diagnose(files), [])
  check.end()
})

await t.test('semantic-release, with an identity', (check) => {
  const files = workflow(`name: Release
on:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  release:
    runs-on: ubuntu-latest
    permissions:
      contents: write
      issues: write
      pull-requests: write
      id-token: write
    steps:
      - uses: ${pinned('actions/checkout')}
        with:
          fetch-depth: 0
          persist-credentials: false
      - uses: ${pinned('actions/setup-node')}
        with:
          node-version: lts/*
      - run: npm clean-install
      - run: npm audit signatures
      - env:
          GITHUB_TOKEN: \${{ secrets.GITHUB_TOKEN }}
        run: npx semantic-release
`)
  check.strictSame(releases(files), [`${RELEASE}:27 npx semantic-release`])
  check.strictSame(diagnose(files), [
    `refuse workflow-identity-beside-code ${RELEASE}:23`,
    `refuse workflow-no-environment ${RELEASE}:8`,
    `warn workflow-branch-release ${RELEASE}:3`,
  ])
  check.end()
})

await t.test('npm publish on a release, as the documentation of hosts has it', (check) => {
  const files = workflow(`name: Publish
on:
  release:
    types: [published]
jobs:
  build:
    runs-on: ubuntu-latest
    permissions:
      contents: read
      id-token: write
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-node@v6
        with:
          node-version: '24.x'
          registry-url: 'https://registry.example'
      - run: npm ci
      - run: npm run build --if-present
      - run: npm test
      - run: npm publish --provenance --access public
        env:
          NODE_AUTH_TOKEN: \${{ secrets.NPM_TOKEN }}
`)
  check.strictSame(diagnose(files), [
    `refuse workflow-identity-beside-code ${RELEASE}:17`,
    `refuse workflow-no-environment ${RELEASE}:6`,
    `refuse workflow-token-stored ${RELEASE}:22`,
    `warn workflow-action-unpinned ${RELEASE}:12`,
    `warn workflow-action-unpinned ${RELEASE}:13`,
  ])
  check.end()
})

await t.test('release-please, and a publish when it has made a release', (check) => {
  const files = workflow(
    `on:
  push:
    branches: [main]
permissions: {}
jobs:
  release-please:
    runs-on: ubuntu-latest
    permissions: { contents: write, pull-requests: write }
    outputs:
      created: \${{ steps.release.outputs.release_created }}
    steps:
      - id: release
        uses: ${pinned('googleapis/release-please-action')}
  publish:
    needs: release-please
    if: needs.release-please.outputs.created
    runs-on: ubuntu-24.04
    environment: npm
    permissions: { contents: read, id-token: write }
    steps:
      - uses: ${pinned('actions/checkout')}
      - run: npm ci --ignore-scripts
      - run: npm publish
`,
    { 'package.json': scripts('"prepack": "tsc"') },
  )
  check.strictSame(diagnose(files), [
    `refuse workflow-identity-beside-code ${RELEASE}:23`,
    `warn workflow-branch-release ${RELEASE}:2`,
  ])
  check.end()
})

const jobThat = (run: string): string => `on: { push: { tags: ['v*'] } }
permissions: {}
jobs:
  publish:
    runs-on: ubuntu-latest
    environment: npm
    permissions: { id-token: write }
    steps:
      - run: ${run}
`

await t.test('many packages: lerna, pnpm -r, Yarn, Bun, nx, and scripts of the repository', (check) => {
  const found: readonly (readonly [string, string, Files?])[] = [
    ['npx lerna publish from-package --yes', 'npx lerna publish from-package --yes'],
    ['lerna publish', 'lerna publish'],
    ['pnpm -r publish --access public --no-git-checks', 'pnpm -r publish --access public --no-git-checks'],
    ['pnpm --filter paint publish', 'pnpm --filter paint publish'],
    ['pnpm recursive publish', 'pnpm recursive publish'],
    ['yarn npm publish', 'yarn npm publish'],
    [
      'yarn workspaces foreach -A npm publish --tolerate-republish',
      'yarn workspaces foreach -A npm publish --tolerate-republish',
    ],
    ['yarn publish --new-version 1.0.0', 'yarn publish --new-version 1.0.0'],
    ['bun publish', 'bun publish'],
    ['npx nx release publish', 'npx nx release publish'],
    ['npx np --yolo', 'npx np --yolo'],
    ['npx release-it@19 --ci', 'npx release-it@19 --ci'],
    ['pnpm dlx @changesets/cli publish', 'pnpm dlx @changesets/cli publish'],
    ['npm stage publish', 'npm stage publish'],
    ['npx npm@latest publish --tag next', 'npx npm@latest publish --tag next'],
    ['pnpm exec npm publish', 'pnpm exec npm publish'],
    ['ls *.tgz | xargs -n1 npm publish', 'npm publish'],
    ['timeout 600 npm publish', 'npm publish'],
    ['npm --workspace packages/a publish', 'npm --workspace packages/a publish'],
    ['cd dist && NPM_CONFIG_TAG=next npm publish', 'npm publish'],
    ['if [ -n "$X" ]; then npm publish; fi', 'npm publish'],
    [
      './scripts/release.sh',
      './scripts/release.sh: npm publish',
      { 'scripts/release.sh': '#!/bin/sh\nset -e\nnpm publish \\\n  --access public\n' },
    ],
    ['bash scripts/release.sh', 'bash scripts/release.sh: npm publish', { 'scripts/release.sh': 'npm publish' }],
    [
      'node scripts/release.mjs',
      'node scripts/release.mjs',
      { 'scripts/release.mjs': "await $('npm', ['publish', folder])" },
    ],
    ['npm run release', 'npm run release: npm publish', { 'package.json': scripts('"release": "npm publish"') }],
    [
      'yarn release',
      'yarn release: pnpm ship: npm publish',
      { 'package.json': scripts('"release": "pnpm ship", "ship": "npm publish"') },
    ],
    [
      'npm run circle',
      'npm run circle: npm publish',
      { 'package.json': scripts('"precircle": "npm run circle", "circle": "npm publish"') },
    ],
  ]
  for (const [run, what, more = {}] of found)
    check.ok(
      releases(workflow(jobThat(JSON.stringify(run)), more)).some(
        (line) => line.endsWith(what) || line.startsWith(`${RELEASE}:9 ${what}`),
      ),
      run,
    )
  for (const run of [
    'npm run docs',
    'npm view paint',
    'echo npm publish',
    'npm publish --dry-run',
    'npx jsr publish',
    'pnpm publish-docs',
    'bun run publish:docs',
    'npm config set publish x',
    'git commit -m "npm publish"',
    'npx lerna run build',
    'npx changeset version',
    'gh release create',
    'npx nx release version',
  ])
    check.strictSame(releases(workflow(jobThat(JSON.stringify(run)))), [], run)
  check.end()
})

await t.test('actions that publish', (check) => {
  for (const name of [
    'JS-DevTools/npm-publish',
    'cycjimmy/semantic-release-action',
    'simenandre/publish-with-pnpm',
    'pascalgn/npm-publish-action',
  ])
    check.equal(releases(workflow(`on: push\njobs:\n  a:\n    steps:\n      - uses: ${name}@v1\n`)).length, 1, name)
  check.end()
})

const calling = (permissions: string, trigger: string): string => `on: ${trigger}
jobs:
  release:
    uses: ./.github/workflows/publish.yml
    permissions: ${permissions}
    secrets: inherit
`

await t.test('a workflow that calls others of the repository', (check) => {
  const called = `on:
  workflow_call:
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions: { contents: read, id-token: write }
    steps:
      - uses: ./.github/actions/setup
      - run: npm publish
`
  const action = `runs:
  using: composite
  steps:
    - run: npm ci
      shell: bash
`
  const at = (permissions: string, trigger: string): Files =>
    repository({
      [RELEASE]: calling(permissions, trigger),
      '.github/workflows/publish.yml': called,
      '.github/actions/setup/action.yml': action,
    })
  check.strictSame(
    diagnose(at('{ contents: read, id-token: write }', '{ push: { tags: [v1] } }')),
    [
      'refuse workflow-identity-beside-code .github/actions/setup/action.yml:4',
      'refuse workflow-no-environment .github/workflows/publish.yml:4',
    ],
    'the called workflow has what the caller gives, and is judged once',
  )
  check.ok(
    diagnose(at('{ id-token: write }', 'issue_comment')).includes(`refuse workflow-open-to-outsiders ${RELEASE}:1`),
    'the caller starts it',
  )
  check.ok(
    diagnose(at('{ contents: read }', '{ push: { tags: [v1] } }')).includes(
      'refuse workflow-no-identity .github/workflows/publish.yml:9',
    ),
    'the caller gives it no identity',
  )
  const elsewhere = workflow(`on: { push: { tags: ['v*'] } }
permissions: {}
jobs:
  release:
    permissions: { id-token: write }
    uses: acme/ci/.github/workflows/publish.yml@main
`)
  check.strictSame(
    diagnose(elsewhere),
    [`warn workflow-unread ${RELEASE}:6`],
    'what another repository does is not known',
  )
  check.end()
})

await t.test('files that cannot be read are told, and the others judged', (check) => {
  const bad = '.github/workflows/a.yml'
  for (const text of ['on: [push\njobs: {}\n', 'a: 1\na: 2\n', 'jobs: &j\n  a: *k\n', '', 'on: push\n', '\tx: 1\n'])
    check.match(
      diagnose(repository({ [bad]: text })).join(),
      new RegExp(`^undecided workflow-unread ${bad}`, 'u'),
      JSON.stringify(text),
    )
  const laughs = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...'bcdefghi'.split('').map((key, at) => `${key}: &${key} [${`*${'abcdefgh'[at] ?? ''}, `.repeat(9)}]`),
  ].join('\n')
  check.strictSame(diagnose(repository({ [bad]: laughs })), [`undecided workflow-unread ${bad}:?`])
  check.strictSame(
    diagnose(repository({ [bad]: 'on: push\njobs:\n  a:\n    steps:\n      - uses: ./made-by-a-step\n' })),
    [`warn workflow-unread ${bad}:5`],
  )
  check.end()
})

await t.test('all ways to write the same thing', (check) => {
  const steps = 'runs-on: ubuntu-latest\n    steps:\n      - run: npm ci\n      - run: npm publish\n'
  const guilty = `refuse workflow-identity-beside-code ${RELEASE}`
  for (const text of [
    `on: { push: { tags: ['v*'] } }\npermissions: write-all\njobs:\n  a:\n    ${steps}`,
    `'on': { push: { tags: ['v*'] } }\npermissions: &p { id-token: write }\njobs:\n  a:\n    permissions: *p\n    ${steps}`,
    `on: { push: { tags: ['v*'] } }\njobs:\n  a:\n    permissions: { "id-token": "write" }\n    ${steps}`,
    `on: { push: { tags: ['v*'] } }\r\njobs:\r\n  a:\r\n    permissions:\r\n      id-token: write\r\n    ${steps.replaceAll('\n', '\r\n')}`,
    `on: { push: { tags: ['v*'] } }\njobs:\n  a:\n    permissions: { id-token: write }\n    runs-on: ubuntu-latest\n    steps:\n      - run: >-\n          npm ci &&\n          npm publish\n`,
  ])
    check.ok(
      diagnose(workflow(text)).some((line) => line.startsWith(guilty)),
      text,
    )
  check.end()
})
