// SPDX-License-Identifier: Apache-2.0

/** Whether what stands behind `uses:` can become another thing without a change here: a tag, a branch, a short commit, an image's tag. */
export function isLoose(uses: string): boolean {
  if (uses.startsWith('docker://')) return !/@sha256:[0-9a-f]{64}$/u.test(uses)
  if (uses.startsWith('./') || uses.startsWith('$')) return false
  return !/@[0-9a-f]{40}(?:[0-9a-f]{24})?$/u.test(uses)
}

/** The owner of an action. */
export function ownerOf(uses: string): string {
  return uses.split('/')[0] ?? ''
}
