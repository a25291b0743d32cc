// SPDX-License-Identifier: Apache-2.0
import type { BuildCommands } from './build-commands.ts'

/** The engine that publishes: where it lies, and what its bytes have to hash to. */
export interface EnginePin {
  readonly url: string
  readonly sha512: string
}

/** What a person replaces where nothing in the repository names an engine: no job runs another one. */
export const NO_ENGINE: EnginePin = { url: 'https://example.com/bonafide-engine.tgz', sha512: 'SHA512' }

/** What a release in two jobs is made of. */
export interface TwoJobs {
  readonly build: BuildCommands
  /** Whether several packages are released, each by its tarball. */
  readonly isMany: boolean
  readonly environment: string
  readonly engine: EnginePin
  /** Whether the job that publishes needs files of the repository: its policy. */
  readonly hasPolicy: boolean
  /** How tags of releases begin. */
  readonly tags: readonly string[]
}

// Each by its whole commit. Whoever updates them reads what changed.
const ACTIONS = {
  checkout: 'actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1',
  setUpNode: 'actions/setup-node@6044e13b5dc448c55e2357c09f80417699197238 # v6.2.0',
  upload: 'actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1',
  download: 'actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1',
} as const

const NODE = '24'

/** A workflow of GitHub that releases in two jobs: the one that runs code of others has no identity, the one with the identity runs none. */
export function twoJobWorkflow(jobs: TwoJobs): string {
  return `name: release
on:
  push:
    tags: [${jobs.tags.map((tag) => `'${tag}'`).join(', ')}]
permissions: {}
jobs:
  # Installs, builds, tests and packs. Code of others runs here, so it may read this repository and nothing more.
  build:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    permissions:
      contents: read
    outputs:
      sha512: \${{ steps.pack.outputs.sha512 }}
    steps:
${CHECKOUT}${SET_UP_NODE}${buildSteps(jobs)}      - name: Keep what was packed
        uses: ${ACTIONS.upload}
        with:
          name: release
          path: \${{ runner.temp }}/release
          if-no-files-found: error
          retention-days: 7
  # Publishes those bytes or none. Nothing is installed, built or restored from a cache here: no code of others meets the identity.
  publish:
    needs: build
    runs-on: ubuntu-latest
    timeout-minutes: 15
    # In the settings of the repository: only tags of releases, and a person who approves.
    environment: ${jobs.environment}
    permissions:
${jobs.hasPolicy ? '      contents: read # bonafide.json\n' : ''}      id-token: write
    steps:
${jobs.hasPolicy ? CHECKOUT : ''}${SET_UP_NODE}      - name: Fetch what was packed
        uses: ${ACTIONS.download}
        with:
          name: release
          path: \${{ runner.temp }}/release
${engineSteps(jobs)}`
}

const CHECKOUT = `      - uses: ${ACTIONS.checkout}
        with:
          persist-credentials: false
`

const SET_UP_NODE = `      - uses: ${ACTIONS.setUpNode}
        with:
          node-version: '${NODE}'
          package-manager-cache: false
`

function buildSteps({ build, isMany }: TwoJobs): string {
  const runs = [...build.setUp, build.install, ...build.scripts].map((command) => `      - run: ${command}\n`)
  return `${runs.join('')}      - name: Pack
        id: pack
        env:
          RELEASE: \${{ runner.temp }}/release
        run: |
${[...packLines(build, isMany)].map((line) => `          ${line}\n`).join('')}`
}

// The digest travels as an output of the job, the bytes as an artifact: who swaps one of them has not swapped the other.
function packLines({ pack }: BuildCommands, isMany: boolean): readonly string[] {
  const digest = isMany
    ? ['cd "$RELEASE"', 'sha512sum -- *.tgz > SHA512SUMS', 'sha512=$(sha512sum < SHA512SUMS)']
    : ['mv -- "$RELEASE"/*.tgz "$RELEASE/package.tgz"', 'sha512=$(sha512sum < "$RELEASE/package.tgz")']
  return ['mkdir "$RELEASE"', ...pack, ...digest, 'echo "sha512=${sha512%% *}" >> "$GITHUB_OUTPUT"']
}

function engineSteps({ engine, isMany }: TwoJobs): string {
  const source = isMany ? '-r "$RUNNER_TEMP/release"' : '"$RUNNER_TEMP/release/package.tgz"'
  return `      - name: Unpack the pinned engine
        env:
          ENGINE: ${engine.url}
          ENGINE_SHA512: ${engine.sha512}
        run: |
          mkdir "$RUNNER_TEMP/bonafide"
          cd "$RUNNER_TEMP/bonafide"
          curl -q --fail --silent --show-error --location --proto '=https' --output engine.tgz -- "$ENGINE"
          printf '%s  engine.tgz\\n' "$ENGINE_SHA512" | sha512sum --check --strict --quiet
          tar -xzf engine.tgz
      - name: Publish
        env:
          SHA512: \${{ needs.build.outputs.sha512 }}
        run: node "$RUNNER_TEMP/bonafide/package/bin/bonafide.js" publish ${source} --sha512 "$SHA512"
`
}

/** The same two jobs for GitLab, to be put into a pipeline by hand. */
export function twoJobPipeline({ build, isMany, environment, engine }: TwoJobs, audience: string): string {
  const publish = isMany ? '-r release' : 'release/package.tgz'
  const digest = isMany
    ? ['cd release', 'sha512sum -- *.tgz > SHA512SUMS', 'sha512=$(sha512sum < SHA512SUMS)', 'cd ..']
    : ['mv -- release/*.tgz release/package.tgz', 'sha512=$(sha512sum < release/package.tgz)']
  const lines = [
    ...build.setUp,
    build.install,
    ...build.scripts,
    // Outside of the project while packages are packed, since they would pack each other.
    'export RELEASE=$(mktemp -d)',
    ...build.pack,
    'mv -- "$RELEASE" release',
    ...digest,
    // No report of variables (dotenv): those outrank the variables of the next job, ENGINE among them, and code of others writes here.
    'echo "${sha512%% *}" > release.sha512',
  ]
  return `build:
  image: node:${NODE}
  rules:
    - if: $CI_COMMIT_TAG
  script:
${lines.map((line) => `    - ${JSON.stringify(line)}\n`).join('')}  artifacts:
    paths: [release, release.sha512]
publish:
  image: node:${NODE}
  needs: [build]
  rules:
    - if: $CI_COMMIT_TAG
  environment: ${environment}
  variables:
    GIT_STRATEGY: none
    ENGINE: ${engine.url}
    ENGINE_SHA512: ${engine.sha512}
  id_tokens:
    NPM_ID_TOKEN:
      aud: npm:${audience}
    SIGSTORE_ID_TOKEN:
      aud: sigstore
  script:
    - folder=$(mktemp -d)
    - curl -q --fail --silent --show-error --location --proto '=https' --output "$folder/engine.tgz" -- "$ENGINE"
    - printf '%s  %s\\n' "$ENGINE_SHA512" "$folder/engine.tgz" | sha512sum --check --strict --quiet
    - tar -xzf "$folder/engine.tgz" -C "$folder"
    - node "$folder/package/bin/bonafide.js" publish ${publish} --sha512 "$(cat release.sha512)"
`
}
