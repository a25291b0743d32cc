// SPDX-License-Identifier: Apache-2.0

const GITHUB_FOLDER = '/.github/workflows/'
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/u

/**
 * A workflow's URL without the ref it was taken at; the URL as it is where it does not end in one.
 *
 * File names and refs may both hold an `@`, so neither the first nor the last one divides them: a file `release.yml@evil.yml` must not
 * pass for `release.yml`. A GitHub workflow stands directly in its folder, so the text up to the next slash is `FILE@refs`, or
 * without any slash `FILE@COMMIT`. Elsewhere the ref has to be the one that the certificate names beside it.
 */
export function withoutRef(url: string, ref: string): string {
  const folder = url.indexOf(GITHUB_FOLDER)
  if (folder === -1) return url.endsWith(`@${ref}`) ? url.slice(0, -ref.length - 1) : url
  const slash = url.indexOf('/', folder + GITHUB_FOLDER.length)
  const at = slash === -1 ? url.lastIndexOf('@') : slash - '@refs'.length
  const isRef = slash === -1 ? COMMIT.test(url.slice(at + 1)) : url.slice(at, slash) === '@refs'
  return isRef ? url.slice(0, at) : url
}
