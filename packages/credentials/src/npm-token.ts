// SPDX-License-Identifier: Apache-2.0
import { crc32 } from 'node:zlib'

// https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/: a prefix, what is random, and a checksum of that in the same
// alphabet.
const TOKEN = /^npm_(?<random>[0-9A-Za-z]{30})(?<checksum>[0-9A-Za-z]{6})$/u
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** What the shape of an npm token tells: whether it is one, and whether its checksum is right. */
export type NpmTokenShape = 'none' | 'wrong-checksum' | 'valid'

/** The shape of a text that may be a token of the public registry. Nothing but the token may stand in it. */
export function npmTokenShape(text: string): NpmTokenShape {
  const { random, checksum } = TOKEN.exec(text)?.groups ?? {}
  if (random === undefined || checksum === undefined) return 'none'
  return checksumOf(random, 6) === checksum ? 'valid' : 'wrong-checksum'
}

/** Whether a text is a token of the public registry, by its checksum: none that a scanner takes for one by its looks. */
export function isNpmToken(text: string): boolean {
  return npmTokenShape(text) === 'valid'
}

/** The CRC-32 of a text in base 62, padded on the left with `0`. */
export function checksumOf(text: string, length: number): string {
  let [rest, digits] = [crc32(text), '']
  while (rest > 0) {
    digits = `${BASE62.charAt(rest % 62)}${digits}`
    rest = Math.floor(rest / 62)
  }
  return digits.padStart(length, '0')
}
