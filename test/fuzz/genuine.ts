// SPDX-License-Identifier: Apache-2.0
// The documents that are flipped: the recorded ones where they are at hand, and those of a sandbox in every form.
import { startSandbox } from '@bonafide/sandbox'
import type { Release } from '@bonafide/sandbox'
import { attestedCases, noCorpus } from '../support/corpus.ts'
import { NOW, coordinateOf, corpusTrust, sandboxTrust } from '../attestation/trust.ts'
import type { Genuine } from './flips.ts'

const REPOSITORY = 'left-pad/left-pad'
const RELEASES: readonly Omit<Release, 'name'>[] = [
  {
    version: '1.0.0',
    bundle: { version: '0.1', log: 'intoto' },
    publishBundle: { version: '0.1', log: 'intoto' },
    provenance: {
      repository: REPOSITORY,
      predicateType: 'https://slsa.dev/provenance/v0.2',
      certificate: { generation: 'early' },
    },
  },
  {
    version: '2.0.0',
    bundle: { version: '0.2', log: 'intoto' },
    publishBundle: { version: '0.2', log: 'dsse' },
    provenance: { repository: REPOSITORY, environment: 'npm' },
  },
  { version: '3.0.0', provenance: { repository: REPOSITORY } },
  {
    version: '4.0.0',
    bundle: { version: '0.3', log: 'dsse-v2' },
    publishBundle: { version: '0.3', log: 'dsse-v2' },
    provenance: { repository: REPOSITORY },
  },
  {
    version: '5.0.0',
    bundle: { version: '0.3', log: 'hashedrekord-v2' },
    publishBundle: { version: '0.2', log: 'dsse', timestamp: true },
    provenance: { repository: REPOSITORY },
  },
]

/** Every genuine document there is. */
export async function genuineDocuments(): Promise<readonly Genuine[]> {
  return [...recordedDocuments(), ...(await sandboxDocuments())]
}

function recordedDocuments(): readonly Genuine[] {
  if (noCorpus !== false) return []
  return attestedCases()
    .filter(({ verification }) => verification.attestations.length === 2)
    .map((version) => ({
      label: `${version.name}@${version.version}`,
      coordinate: coordinateOf(version),
      text: version.text,
      trust: corpusTrust(),
      now: NOW,
    }))
}

async function sandboxDocuments(): Promise<readonly Genuine[]> {
  const sandbox = await startSandbox({ seed: 'flips' })
  try {
    const trust = sandboxTrust(sandbox)
    const documents: Genuine[] = []
    for (const release of RELEASES) {
      const { attestationsText, ...version } = await sandbox.publish({ name: 'left-pad', ...release })
      if (attestationsText === null) throw new Error(`left-pad@${release.version} has no attestations`)
      documents.push({
        label: `sandbox left-pad@${release.version}`,
        coordinate: coordinateOf(version),
        text: attestationsText,
        trust,
        now: sandbox.clock.now(),
      })
    }
    return documents
  } finally {
    await sandbox.close()
  }
}
