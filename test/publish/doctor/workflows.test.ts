// SPDX-License-Identifier: Apache-2.0
// Each attack on a GitHub workflow that releases, as an edit of an honest one; and beside it what looks alike and is honest.
import t from 'tap'
import { COMMIT, HONEST, MANIFEST, RELEASE, diagnose, edited, examine, repository } from './repository.ts'
import type { Files } from './repository.ts'

type Edits = readonly (readonly [string, string])[]

/** The honest workflow with some edits. */
function release(...edits: Edits): Files {
  return repository({ [RELEASE]: edited(HONEST, ...edits) })
}

/** Another workflow beside the honest one. */
function beside(text: string): Files {
  return repository({ '.github/workflows/other.yml': text })
}

const TAGS: readonly [string, string] = ["  push:\n    tags: ['v*']\n", '']
const on = (text: string): readonly [string, string] => [TAGS[0], text]
const inPublish = (step: string): readonly [string, string] => [
  '      - run: bonafide publish paint',
  `${step}\n      - run: bonafide publish paint`,
]
const command = (text: string): readonly [string, string] => [
  'bonafide publish paint-1.0.0.tgz --sha512 "$SHA512"',
  text,
]

interface Case {
  readonly attack: string
  readonly files: Files
  readonly found: readonly string[]
}

