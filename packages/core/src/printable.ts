// SPDX-License-Identifier: Apache-2.0

// Controls (terminal escapes), line and paragraph separators, half characters, and what is not seen or turns the direction of writing: a
// ref or a package's name must not be able to repaint the verdict above it. And the two words by which CI systems take a line of a log for a
// command, wherever in the line it stands: `::error::`, `##[error]`, `##vso[`, `##teamcity[`.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?<=:):|(?<=#)#/gu

/** Makes foreign text safe to print: what a terminal or a CI system would obey is shown as `\u{…}`. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}
