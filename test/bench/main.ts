// SPDX-License-Identifier: Apache-2.0
// `npm run bench -- --packages N`: prints what verification costs on this machine, as Markdown. Nothing is asserted but that it verifies.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measureCommand } from './command.ts'
import type { CommandCosts } from './command.ts'
import { measurePairs } from './pairs.ts'
import type { PairCosts } from './pairs.ts'
import type { ServedRegistry } from './served-registry.ts'

const { values } = parseArgs({ options: { packages: { type: 'string', default: '1000' } } })
const registry = fork(fileURLToPath(new URL('served-registry.ts', import.meta.url)), [values.packages])
try {
  const served = await servedBy(registry)
  const pairs = measurePairs(served)
  const plain = measureCommand(served)
  const withTarballs = measureCommand(served, ['--tarballs'])
  const [processor] = cpus()
  console.log(
    [
      `${served.versions.length} packages with provenance and a publish attestation each.`,
      `${availableParallelism()} cores (${processor?.model.trim() ?? 'unknown'}), Node.js ${process.version}, ${process.platform}.`,
      '',
      ...pairTable(pairs),
      '',
      ...commandTable(plain.cold, plain.warm),
      '',
      ...commandTable(withTarballs.cold, withTarballs.warm, ' --tarballs'),
    ].join('\n'),
  )
} finally {
  registry.disconnect()
}

function servedBy(child: ChildProcess): Promise<ServedRegistry> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as ServedRegistry))
    child.once('error', reject)
    child.once('exit', () => reject(new Error('the registry ended before it served')))
  })
}

function pairTable({ ours, stock, bound }: PairCosts): readonly string[] {
  return [
    '| one pair, processor time | ms | of the stock verifier |',
    '|---|---|---|',
    ...(
      [
        ['bonafide', ours],
        ['@sigstore/verify alone', stock],
        ['the bound: 7 P-256 and 1 P-384 signatures', bound],
      ] as const
    ).map(([what, cost]) => `| ${what} | ${cost.toFixed(2)} | ${(cost / stock).toFixed(2)} |`),
  ]
}

function commandTable(cold: CommandCosts, warm: CommandCosts, more = ''): readonly string[] {
  return [
    `| \`bonafide verify --json${more}\` | wall, s | processor, s | peak memory, MB |`,
    '|---|---|---|---|',
    ...(
      [
        ['empty cache', cold],
        ['second run', warm],
      ] as const
    ).map(
      ([what, { wall, processor, memory }]) =>
        `| ${what} | ${(wall / 1000).toFixed(2)} | ${(processor / 1000).toFixed(2)} | ${memory.toFixed(0)} |`,
    ),
  ]
}