const ATTACKS: readonly Case[] = [
  {
    attack: 'a comment of a stranger starts the release (openapi-react-query-codegen)',
    files: release(on('  issue_comment:\n')),
    found: [`refuse workflow-open-to-outsiders ${RELEASE}:3`],
  },
  {
    attack: 'a pull request starts the release with the rights of the repository',
    files: release(on('  pull_request_target:\n    branches: [main]\n')),
    found: [`refuse workflow-open-to-outsiders ${RELEASE}:3`],
  },
  {
    attack: 'a run on a branch of a fork that is called main starts the release',
    files: release(on('  workflow_run:\n    workflows: [ci]\n    types: [completed]\n    branches: [main]\n')),
    found: [`refuse workflow-open-to-outsiders ${RELEASE}:3`],
  },
  {
    attack: 'a comment of somebody whose account was taken over starts the release',
    files: release(on('  issue_comment:\n'), [
      '    environment: release\n',
      "    environment: release\n    if: github.event.comment.author_association == 'OWNER'\n",
    ]),
    found: [`warn workflow-open-to-outsiders ${RELEASE}:3`],
  },
  {
    attack: 'a dependency asks for the identity token (TanStack)',
    files: release(inPublish('      - run: npm ci')),
    found: [`refuse workflow-identity-beside-code ${RELEASE}:26`],
  },
  {
    attack: 'a dependency without scripts runs when the tests do',
    files: release(inPublish('      - run: npm ci --ignore-scripts\n      - run: npm test')),
    found: [`refuse workflow-identity-beside-code ${RELEASE}:27`],
  },
  {
    attack: 'the whole workflow has the identity, the job that tests as well',
    files: release(
      ['permissions: {}\n', 'permissions:\n  id-token: write\n'],
      ['    permissions:\n      contents: read\n', ''],
    ),
    found: [`refuse workflow-identity-beside-code ${RELEASE}:14`],
  },
  {
    attack: 'a tool that nobody locked runs beside the identity',
    files: release(inPublish('      - run: npx @acme/notify done')),
    found: [`refuse workflow-identity-beside-code ${RELEASE}:26`],
  },
  {
    attack: 'the tag of an action moves (tj-actions, trivy-action)',
    files: release(inPublish('      - uses: acme/notify@v3')),
    found: [`refuse workflow-action-unpinned ${RELEASE}:26`],
  },
  {
    attack: 'a short commit is no commit: another one can begin like it',
    files: release(inPublish('      - uses: acme/notify@0123456')),
    found: [`refuse workflow-action-unpinned ${RELEASE}:26`],
  },
  {
    attack: 'an image is pushed under the same tag',
    files: release(inPublish('      - uses: docker://acme/notify:3')),
    found: [`refuse workflow-action-unpinned ${RELEASE}:26`],
  },
  {
    attack: 'the image that the release runs in is pushed under the same tag',
    files: release(['    environment: release\n', '    environment: release\n    container: acme/node:24\n']),
    found: [`refuse workflow-action-unpinned ${RELEASE}:22`],
  },
  {
    attack: 'the job that makes the tarball runs an action that can move',
    files: release(['      - run: npm pack', '      - uses: acme/version@v1\n      - run: npm pack']),
    found: [`warn workflow-action-unpinned ${RELEASE}:17`],
  },
  {
    attack: 'a pull request poisons the cache that the release restores (TanStack, cline)',
    files: release([
      '      - run: npm ci',
      `      - uses: actions/cache@${COMMIT}\n        with: { path: ~/.npm, key: npm }\n      - run: npm ci`,
    ]),
    found: [`refuse workflow-cache ${RELEASE}:15`],
  },
  {
    attack: 'setup-node restores a cache when asked to',
    files: release([
      '      - run: npm ci',
      `      - uses: actions/setup-node@${COMMIT}\n        with:\n          cache: npm\n      - run: npm ci`,
    ]),
    found: [`refuse workflow-cache ${RELEASE}:17`],
  },
  {
    attack: 'setup-node restores a cache by itself where package.json names npm',
    files: {
      ...release([
        '      - run: npm ci',
        `      - uses: actions/setup-node@v6\n        with:\n          node-version: 24\n      - run: npm ci`,
      ]),
      'package.json': edited(MANIFEST, ['"version"', '"packageManager": "npm@12.2.0",\n  "version"']),
    },
    found: [`refuse workflow-cache ${RELEASE}:15`, `warn workflow-action-unpinned ${RELEASE}:15`],
  },
  {
    attack: 'whatever npm is newest runs beside the identity',
    files: release(inPublish('      - run: npm install -g npm@latest')),
    found: [`warn workflow-manager-unpinned ${RELEASE}:26`],
  },
  {
    attack: 'an earlier job left something on the machine',
    files: release([
      '    needs: build\n    runs-on: ubuntu-latest\n',
      '    needs: build\n    runs-on: [self-hosted, linux]\n',
    ]),
    found: [`refuse workflow-runner ${RELEASE}:20`],
  },
  {
    attack: 'a machine of a matrix is one of one’s own',
    files: release([
      '    needs: build\n    runs-on: ubuntu-latest\n',
      '    needs: build\n    strategy:\n      matrix:\n        os: [ubuntu-latest, self-hosted]\n    runs-on: ${{ matrix.os }}\n',
    ]),
    found: [`refuse workflow-runner ${RELEASE}:22`],
  },
  {
    attack: 'a stolen token publishes from anywhere (axios, nx)',
    files: release(
      inPublish('      - run: echo hello\n        env:\n          NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}'),
    ),
    found: [`refuse workflow-token-stored ${RELEASE}:28`],
  },
  {
    attack: 'the token is written into a file of npm’s',
    files: release(
      inPublish(
        '      - run: |\n          echo start\n          echo "//registry.example/:_authToken=${{ secrets.PUBLISHING }}" > .npmrc',
      ),
    ),
    found: [`refuse workflow-token-stored ${RELEASE}:28`],
  },
  {
    attack: 'the token is the input of an action',
    files: release(
      inPublish(
        `      - uses: acme/npm-publish@${COMMIT}\n        with:\n          token: \${{ secrets.NPM_PUBLISH_TOKEN }}`,
      ),
    ),
    found: [`refuse workflow-token-stored ${RELEASE}:28`],
  },
  {
    attack: 'a branch with the same workflow publishes (Red Hat, the snapshot branches)',
    files: release(['    environment: release\n', '']),
    found: [`refuse workflow-no-environment ${RELEASE}:18`],
  },
  {
    attack: 'a push to any branch releases',
    files: release(on('  push:\n')),
    found: [`refuse workflow-branch-release ${RELEASE}:3`],
  },
  {
    attack: 'a push to a named branch releases',
    files: release(on('  push:\n    branches: [main, next]\n')),
    found: [`warn workflow-branch-release ${RELEASE}:3`],
  },
  {
    attack: 'every job may do everything',
    files: release(
      ['permissions: {}', 'permissions: write-all'],
      ['    permissions:\n      contents: read\n', ''],
      ['      - run: npm ci\n      - run: npm test\n', ''],
    ),
    found: [`refuse workflow-permissions ${RELEASE}:5`],
  },
  {
    attack: 'nobody said what the job’s token may do',
    files: release(['permissions: {}\n', ''], ['    permissions:\n      contents: read\n', '']),
    found: [`warn workflow-permissions ${RELEASE}:6`],
  },
  {
    attack: 'a dependency pushes with the token that the checkout left behind',
    files: release(
      ['      contents: read\n', '      contents: write\n'],
      ['        with:\n          persist-credentials: false\n', ''],
    ),
    found: [`warn workflow-checkout-credentials ${RELEASE}:12`],
  },
  {
    attack: 'a tarball is published past the hook',
    files: release(command('npm publish paint-1.0.0.tgz')),
    found: [`refuse workflow-guard-bypassed ${RELEASE}:26`],
  },
  {
    attack: 'scripts are switched off, the guard with them',
    files: release(command('npm publish --ignore-scripts --tag next')),
    found: [`refuse workflow-guard-bypassed ${RELEASE}:26`],
  },
  {
    attack: 'provenance is switched off by a flag',
    files: release(command('npm publish --provenance=false')),
    found: [`refuse workflow-provenance-off ${RELEASE}:26`],
  },
  {
    attack: 'provenance is switched off by a variable',
    files: release(['permissions: {}\n', 'permissions: {}\nenv:\n  NPM_CONFIG_PROVENANCE: false\n']),
    found: [`refuse workflow-provenance-off ${RELEASE}:7`],
  },
  {
    attack: 'the job has no identity, so that a token is all that is left',
    files: release(['    permissions:\n      id-token: write\n', '']),
    found: [`refuse workflow-no-identity ${RELEASE}:24`],
  },
  {
    attack: 'a title is a command (nx)',
    files: beside(
      'on: pull_request_target\njobs:\n  title:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          echo start\n          echo "${{ github.event.pull_request.title }}"\n',
    ),
    found: ['refuse workflow-injection .github/workflows/other.yml:8'],
  },
  {
    attack: 'a branch of a fork is called $(...)',
    files: beside(
      'on: pull_request_target\njobs:\n  title:\n    runs-on: ubuntu-latest\n    steps:\n      - run: git log ${{ github.head_ref }}\n',
    ),
    found: ['refuse workflow-injection .github/workflows/other.yml:6'],
  },
  {
    attack: 'a comment is JavaScript',
    files: beside(
      'on: { issue_comment: { types: [created] } }\njobs:\n  triage:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/github-script@v8\n        with:\n          script: console.log(`${{ github.event.comment.body }}`)\n',
    ),
    found: ['refuse workflow-injection .github/workflows/other.yml:8'],
  },
  {
    attack: 'a commit’s message is a command in the release itself',
    files: release(inPublish('      - run: echo ${{ github.event.head_commit.message }}')),
    found: [`warn workflow-injection ${RELEASE}:26`],
  },
  {
    attack: 'the scripts of a pull request run with the repository’s rights (PostHog, TanStack, AsyncAPI)',
    files: beside(
      'on: [pull_request_target]\njobs:\n  size:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v6\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n      - run: npm ci\n',
    ),
    found: ['refuse workflow-outsider-code .github/workflows/other.yml:8'],
  },
  {
    attack: 'the same by gh, after a comment',
    files: beside(
      'on:\n  issue_comment:\njobs:\n  bot:\n    runs-on: ubuntu-latest\n    steps:\n      - run: gh pr checkout "$NUMBER"\n      - run: make\n',
    ),
    found: ['refuse workflow-outsider-code .github/workflows/other.yml:7'],
  },
  {
    attack: 'the same once somebody has put a label on it',
    files: beside(
      "on: [pull_request_target]\njobs:\n  size:\n    if: contains(github.event.pull_request.labels.*.name, 'safe')\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v6\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n      - run: npm ci\n",
    ),
    found: ['warn workflow-outsider-code .github/workflows/other.yml:9'],
  },
  {
    attack: 'a job beside the release reads a stored token',
    files: beside(
      'on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm ci\n        env:\n          NPM_TOKEN: ${{ secrets.NPM_READ }}\n',
    ),
    found: ['warn workflow-token-stored .github/workflows/other.yml:8'],
  },
]

