// SPDX-License-Identifier: Apache-2.0

/** The release line of an exact version: its major, and for 0.x the major and the minor. */
export function releaseLine(version: string): string {
  const [major = '', minor = ''] = version.split(/[.+-]/u, 2)
  return major === '0' ? `0.${minor}` : major
}

/** Orders release lines by their numbers. */
export function compareLines(left: string, right: string): number {
  const [leftMajor = '', leftMinor = ''] = left.split('.')
  const [rightMajor = '', rightMinor = ''] = right.split('.')
  return compareNumbers(leftMajor, rightMajor) || compareNumbers(leftMinor, rightMinor)
}

// Digits without leading zeros: the longer is the larger, of any size.
function compareNumbers(left: string, right: string): number {
  if (left.length !== right.length) return left.length - right.length
  return left === right ? 0 : left < right ? -1 : 1
}
