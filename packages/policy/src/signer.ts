// SPDX-License-Identifier: Apache-2.0
import type { Identity } from '@bonafide/attestation'

const GITHUB_FOLDER = '/.github/workflows/'
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/u

/**
 * The URL of the workflow that signed, without the ref it was taken at.
 *
 * File names and tags may both hold an `@`, so neither the first nor the last one divides them. A GitHub workflow stands directly
 * in its folder: up to the first slash the text is `FILE@refs`, or without any slash `FILE@COMMIT`. Elsewhere the ref is the one
 * that the certificate names beside it. A URL of neither form stays whole, which can only make a comparison fail.
 */
export function signerWorkflow(identity: Pick<Identity, 'signer' | 'ref'>): string {
  const { signer, ref } = identity
  const folder = signer.indexOf(GITHUB_FOLDER)
  if (folder === -1) return signer.endsWith(`@${ref}`) ? signer.slice(0, -ref.length - 1) : signer
  const slash = signer.indexOf('/', folder + GITHUB_FOLDER.length)
  const at = slash === -1 ? signer.lastIndexOf('@') : slash - '@refs'.length
  const taken = slash === -1 ? COMMIT.test(signer.slice(at + 1)) : signer.slice(at, slash) === '@refs'
  return taken ? signer.slice(0, at) : signer
}