for (const { attack, files, found } of ATTACKS)
  await t.test(attack, (check) => {
    check.strictSame(diagnose(files), found)
    check.end()
  })

const ALIKE: readonly (readonly [string, Files, Parameters<typeof diagnose>[1]?])[] = [
  ['the honest one', repository()],
  [
    'a comment that starts another job',
    release(on("  push:\n    tags: ['v*']\n  issue_comment:\n"), [
      '    environment: release\n',
      "    environment: release\n    if: github.event_name == 'push'\n",
    ]),
  ],
  ['a release that somebody makes', release(on('  release:\n    types: [published]\n  workflow_dispatch:\n'))],
  [
    'a branch that the policy allows',
    release(on('  push:\n    branches: [main]\n')),
    { refs: ['tag', 'refs/heads/main'] },
  ],
  [
    'branches and tags, and a job for tags alone',
    release(on("  push:\n    branches: [main]\n    tags: ['v*']\n"), [
      '    environment: release\n',
      "    environment: release\n    if: startsWith(github.ref, 'refs/tags/')\n",
    ]),
  ],
  [
    'an environment with an address',
    release([
      '    environment: release\n',
      '    environment:\n      name: release\n      url: https://registry.example/\n',
    ]),
  ],
  ['scripts of one’s own, without anything installed', release(inPublish('      - run: npm run check'))],
  [
    'a cache in a job that releases nothing',
    beside(
      `on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/cache@v5\n        with: { path: ~/.npm, key: npm }\n`,
    ),
  ],
  [
    'a cache that is only saved',
    release([
      '      - run: npm ci',
      `      - uses: actions/cache/save@${COMMIT}\n        with: { path: ~/.npm, key: npm }\n      - run: npm ci`,
    ]),
  ],
  [
    'a cache that is switched off',
    release([
      '      - run: npm ci',
      `      - uses: actions/setup-node@${COMMIT}\n        with: { package-manager-cache: false, cache: '' }\n      - run: npm ci`,
    ]),
  ],
  [
    'actions that can move, in a job that releases nothing',
    beside('on: push\njobs:\n  test:\n    runs-on: self-hosted\n    steps:\n      - uses: acme/lint@v1\n'),
  ],
  [
    'an identity for another cloud',
    beside(
      'on:\n  push:\n    branches: [main]\npermissions:\n  id-token: write\njobs:\n  pages:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm ci && npm run build\n      - uses: actions/deploy-pages@v5\n',
    ),
  ],
  [
    'labels for pull requests',
    beside(
      'on: pull_request_target\njobs:\n  label:\n    permissions: { pull-requests: write }\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v6\n      - uses: actions/labeler@v6\n',
    ),
  ],
  [
    'a pull request that is looked at and not run',
    beside(
      'on: pull_request_target\njobs:\n  size:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v6\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n      - run: git diff --stat\n',
    ),
  ],
  [
    'a pull request without rights',
    beside(
      'on: pull_request\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v6\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n      - run: npm ci && echo "${{ github.event.pull_request.title }}"\n',
    ),
  ],
  [
    'a title in a variable',
    beside(
      'on: issues\njobs:\n  triage:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo "$TITLE"\n        env:\n          TITLE: ${{ github.event.issue.title }}\n',
    ),
  ],
  [
    'the token of the job itself, for the registry of the host',
    release([
      '    permissions:\n      id-token: write\n',
      '    permissions:\n      packages: write\n    env:\n      NODE_AUTH_TOKEN: ${{ secrets.GITHUB_TOKEN }}\n',
    ]),
  ],
  [
    'a dry run',
    beside('on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm publish --dry-run\n'),
  ],
  [
    'a publish that is spoken of',
    beside(
      'on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      # npm publish\n      - run: |\n          # npm publish\n          echo "npm publish"\n          npm run docs # npm publish\n',
    ),
  ],
]

for (const [what, files, policy] of ALIKE)
  await t.test(`nothing is said of ${what}`, (check) => {
    check.strictSame(diagnose(files, policy), [])
    check.end()
  })

await t.test('the most dangerous comes first, with the attack that it names', (check) => {
  const { findings } = examine(release(on('  issue_comment:\n'), inPublish('      - run: npm ci')))
  for (const { attack, fix, found, wanted } of findings)
    for (const text of [attack, fix[0], found, wanted]) check.not(text.trim(), '')
  check.end()
})
