// SPDX-License-Identifier: Apache-2.0
// Repositories of a few files for tests of the doctor: an honest one, and edits that make it another.
import { DEFAULT_PUBLISH_POLICY } from '@bonafide/policy'
import type { PublishPolicy } from '@bonafide/policy'
import { examineFiles } from '@bonafide/publish'
import type { RepositoryFiles } from '@bonafide/publish'

/** A commit that stands for any. */
export const COMMIT = '0123456789abcdef0123456789abcdef01234567'

/** Where the honest workflow lies. */
export const RELEASE = '.github/workflows/release.yml'

/** A release in two jobs, as `--fix` writes it in the large. */
export const HONEST = `name: release
on:
  push:
    tags: ['v*']
permissions: {}
jobs:
  build:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@${COMMIT} # v6.0.1
        with:
          persist-credentials: false
      - run: npm ci
      - run: npm test
      - run: npm pack
  publish:
    needs: build
    runs-on: ubuntu-latest
    environment: release
    permissions:
      id-token: write
    steps:
      - uses: actions/download-artifact@${COMMIT} # v8.0.1
      - run: bonafide publish paint-1.0.0.tgz --sha512 "$SHA512"
`

/** An honest package. */
export const MANIFEST = `{
  "name": "paint",
  "version": "1.0.0",
  "repository": "github:paint/paint",
  "files": ["dist"],
  "scripts": { "prepublishOnly": "bonafide guard" }
}
`

/** The files of a repository by their paths. */
export type Files = Readonly<Record<string, string>>

/** An honest repository with some files in place of its own. */
export function repository(files: Files = {}): Files {
  return { [RELEASE]: HONEST, 'package.json': MANIFEST, ...files }
}

/** A text with one place changed. Throws where the place is not there: the test would show nothing. */
export function edited(text: string, ...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((before, [from, to]) => {
    if (before.split(from).length !== 2) throw new Error(`not exactly once in the text: ${from}`)
    return before.replace(from, () => to)
  }, text)
}

/** Those files as the doctor sees them. */
export function viewOf(files: Files): RepositoryFiles {
  const paths = Object.keys(files)
  return {
    read: (path) => files[path] ?? null,
    list: (folder) => {
      const prefix = folder === '' ? '' : `${folder}/`
      const below = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length))
      return [...new Set(below.map((path) => path.split('/')[0] ?? ''))].toSorted()
    },
  }
}

/** What the doctor says of some files: `level code path:line`, sorted. */
export function diagnose(files: Files, policy: Partial<PublishPolicy> = {}): readonly string[] {
  const { findings } = examine(files, policy)
  const said = findings.map(({ level, code, where }) => {
    const place = where?.kind === 'file' ? `${where.path}:${where.line ?? '?'}` : ''
    return `${level} ${code} ${place}`
  })
  return [...new Set(said)].toSorted()
}

/** All that the doctor finds in some files. */
export function examine(files: Files, policy: Partial<PublishPolicy> = {}): ReturnType<typeof examineFiles> {
  const remote = 'https://github.com/paint/paint'
  return examineFiles(viewOf(files), { policy: { ...DEFAULT_PUBLISH_POLICY, ...policy }, remote })
}
