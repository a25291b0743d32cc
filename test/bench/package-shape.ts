// SPDX-License-Identifier: Apache-2.0
// What the packages of the bench look like. Ratios to `npm ci` depend on it, so it is printed beside them.

/** How many files a package has, how large they are, and how many versions came before. */
export type ShapeName = 'usual' | 'tiny'

/** What one package is made of. */
export interface PackageShape {
  /** Its files beside `package.json` and `index.js`. */
  readonly files: Readonly<Record<string, string>>
  /** How many earlier versions its metadata lists. */
  readonly earlier: number
}

// Half of the 351 packages that bonafide itself is built from have 10 files or fewer and 33 kB or less; the largest tenth has more than 75
// files, and almost all of the bytes. These are log-normal distributions with the same middle and the same tenth.
const FILES = { median: 8, spread: 1.58 }
const FILE_SIZE = { median: 3400, spread: 1.1 }
const EARLIER = { median: 20, spread: 1 }
const MAX_FILES = 500
const MAX_SIZE = 5_000_000
const MAX_EARLIER = 400

/** The package of a number: the same number gives the same package. */
export function packageShape(name: ShapeName, index: number): PackageShape {
  if (name === 'tiny') return { files: {}, earlier: 0 }
  const random = randomOf(index)
  const draw = ({ median, spread }: typeof FILES, most: number): number =>
    Math.min(most, Math.max(1, Math.round(median * Math.exp(spread * normal(random)))))
  const count = draw(FILES, MAX_FILES)
  const size = Math.min(draw(FILE_SIZE, MAX_SIZE), MAX_SIZE / count)
  const files = Array.from({ length: count }, (_, file): readonly [string, string] => [
    `lib/part-${Math.floor(file / 20)}/module-${file}.js`,
    excerpt(random, Math.round(size * (0.5 + random()))),
  ])
  return { files: Object.fromEntries(files), earlier: draw(EARLIER, MAX_EARLIER) }
}

// Mulberry32, for shapes that do not change from run to run.
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

// Box and Muller.
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

const WORDS = 'const let return function export import from if else for of new this value name index length map filter'
const TEXT = madeUpCode()

function excerpt(random: () => number, size: number): string {
  const start = Math.floor(random() * (TEXT.length / 2))
  const text = TEXT.slice(start, start + size)
  return text.length < size ? text + TEXT.slice(0, size - text.length) : text
}

// Shrinks to about a fourth, as code does.
function madeUpCode(): string {
  const random = randomOf(7)
  const words = [
    ...WORDS.split(' '),
    ...Array.from({ length: 3000 }, () => Math.floor(random() * 60_466_176).toString(36)),
  ]
  const parts: string[] = []
  for (let length = 0; length < 2 * MAX_SIZE;) {
    const word = words[Math.floor(random() ** 12 * words.length)] ?? ''
    const part = random() < 0.1 ? `${word};\n  ` : random() < 0.3 ? `${word}(` : `${word} `
    parts.push(part)
    length += part.length
  }
  return parts.join('')
}
