// SPDX-License-Identifier: Apache-2.0
import t from 'tap'
import { describeTally, flipBytes } from '../fuzz/flips.ts'
import { genuineDocuments } from '../fuzz/genuine.ts'

const FLIPS = 4000
const SEED = 20_261_123

await t.test('a changed byte is refused, or changes nothing that anybody says', async (rule) => {
  const documents = await genuineDocuments()
  rule.ok(documents.length >= 3)
  const tally = flipBytes(documents, FLIPS, SEED)
  for (const line of describeTally(tally)) rule.comment(line)
  rule.strictSame(tally.failures, [])
  rule.equal(tally.flips, FLIPS)
  // The flips reach both kinds of region, or this test would say nothing.
  rule.ok(tally.signed > FLIPS / 2)
  rule.ok(tally.refused > tally.signed - tally.sameBytes - 1)
  rule.ok((tally.same.get('unsigned') ?? 0) > 0)
})
