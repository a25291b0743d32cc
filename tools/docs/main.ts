// SPDX-License-Identifier: Apache-2.0
// Writes what GENERATED lists, and says what changed.
import { readFile, writeFile } from 'node:fs/promises'
import { GENERATED } from './generated.ts'

for (const { path, render } of GENERATED) {
  const file = new URL(`../../${path}`, import.meta.url)
  const current = await readFile(file, 'utf8').catch(() => '')
  const wanted = await render(current)
  if (wanted === current) continue
  await writeFile(file, wanted)
  console.log(`wrote ${path}`)
}
