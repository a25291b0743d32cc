// SPDX-License-Identifier: Apache-2.0
// The threads change how fast an answer comes, and nothing else about it.
import t from 'tap'
import { parseRegistryKeys, parseTrustedRoot, verifyDocument } from '@bonafide/attestation'
import type { Coordinate } from '@bonafide/core'
import { startSandbox } from '@bonafide/sandbox'
import type { Published } from '@bonafide/sandbox'
import { createVerifierPool } from '@bonafide/verify'

const NOW = new Date('2026-02-01T00:00:00Z')

interface Case {
  readonly coordinate: Coordinate
  readonly text: string
}

const sandbox = await startSandbox({ seed: 'pool' })
t.teardown(() => sandbox.close())
const published: Published[] = []
for (const name of ['a', 'b', 'c', 'd']) {
  published.push(await sandbox.publish({ name, version: '1.0.0', provenance: { repository: `o/${name}` } }))
}
const texts = { trustedRoot: sandbox.trustedRoot(), registryKeys: sandbox.registryKeys() }
const trust = { root: parseTrustedRoot(texts.trustedRoot), registryKeys: parseRegistryKeys(texts.registryKeys) }
// Every document for every coordinate: a quarter of them hold, the others are replays and have to be refused; and one is no document.
const cases: readonly Case[] = published.flatMap((coordinate) => [
  ...published.map(({ attestationsText }) => ({ coordinate, text: attestationsText ?? '' })),
  { coordinate, text: '{' },
])
const plain = ({ name, version, integrity }: Coordinate): Coordinate => ({ name, version, integrity })
const expected = cases.map(({ coordinate, text }) => verifyDocument(plain(coordinate), text, trust, NOW))

await t.test('threads give the answers that this thread gives, good and bad', async (check) => {
  const pool = createVerifierPool(trust, texts, { threads: 3, from: 2 })
  const answers = await Promise.all(cases.map(({ coordinate, text }) => pool.verify(plain(coordinate), text, NOW)))
  await pool.close()
  check.strictSame(answers, expected)
  check.equal(answers.filter(({ provenance, publish }) => provenance !== null && publish !== null).length, 4)
  check.equal(answers.filter(({ findings }) => findings.length > 0).length, 16)
})

await t.test('many documents verified here leave turns for the network in between', async (check) => {
  const pool = createVerifierPool(trust, texts, { threads: 0 })
  let turn = 0
  let isDone = false
  const count = (): void => {
    turn += 1
    if (!isDone) setImmediate(count)
  }
  setImmediate(count)
  const turns = await Promise.all(
    cases.map(async ({ coordinate, text }) => {
      await pool.verify(plain(coordinate), text, NOW)
      return turn
    }),
  )
  isDone = true
  check.equal(new Set(turns).size, cases.length)
})

await t.test('threads know the private roots, and for whom they speak', async (check) => {
  const own = await startSandbox({ seed: 'own' })
  check.teardown(() => own.close())
  const foreign: Published[] = []
  for (const name of ['@acme/x', '@acme-evil/x'])
    foreign.push(await own.publish({ name, version: '1.0.0', provenance: { repository: 'o/x' } }))
  const keys = { registryKeys: own.registryKeys() }
  const [text, scopes] = [own.trustedRoot(), ['@acme']]
  const whom = {
    ...trust,
    registryKeys: parseRegistryKeys(keys.registryKeys),
    privateRoots: [{ root: parseTrustedRoot(text), scopes }],
  }
  const pool = createVerifierPool(
    whom,
    { ...texts, ...keys, privateRoots: [{ text, scopes }] },
    { threads: 2, from: 1 },
  )
  const answers = await Promise.all(
    foreign.map((coordinate) => pool.verify(plain(coordinate), coordinate.attestationsText ?? '', NOW)),
  )
  await pool.close()
  check.strictSame(
    answers.map(({ provenance, publish }) => provenance !== null && publish !== null),
    [true, false],
  )
})

await t.test('threads that cannot start cost nothing but time', async (check) => {
  const pool = createVerifierPool(trust, { ...texts, trustedRoot: '{}' }, { threads: 2, from: 1 })
  const answers = await Promise.all(cases.map(({ coordinate, text }) => pool.verify(plain(coordinate), text, NOW)))
  check.strictSame(answers, expected, 'while they fail')
  const [first] = cases
  if (first === undefined) throw new Error('no case')
  check.strictSame(await pool.verify(plain(first.coordinate), first.text, NOW), expected[0], 'after they failed')
  await pool.close()
})

await t.test('threads that are ended in the middle of it lose no answer', async (check) => {
  const pool = createVerifierPool(trust, texts, { threads: 2, from: 1 })
  const answers = Promise.all(cases.map(({ coordinate, text }) => pool.verify(plain(coordinate), text, NOW)))
  await pool.close()
  check.strictSame(await answers, expected)
})
