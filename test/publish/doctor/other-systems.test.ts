// SPDX-License-Identifier: Apache-2.0
// GitLab and CircleCI: an honest pipeline, each attack as an edit of it, and the parts that their files are put together from.
import t from 'tap'
import { MANIFEST, diagnose, edited } from './repository.ts'

type Edits = readonly (readonly [string, string])[]

const GITLAB = `build:
  image: node:24
  script:
    - npm ci
    - npm pack
  artifacts:
    paths: ['*.tgz']
publish:
  image: node:24
  needs: [build]
  rules:
    - if: $CI_COMMIT_TAG
  environment: release
  id_tokens:
    NPM_ID_TOKEN: { aud: 'npm:registry.example' }
  script:
    - bonafide publish paint-1.0.0.tgz --sha512 "$SHA512"
`

function gitlab(...edits: Edits): readonly string[] {
  return diagnose({ '.gitlab-ci.yml': edited(GITLAB, ...edits), 'package.json': MANIFEST })
}

const AT = '.gitlab-ci.yml'

await t.test('GitLab', (check) => {
  check.strictSame(gitlab(), [], 'honest')
  const publish = '    - bonafide publish paint'
  const attacks: readonly (readonly [string, Edits, string])[] = [
    [
      'a dependency asks for the identity',
      [[publish, `    - npm ci\n${publish}`]],
      `refuse workflow-identity-beside-code ${AT}:17`,
    ],
    [
      'an identity for all jobs',
      [['build:\n', 'default:\n  id_tokens:\n    NPM_ID_TOKEN: { aud: x }\nbuild:\n']],
      `refuse workflow-identity-beside-code ${AT}:7`,
    ],
    ['a poisoned cache', [['build:\n', 'cache:\n  paths: [.npm]\nbuild:\n']], `refuse workflow-cache ${AT}:2`],
    [
      'a stolen token',
      [[publish, `    - echo "//registry.example/:_authToken=\${NPM_TOKEN}" > .npmrc\n${publish}`]],
      `refuse workflow-token-stored ${AT}:17`,
    ],
    [
      'a token by another name',
      [['  environment: release\n', '  environment: release\n  variables:\n    NODE_AUTH_TOKEN: $PUBLISHING\n']],
      `refuse workflow-token-stored ${AT}:15`,
    ],
    ['no environment', [['  environment: release\n', '']], `refuse workflow-no-environment ${AT}:9`],
    ['any branch', [['  rules:\n    - if: $CI_COMMIT_TAG\n', '']], `refuse workflow-branch-release ${AT}:9`],
    [
      'a named branch',
      [['$CI_COMMIT_TAG', '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH']],
      `warn workflow-branch-release ${AT}:11`,
    ],
    [
      'a merge request',
      [['$CI_COMMIT_TAG', '$CI_PIPELINE_SOURCE == "merge_request_event"']],
      `refuse workflow-open-to-outsiders ${AT}:11`,
    ],
    [
      'no identity',
      [["  id_tokens:\n    NPM_ID_TOKEN: { aud: 'npm:registry.example' }\n", '']],
      `refuse workflow-no-identity ${AT}:15`,
    ],
    [
      'past the hook',
      [['bonafide publish paint-1.0.0.tgz --sha512 "$SHA512"', 'npm publish ./paint-1.0.0.tgz']],
      `refuse workflow-guard-bypassed ${AT}:17`,
    ],
  ]
  for (const [attack, edits, found] of attacks) {
    const said = gitlab(...edits)
    check.ok(said.includes(found), `${attack}: ${said.join(', ')}`)
    check.equal(said.length, 1, attack)
  }
  check.end()
})

