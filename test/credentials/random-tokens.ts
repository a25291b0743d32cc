// SPDX-License-Identifier: Apache-2.0
// Tokens of each kind and what only looks like them, made by chance from a seed: none is anybody's, and none stands in a file.
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { TokenKind } from '@bonafide/credentials'

const DIGITS = '0123456789'
const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const BASE62 = `${DIGITS}${LOWER.toUpperCase()}${LOWER}`
const BASE64URL = `${BASE62}-_`
const HEX = `${DIGITS}abcdef`

/** The same numbers for the same seed: a linear congruential generator, of whose states the upper half is used. */
export class Chance {
  #state: bigint

  constructor(seed: string) {
    this.#state = createHash('sha256').update(seed).digest().readBigUInt64BE()
  }

  /** A whole number below an end. */
  below(end: number): number {
    this.#state = (this.#state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn
    return Number(this.#state >> 33n) % end
  }

  pick<T>(from: ArrayLike<T>): T {
    return from[this.below(from.length)] as T
  }

  text(alphabet: string, length: number): string {
    return Array.from({ length }, () => this.pick(alphabet)).join('')
  }
}

/** How a token of a kind is made. */
export type Make = (chance: Chance) => string

/** A right one of each kind, in each of its forms. What is `basic` only its place tells, and `unknown` is everything else. */
export const MAKERS: Readonly<Record<Exclude<TokenKind, 'basic' | 'unknown'>, readonly Make[]>> = {
  npm: [(chance) => withChecksum('npm_', chance.text(BASE62, 30))],
  'npm-wrong-checksum': [(chance) => spoilt(withChecksum('npm_', chance.text(BASE62, 30)), chance)],
  uuid: [uuid, (chance) => uuid(chance).toUpperCase()],
  jwt: [(chance) => jwt(chance), (chance) => jwt(chance, { exp: undefined, iat: undefined })],
  github: [
    (chance) => withChecksum(`gh${chance.pick('oprsu')}_`, chance.text(BASE62, 30)),
    (chance) => `github_pat_${chance.text(BASE62, 22)}_${chance.text(BASE62, 59)}`,
    (chance) => `ghs_${chance.below(9_999_999)}_${jwt(chance)}`,
  ],
  gitlab: [
    (chance) => `gl${chance.pick(['pat', 'dt'])}-${chance.text(BASE64URL, 20)}`,
    (chance) => routable(chance, '.01'),
    (chance) => routable(chance, ''),
  ],
  'gitlab-job': [
    (chance) => `glcbt-${chance.text(HEX, 1 + chance.below(5))}_${chance.text(BASE64URL, 20)}`,
    (chance) => `glcbt-${jwt(chance)}`,
  ],
  codeartifact: [(chance) => encrypted(chance)],
  'jfrog-reference': [(chance) => `cmVmd${chance.text(BASE62, 59)}`],
  'jfrog-api-key': [(chance) => `AKCp${chance.text(BASE62, 69)}`],
  azure: [
    (chance) => `${chance.text(BASE62, 76)}AZDO${chance.text(BASE62, 4)}`,
    (chance) => chance.text(`${LOWER}234567`, 52),
  ],
  google: [(chance) => `ya29.${chance.text(BASE64URL, 40 + chance.below(200))}`],
  nexus: [(chance) => `NpmToken.${uuid(chance)}`],
  buildkite: [(chance) => `bkua_${chance.text(HEX, 40)}`],
  'setup-node-dummy': [() => ['X', 'X', 'X', 'X'].map((letter) => letter.repeat(5)).join('-')],
  unexpanded: [
    (chance) => `\${${chance.text(`${LOWER.toUpperCase()}_`, 1 + chance.below(20))}}`,
    (chance) => `\${${chance.text(LOWER, 5)}?}`,
  ],
  phantom: [(chance) => `bonafide_phantom_${chance.text(BASE62, 43)}`],
}

/** What is nearly one of a kind: each a way of missing it. What becomes of it is told, since one may hit another kind. */
export function nearMisses(kind: keyof typeof MAKERS, token: string): readonly ((chance: Chance) => string)[] {
  const around = [
    (chance: Chance) => `${chance.pick(['"', "'", ' ', '=', '\n', '\u{feff}', '.'])}${token}`,
    (chance: Chance) => `${token}${chance.pick(['"', "'", ' ', '\n', ';', '%', '\0', '.'])}`,
    // A Cyrillic letter that looks like the Latin one, and a digit of another script.
    (chance: Chance) =>
      replaceAt(
        token,
        chance.below(kind === 'unexpanded' ? 2 : token.length),
        chance.pick(['\u{430}', '\u{661}', '*']),
      ),
    () => Buffer.from(token).toString('base64'),
    () => '',
  ]
  const cut = [
    (chance: Chance) => token.slice(0, chance.below(4)),
    (chance: Chance) => token.slice(1 + chance.below(3)),
  ]
  switch (kind) {
    case 'npm':
    case 'npm-wrong-checksum':
      return [
        ...around,
        ...cut,
        (chance) => `${token}${chance.pick(BASE62)}`,
        () => token.slice(0, -1),
        () => token.toUpperCase(),
        () => token.replace('npm_', 'npm-'),
        () => token.replace('npm_', 'nmp_'),
      ]
    case 'jwt':
      return [
        ...around,
        ...cut,
        // Without a signature, with a short one, with a fourth part; with an object that is none.
        () => token.slice(0, token.lastIndexOf('.') + 1),
        () => token.slice(0, token.lastIndexOf('.') + 20),
        (chance) => `${token}.${chance.text(BASE64URL, 43)}`,
        () => token.split('.').slice(1).join('.'),
        (chance) => jwt(chance, {}, { alg: 'none' }),
        (chance) => [part({ alg: 'RS256' }), part('text'), chance.text(BASE64URL, 43)].join('.'),
        (chance) => [part({ alg: 'RS256' }), rawPart('{"exp":1,"exp":2}'), chance.text(BASE64URL, 43)].join('.'),
      ]
    case 'codeartifact':
      return [
        ...around,
        ...cut,
        () => token.split('.').slice(0, 4).join('.'),
        (chance) => `${token}.${chance.text(BASE64URL, 8)}`,
        (chance) => encrypted(chance, { isu: undefined }),
        (chance) => encrypted(chance, { exp: 'soon' }),
        (chance) => encrypted(chance, { enc: undefined }),
      ]
    case 'google':
    case 'buildkite':
    case 'phantom':
      return [...around, ...cut, (chance) => token.slice(0, 10 + chance.below(10))]
    case 'unexpanded':
    case 'setup-node-dummy':
      return [...around, ...cut, () => `${token}${token}`, () => token.slice(0, -1), () => `x${token}`]
    case 'github':
      return token.includes('.') || token.startsWith('github_pat_')
        ? [...around, ...cut]
        : [...around, ...cut, (chance) => `${token}${chance.pick(BASE62)}`, (chance) => spoilt(token, chance)]
    case 'gitlab':
      return token.split('.').length > 1
        ? [...around, ...cut, (chance) => spoiltPayload(token, chance), () => token.slice(0, -1)]
        : [...around, ...cut, (chance) => `${token}${chance.pick(BASE62)}`, () => token.slice(0, -1)]
    case 'gitlab-job':
      return token.includes('.')
        ? [...around, ...cut, () => token.slice(0, token.lastIndexOf('.'))]
        : [...around, ...cut, (chance) => `${token}${chance.pick(BASE62)}`, () => token.slice(0, -1)]
    case 'uuid':
    case 'jfrog-reference':
    case 'jfrog-api-key':
    case 'azure':
    case 'nexus':
      return [...around, ...cut, () => `${token}0`, () => token.slice(0, -1)]
    default:
      throw new TypeError(`no such kind: ${String(kind satisfies never)}`)
  }
}

/** A token that says of itself when it was made and when it ends. */
export function jwt(chance: Chance, claims: object = {}, header: object = {}): string {
  const made = 1_700_000_000 + chance.below(90_000_000)
  return [
    part({ typ: 'JWT', alg: 'RS256', kid: chance.text(BASE64URL, 10), ...header }),
    part({ iss: 'https://registry.example', sub: 'ci', iat: made, exp: made + 3600, ...claims }),
    chance.text(BASE64URL, 342),
  ].join('.')
}

/** A token of AWS CodeArtifact: all but the header is encrypted. */
export function encrypted(chance: Chance, header: object = {}): string {
  const made = 1_700_000_000 + chance.below(90_000_000)
  return [
    part({
      ver: 1,
      isu: made,
      enc: 'A128GCM',
      tag: chance.text(BASE64URL, 22),
      exp: made + 43_200,
      alg: 'A128GCMKW',
      ...header,
    }),
    chance.text(BASE64URL, 22),
    chance.text(BASE64URL, 16),
    chance.text(BASE64URL, 500),
    chance.text(BASE64URL, 22),
  ].join('.')
}

function uuid(chance: Chance): string {
  return [8, 4, 4, 4, 12].map((length) => chance.text(HEX, length)).join('-')
}

function withChecksum(prefix: string, random: string): string {
  let [rest, digits] = [BigInt(crc32(random)), '']
  for (let place = 0; place < 6; place += 1) {
    digits = `${BASE62.charAt(Number(rest % 62n))}${digits}`
    rest /= 62n
  }
  return `${prefix}${random}${digits}`
}

function routable(chance: Chance, version: string): string {
  const payload = chance.text(BASE64URL, 27 + chance.below(100))
  const body = `glpat-${payload}${version}.${payload.length.toString(36).padStart(2, '0')}`
  return `${body}${crc32(body).toString(36).padStart(7, '0')}`
}

/** One character off, behind the prefix. */
function spoilt(token: string, chance: Chance): string {
  const at = token.length - 1 - chance.below(36)
  const other = BASE62.replace(token.charAt(at), '')
  return replaceAt(token, at, chance.pick(other))
}

function spoiltPayload(token: string, chance: Chance): string {
  const at = 6 + chance.below(20)
  return replaceAt(token, at, chance.pick(BASE62.replace(token.charAt(at), '')))
}

function replaceAt(text: string, at: number, character: string): string {
  return `${text.slice(0, at)}${character}${text.slice(at + 1)}`
}

function part(value: unknown): string {
  return rawPart(JSON.stringify(value))
}

function rawPart(text: string): string {
  return Buffer.from(text).toString('base64url')
}
