// SPDX-License-Identifier: Apache-2.0
// What a pair of provenance and publish attestation costs, in processor time: with our code, with the stock one, and at the least.
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { parseRegistryKeys, parseTrustedRoot, verifyDocument } from '@bonafide/attestation'
import type { Trust } from '@bonafide/attestation'
import { parseIntegrity } from '@bonafide/core'
import type { Coordinate } from '@bonafide/core'
import { stockVerifier } from '../support/stock-verifier.ts'
import type { ServedRegistry } from './served-registry.ts'

/** Milliseconds of processor time for one pair. */
export interface PairCosts {
  readonly ours: number
  readonly stock: number
  /** Seven P-256 verifications and one of P-384, which no verifier can leave out. */
  readonly bound: number
}

const ROUNDS = 5

interface Version extends Pick<ServedRegistry['versions'][number], 'name' | 'version' | 'integrity'> {
  readonly text: string
}

/** Measures both verifiers on the same documents in turn, and takes the best round of each. */
export async function measurePairs(served: ServedRegistry): Promise<PairCosts> {
  const versions: Version[] = []
  for (const { name, version, integrity } of served.versions) {
    const document = await fetch(`${served.registryUrl}-/npm/v1/attestations/${name}@${version}`)
    versions.push({ name, version, integrity, text: await document.text() })
  }
  const trust: Trust = {
    root: parseTrustedRoot(served.trustedRoot),
    registryKeys: parseRegistryKeys(served.registryKeys),
  }
  const now = new Date(served.now)
  const coordinates = versions.map(toCoordinate)
  const stock = stockVerifier(served.trustedRoot, served.registryKeys)
  const ours = (): void => {
    for (const [index, { name, text }] of versions.entries()) {
      const coordinate = coordinates[index]
      if (coordinate === undefined) throw new Error('no coordinate')
      const { provenance, publish, findings } = verifyDocument(coordinate, text, trust, now)
      if (provenance === null || publish === null || findings.length > 0) throw new Error(`${name} is not trusted`)
    }
  }
  const theirs = (): void => {
    for (const { name, text } of versions) {
      const { attestations } = JSON.parse(text) as { attestations: { bundle: unknown }[] }
      for (const { bundle } of attestations) if ('code' in stock(bundle)) throw new Error(`${name} does not verify`)
    }
  }
  const rounds = Array.from({ length: ROUNDS }, () => [processorTime(ours), processorTime(theirs)] as const)
  const best = (which: 0 | 1): number => Math.min(...rounds.map((round) => round[which])) / versions.length
  return {
    ours: best(0),
    stock: best(1),
    bound: 7 * signatureCost('P-256', 'sha256') + signatureCost('P-384', 'sha384'),
  }
}

function toCoordinate({ name, version, integrity }: Version): Coordinate {
  const field = parseIntegrity(integrity)
  if (field.state !== 'sha512') throw new Error(`${name} has no sha512`)
  return { name, version, integrity: field.sha512 }
}

function processorTime(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function signatureCost(namedCurve: string, digest: string): number {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  const data = Buffer.alloc(1500, 'x')
  const signature = sign(digest, data, privateKey)
  const times = 500
  const costs = Array.from({ length: ROUNDS }, () =>
    processorTime(() => {
      for (let index = 0; index < times; index += 1) {
        if (!verify(digest, data, publicKey, signature)) throw new Error('a signature that does not verify')
      }
    }),
  )
  return Math.min(...costs) / times
}
