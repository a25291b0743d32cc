// SPDX-License-Identifier: Apache-2.0
// What was measured, as Markdown.
import type { Contest } from './contenders.ts'
import type { CommandCosts } from './command.ts'
import type { LinearCosts } from './linear.ts'
import type { PairCosts } from './pairs.ts'
import type { ReadingCosts } from './reading.ts'
import type { ServedRegistry } from './served-registry.ts'

/** What one pair of attestations costs. */
export function pairTable({ ours, stock, bound }: PairCosts): readonly string[] {
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

/** What kind of packages were measured. */
export function shapeLine({ versions }: ServedRegistry): string {
  const mean = (of: (version: ServedRegistry['versions'][number]) => number): number =>
    versions.reduce((sum, version) => sum + of(version), 0) / versions.length
  return [
    `${versions.length} packages, each with provenance and a publish attestation;`,
    `on average ${mean(({ files }) => files).toFixed(0)} files, ${kilobytes(mean(({ unpacked }) => unpacked))} unpacked,`,
    `${kilobytes(mean(({ packed }) => packed))} packed.`,
  ].join(' ')
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`
}

/** Each command beside the one before it in wall time, where they do the same. */
export function contestTable(contests: readonly Contest[]): readonly string[] {
  const rival = (command: string): Contest | undefined => {
    const name = command === 'bonafide ci' ? 'npm ci' : command.startsWith('bonafide') ? 'npm audit signatures' : ''
    return contests.find((other) => other.command === name)
  }
  return [
    '| command | cache | wall, s | processor, s | peak memory, MB | wall beside npm |',
    '|---|---|---|---|---|---|',
    ...contests.flatMap((contest) =>
      (['cold', 'warm'] as const).map((state) => {
        const beside = rival(contest.command)
        const ratio = beside === undefined ? '' : (contest[state].wall / beside[state].wall).toFixed(2)
        return `| \`${contest.command}\` | ${state} | ${numbers(contest[state])} | ${ratio} |`
      }),
    ),
  ]
}

/** Time and memory by the number of entries. */
export function linearTable(all: readonly LinearCosts[]): readonly string[] {
  return [
    '| entries | cache | wall, s | processor, s | peak memory, MB | processor, ms an entry | requests an entry |',
    '|---|---|---|---|---|---|---|',
    ...all.flatMap((costs) =>
      (['cold', 'warm'] as const).map((state) => {
        const { processor, requests } = costs[state]
        const each = `${(processor / costs.entries).toFixed(2)} | ${(requests / costs.entries).toFixed(2)}`
        return `| ${costs.entries} | ${state} | ${numbers(costs[state])} | ${each} |`
      }),
    ),
  ]
}

/** What reading costs, by manager and number of entries. */
export function readingTable(all: readonly ReadingCosts[]): readonly string[] {
  return [
    '| lockfile of | entries | processor, ms | microseconds an entry | held, MB |',
    '|---|---|---|---|---|',
    ...all.map(({ manager, entries, processor, memory }) => {
      const each = ((processor * 1000) / entries).toFixed(0)
      return `| ${manager} | ${entries} | ${processor.toFixed(0)} | ${each} | ${memory.toFixed(1)} |`
    }),
  ]
}

function numbers({ wall, processor, memory }: CommandCosts): string {
  return `${(wall / 1000).toFixed(2)} | ${(processor / 1000).toFixed(2)} | ${memory.toFixed(0)}`
}
