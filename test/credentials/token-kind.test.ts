// SPDX-License-Identifier: Apache-2.0
// A thousand tokens of each kind and a thousand near misses of each. No token is printed, whatever fails.
import { TOKEN_KINDS, classifyPassword, classifyToken } from '@bonafide/credentials'
import type { TokenKind } from '@bonafide/credentials'
import t from 'tap'
import { Chance, MAKERS, nearMisses } from './random-tokens.ts'

const MANY = 1000
const KINDS = TOKEN_KINDS.filter((kind) => kind !== 'basic' && kind !== 'unknown')

await t.test('a thousand tokens of each kind are told by their shape', async (check) => {
  for (const kind of KINDS) {
    const chance = new Chance(`tokens ${kind}`)
    const makers = MAKERS[kind]
    const told = tally(
      Array.from({ length: MANY }, (_, index) => classifyToken(makers[index % makers.length]?.(chance) ?? '')),
    )
    check.strictSame(told, new Map([[kind, MANY]]), kind)
  }
})

await t.test('a thousand near misses of each kind are nothing that is known', async (check) => {
  for (const kind of KINDS) {
    const chance = new Chance(`near ${kind}`)
    const makers = MAKERS[kind]
    const wrong: string[] = []
    for (let index = 0; index < MANY; index += 1) {
      const ways = nearMisses(kind, makers[index % makers.length]?.(chance) ?? '')
      const way = Math.floor(index / makers.length) % ways.length
      const told = classifyToken(ways[way]?.(chance) ?? '')
      // A token of npm's with one character off is told as such; of all others nothing remains.
      const wanted = kind === 'npm' && told === 'npm-wrong-checksum' ? told : 'unknown'
      if (told !== wanted) wrong.push(`${index}: way ${way} of ${kind} is told as ${told}`)
    }
    check.strictSame(wrong, [], kind)
  }
})

await t.test('one character off, and a token of the public registry is none', async (check) => {
  const chance = new Chance('one off')
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const told: TokenKind[] = []
  for (let index = 0; index < MANY; index += 1) {
    const token = MAKERS.npm[0]?.(chance) ?? ''
    const at = 4 + (index % 36)
    const other = chance.pick(alphabet.replace(token.charAt(at), ''))
    told.push(classifyToken(`${token.slice(0, at)}${other}${token.slice(at + 1)}`))
  }
  check.strictSame(tally(told), new Map([['npm-wrong-checksum', MANY]]))
})

await t.test('a password is a password, unless it is a token that is used as one', async (check) => {
  const chance = new Chance('passwords')
  for (const kind of KINDS) check.equal(classifyPassword(MAKERS[kind][0]?.(chance) ?? ''), kind)
  const passwords = Array.from({ length: MANY }, () => chance.text('abc XYZ019!$%&/()=?{}', 1 + chance.below(40)))
  check.strictSame(tally(passwords.map(classifyPassword)), new Map([['basic', MANY]]))
})

function tally(kinds: readonly TokenKind[]): ReadonlyMap<TokenKind, number> {
  const counts = new Map<TokenKind, number>()
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}
