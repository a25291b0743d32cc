// SPDX-License-Identifier: Apache-2.0
// `npm run noise [-- --write]`: replays what is recorded, and prints the tables of docs/false-positives.md or writes them there.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { noCorpus } from '../support/corpus.ts'
import { measure } from './measure.ts'
import { fillPage, renderTables } from './tables.ts'

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })
if (noCorpus === false) {
  const tables = renderTables(await measure())
  if (values.write) {
    const page = fileURLToPath(new URL('../../docs/false-positives.md', import.meta.url))
    writeFileSync(page, fillPage(readFileSync(page, 'utf8'), tables))
  } else {
    for (const [name, table] of tables) console.log(`${name}\n\n${table}\n`)
  }
} else {
  console.error(`bonafide: ${noCorpus}`)
  process.exitCode = 1
}
