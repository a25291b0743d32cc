// SPDX-License-Identifier: Apache-2.0
// The line that CI reads: it must not say "0 failed" of a run in which something did.
import { text } from 'node:stream/consumers'
import type { Transform } from 'node:stream'
import t from 'tap'
import { root } from './repository.ts'

const { default: Summary } = (await import(`${root}tools/reporter.mjs`)) as { readonly default: new () => Transform }

async function lastLine(output: string): Promise<string | undefined> {
  const reporter = new Summary()
  // In two pieces, cut in the middle of a line.
  reporter.write(output.slice(0, output.length / 2))
  reporter.end(output.slice(output.length / 2))
  return (await text(reporter)).split('\n').at(-2)
}

const totals = (counts: string): string => `# { total: 9, ${counts} }\n# time=1ms\n`

await t.test('the sum is what tap counted', async (check) => {
  const passed = '# Subtest: a.test.ts\n    ok 1 - x\nok 1 - a.test.ts # time=1ms\n'
  check.equal(await lastLine(passed + totals('pass: 12, skip: 3')), '12 passed, 0 failed, 3 skipped')
  const failed = '# Subtest: a.test.ts\n    not ok 1 - x\nnot ok 1 - a.test.ts\n'
  check.equal(await lastLine(failed + totals('pass: 4, fail: 1')), '4 passed, 1 failed, 0 skipped', 'and no more')
  const todo = '# Subtest: a.test.ts\n    ok 1 - x\nnot ok 1 - a.test.ts # TODO\n'
  check.equal(await lastLine(todo + totals('pass: 1, todo: 1')), '1 passed, 0 failed, 0 skipped')
})

await t.test('what tap does not count is counted', async (check) => {
  const killed = '# Subtest: a.test.ts\n    ok 1 - x\n    # test count(1) != plan(null)\nnot ok 1 - a.test.ts\n'
  check.equal(await lastLine(killed + totals('pass: 1')), '1 passed, 1 failed, 0 skipped', 'a file that was killed')
  check.equal(await lastLine(killed), '0 passed, 1 failed, 0 skipped', 'a tap that was killed')
  check.equal(await lastLine(''), '0 passed, 1 failed, 0 skipped', 'no output at all')
})
