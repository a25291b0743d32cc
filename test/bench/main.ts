// SPDX-License-Identifier: Apache-2.0
// `npm run bench`: prints what verifying and installing cost on this machine, as Markdown. Nothing is asserted but that the work is done.
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { holdContest } from './contenders.ts'
import type { Contest } from './contenders.ts'
import { measureLinear } from './linear.ts'
import { measurePairs } from './pairs.ts'
import type { ShapeName } from './package-shape.ts'
import { measureReading, serving } from './serving.ts'
import { contestTable, linearTable, pairTable, readingTable, shapeLine } from './tables.ts'

const { values } = parseArgs({
  options: {
    packages: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    sizes: { type: 'string', default: '1000,3000,10000' },
    only: { type: 'string', default: 'pair,usual,tiny,reading,linear' },
    commands: { type: 'string', default: 'npm ci,bonafide ci,npm audit signatures,bonafide verify' },
  },
})
const [packages, rounds] = [Number(values.packages), Number(values.rounds)]
const parts = values.only.split(',')
const [processor] = cpus()
const tell = (text: string): void => console.error(text)
const print = (lines: readonly string[]): void => console.log(`${lines.join('\n')}\n`)

print([
  `${availableParallelism()} cores (${processor?.model.trim() ?? 'unknown'}), Node.js ${process.version}, ${process.platform}; load at the start ${loadavg()[0]?.toFixed(1) ?? '?'}.`,
])
if (parts.includes('pair'))
  await serving('tiny', [packages], async ({ served }) => {
    print(pairTable(await measurePairs(served)))
  })
for (const shape of ['usual', 'tiny'] satisfies ShapeName[]) {
  if (!parts.includes(shape)) continue
  await serving(shape, [packages], ({ served }) => {
    const contests: readonly Contest[] = holdContest(served, values.commands.split(','), rounds, tell)
    print([shapeLine(served), '', ...contestTable(contests)])
  })
}
const sizes = values.sizes.split(',').map(Number)
if (parts.includes('reading')) print(readingTable(await measureReading(sizes)))
if (parts.includes('linear')) {
  await serving('tiny', sizes, async (asked) => {
    print(linearTable(await measureLinear(asked, sizes, tell)))
  })
}
