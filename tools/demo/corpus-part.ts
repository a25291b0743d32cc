// SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Report } from '@bonafide/verify'
import { lockfileOf, startCorpusRegistry } from '../../test/support/corpus-registry.ts'
import { corpusPath, noCorpus } from '../../test/support/corpus.ts'
import type { AttestedCase } from '../../test/support/corpus.ts'
import { runBonafide } from './bonafide.ts'
import type { Part, Say } from './part.ts'

/**
 * Verifies the recorded real releases of the corpus against the public Sigstore root, off line: loopback only.
 *
 * What should come out follows from the record: releases that carry both attestations are trusted, all others refused.
 */
export async function corpusPart(workDir: string, say: Say): Promise<Part> {
  if (noCorpus !== false)
    return { state: 'not done', summary: `the recorded real releases are not at hand (${noCorpus})` }
  const registry = await startCorpusRegistry()
  try {
    await writeFile(join(workDir, 'package-lock.json'), lockfileOf(registry.cases))
    const trust = [
      '--trusted-root',
      corpusPath('trust/trusted_root.public-good.json'),
      '--registry-keys',
      corpusPath('trust/npm-keys.tuf.json'),
    ]
    const run = await runBonafide(
      ['verify', '--json', '--registry', registry.url, ...trust],
      workDir,
      join(workDir, 'cache'),
    )
    const report = JSON.parse(run.stdout) as Report
    const wrong = registry.cases.filter((item) => {
      const found = report.packages.find(({ name, version }) => name === item.name && version === item.version)
      say(
        `  ${(found?.verdict ?? 'missing').padEnd(8)} ${item.name}@${item.version}  ${found?.identity?.repository ?? found?.findings[0]?.found ?? ''}`,
      )
      return found?.verdict !== expectedVerdict(item)
    })
    const sum = `${report.counts.trusted} trusted, ${report.counts.refused} refused because an attestation is missing`
    return wrong.length === 0 && run.status === 1
      ? { state: 'as documented', summary: `${registry.cases.length} recorded real releases: ${sum}` }
      : {
          state: 'not as documented',
          summary: `${wrong.map(({ name, version }) => `${name}@${version}`).join(', ') || 'exit code'} came out otherwise`,
        }
  } finally {
    await registry.close()
  }
}

function expectedVerdict({ verification }: AttestedCase): 'trusted' | 'refused' {
  const types = verification.attestations.map(({ predicateType }) => predicateType)
  const isBuilt = types.some((type) => type.startsWith('https://slsa.dev/provenance/'))
  return isBuilt && types.some((type) => type.includes('/specs/publish/')) ? 'trusted' : 'refused'
}