await t.test('GitLab: what is extended, referenced, included and anchored is read with it', (check) => {
  const put = (text: string, more: Readonly<Record<string, string>> = {}): readonly string[] =>
    diagnose({ [AT]: text, 'package.json': MANIFEST, ...more })
  const job =
    'publish:\n  environment: release\n  rules: [{ if: $CI_COMMIT_TAG }]\n  id_tokens: { NPM_ID_TOKEN: { aud: x } }\n'
  const found = 'refuse workflow-identity-beside-code '
  check.match(put(`.base:\n  before_script: [npm ci]\n${job}  extends: .base\n  script: [npm publish]\n`).join(), found)
  check.match(
    put(`.base:\n  steps: [npm ci]\n${job}  script:\n    - !reference [.base, steps]\n    - npm publish\n`).join(),
    found,
  )
  check.match(
    put(`.base: &base\n  before_script: [npm ci]\n${job}  <<: *base\n  script: [npm publish]\n`).join(),
    found,
  )
  check.match(
    put(`include: /ci/release.yml\n`, { 'ci/release.yml': `${job}  script: [npm ci, npm publish]\n` }).join(),
    `${found}ci/release.yml:5`,
  )
  check.match(
    put(`include: [{ local: ci/base.yml }]\n${job}  extends: .base\n`, {
      'ci/base.yml': '.base: { script: [npm ci, npm publish] }\n',
    }).join(),
    found,
  )
  check.strictSame(put('include: [{ project: acme/ci, file: release.yml }]\n'), [`warn workflow-unread ${AT}:1`])
  check.strictSame(put('include: ci/base.yml\n', { 'ci/base.yml': 'a: [\n' }), [
    'undecided workflow-unread ci/base.yml:2',
  ])
  check.strictSame(put('include: ci/missing.yml\n'), ['undecided workflow-unread ci/missing.yml:?'])
  check.strictSame(
    put('a: &a [*a]\n').map((line) => line.split(' ')[0]),
    ['undecided'],
  )
  check.end()
})

const CIRCLE = `version: 2.1
jobs:
  build:
    docker: [{ image: 'cimg/node:24.0' }]
    steps:
      - checkout
      - run: npm ci && npm pack
  publish:
    docker: [{ image: 'cimg/node:24.0' }]
    steps:
      - attach_workspace: { at: . }
      - run:
          name: publish
          command: |
            export NPM_ID_TOKEN=$(circleci run oidc get --claims '{"aud":"npm:registry.example"}')
            bonafide publish paint-1.0.0.tgz --sha512 "$SHA512"
workflows:
  release:
    jobs:
      - build: { filters: { tags: { only: /^v.*/ }, branches: { ignore: /.*/ } } }
      - publish:
          requires: [build]
          filters: { tags: { only: /^v.*/ }, branches: { ignore: /.*/ } }
`

await t.test('CircleCI', (check) => {
  const file = '.circleci/config.yml'
  const circle = (...edits: Edits): readonly string[] =>
    diagnose({ [file]: edited(CIRCLE, ...edits), 'package.json': MANIFEST })
  check.strictSame(circle(), [], 'honest')
  const at = '      - attach_workspace: { at: . }\n'
  const attacks: readonly (readonly [string, Edits, string])[] = [
    [
      'a dependency asks for the identity',
      [[at, `${at}      - run: npm ci\n`]],
      `refuse workflow-identity-beside-code ${file}:12`,
    ],
    [
      'the same by an orb',
      [[at, `${at}      - node/install-packages\n`]],
      `refuse workflow-identity-beside-code ${file}:12`,
    ],
    [
      'the same by a command',
      [
        ['jobs:\n  build', 'commands:\n  deps:\n    steps:\n      - run: npm ci\njobs:\n  build'],
        [at, `${at}      - deps\n`],
      ],
      `refuse workflow-identity-beside-code ${file}:5`,
    ],
    ['a poisoned cache', [[at, `      - restore_cache: { key: npm }\n`]], `refuse workflow-cache ${file}:11`],
    [
      'a stolen token',
      [
        [
          '            export NPM_ID_TOKEN=',
          '            echo "//registry.example/:_authToken=$NPM_TOKEN" > ~/.npmrc\n            export NPM_ID_TOKEN=',
        ],
      ],
      `refuse workflow-token-stored ${file}:15`,
    ],
    [
      'any branch',
      [['          filters: { tags: { only: /^v.*/ }, branches: { ignore: /.*/ } }\n', '']],
      `refuse workflow-branch-release ${file}:22`,
    ],
    [
      'no identity',
      [[`            export NPM_ID_TOKEN=$(circleci run oidc get --claims '{"aud":"npm:registry.example"}')\n`, '']],
      `refuse workflow-no-identity ${file}:15`,
    ],
  ]
  for (const [attack, edits, found] of attacks) check.strictSame(circle(...edits), [found], attack)
  check.strictSame(diagnose({ [file]: 'jobs: [', 'package.json': MANIFEST }), [`undecided workflow-unread ${file}:1`])
  check.strictSame(diagnose({ [file]: 'setup: true\njobs: {}\n', 'package.json': MANIFEST }), [
    `warn workflow-unread ${file}:1`,
  ])
  check.end()
})
