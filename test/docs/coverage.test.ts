// SPDX-License-Identifier: Apache-2.0
// docs/coverage.md promises by the name of a test: each of them is there.
import { readFile } from 'node:fs/promises'
import t from 'tap'

const root = new URL('../../', import.meta.url)
const text = await readFile(new URL('docs/coverage.md', root), 'utf8')
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8').catch(() => '')

await t.test('every row of docs/coverage.md names what shows it, and that is there', async (check) => {
  const table = text.slice(text.indexOf('| manager |'), text.indexOf('\n\n', text.indexOf('| manager |')))
  const rows = table.split('\n').slice(2)
  check.ok(rows.length > 20)
  for (const row of rows) {
    const [, manager = '', command = '', what = '', shown = '', ...more] = row
      .split(' | ')
      .flatMap((cell, nth) => (nth === 0 ? ['', cell.slice(2)] : [cell]))
    check.strictSame(more, [], row)
    check.match(what, /^(?:blocked|verified only|not covered|not installed|installed and not verified)\b/u, row)
    const named = [...shown.matchAll(/`(test\/[^`]+)`(?:: “([^”]+)”)?/gu)]
    check.ok(named.length > 0 || shown.startsWith('none'), `${manager}, ${command}: ${shown}`)
    for (const [, file = '', title = ''] of named) {
      const source = await read(file)
      check.not(source, '', file)
      check.ok(source.includes(title), `${file} has a test “${title}”`)
    }
  }
})
