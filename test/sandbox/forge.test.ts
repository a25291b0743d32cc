// SPDX-License-Identifier: Apache-2.0
import t from 'tap'
import { parseRegistryKeys, parseTrustedRoot, verifyDocument } from '@bonafide/attestation'
import type { FindingCode } from '@bonafide/core'
import { DEFECTS, DEFECT_NAMES, forge, honestDocument, startSandbox } from '@bonafide/sandbox'
import type { Defect } from '@bonafide/sandbox'
import { stockVerifier } from '../support/stock-verifier.ts'

const JOB = { repository: 'acme/rocket' }

/** What the stock verifier says of the forged bundle (null: it has no objection), and what our own code says of the document. */
const EXPECTED: Readonly<Record<Defect, readonly [stock: string | null, ours: FindingCode]>> = {
  'checkpoint-root-hash': ['TLOG_INCLUSION_PROOF_ERROR', 'log-checkpoint'],
  'checkpoint-signature': ['TLOG_INCLUSION_PROOF_ERROR', 'log-checkpoint'],
  'log-key-window': ['TLOG_INCLUSION_PROMISE_ERROR', 'log-window'],
  'log-unknown': ['TLOG_INCLUSION_PROMISE_ERROR', 'log-unknown'],
  'log-body-of-another': ['TLOG_BODY_ERROR', 'log-body'],
  'inclusion-proof-of-another-entry': ['TLOG_INCLUSION_PROOF_ERROR', 'log-proof'],
  'promise-of-another-entry': ['TLOG_INCLUSION_PROMISE_ERROR', 'log-promise'],
  'timestamp-duplicate': ['TIMESTAMP_ERROR', 'log-duplicate'],
  'no-log-entry': ['TIMESTAMP_ERROR', 'log-missing'],
  'tile-log-unknown': ['TLOG_INCLUSION_PROOF_ERROR', 'log-unknown'],
  'tile-log-window': [null, 'log-window'],
  'tile-body-of-another': ['TLOG_BODY_ERROR', 'log-body'],
  'tile-body-of-another-signer': [null, 'log-body'],
  'tile-proof-of-another': ['TLOG_INCLUSION_PROOF_ERROR', 'log-proof'],
  'tile-index': [null, 'log-proof'],
  'tile-promise': ['TLOG_INCLUSION_PROMISE_ERROR', 'log-promise'],
  'tile-time': [null, 'timestamp-missing'],
  'tile-checkpoint-root-hash': ['TLOG_INCLUSION_PROOF_ERROR', 'log-checkpoint'],
  'tile-checkpoint-signature': ['TLOG_INCLUSION_PROOF_ERROR', 'log-checkpoint'],
  'tile-checkpoint-origin': [null, 'log-checkpoint'],
  'timestamp-none': ['TIMESTAMP_ERROR', 'timestamp-missing'],
  'timestamp-unknown-authority': ['TIMESTAMP_ERROR', 'timestamp-authority-unknown'],
  'timestamp-retired-authority': ['TIMESTAMP_ERROR', 'timestamp-authority-window'],
  'timestamp-of-another': ['TIMESTAMP_ERROR', 'timestamp-imprint'],
  'timestamp-signature': ['TIMESTAMP_ERROR', 'timestamp-invalid'],
  'timestamp-twice': ['TIMESTAMP_ERROR', 'timestamp-duplicate'],
  'timestamp-late': ['CERTIFICATE_ERROR', 'certificate-expired'],
  'timestamp-early': ['CERTIFICATE_ERROR', 'certificate-expired'],
  'timestamp-late-beside-log': ['CERTIFICATE_ERROR', 'certificate-expired'],
  'sct-missing': ['CERTIFICATE_ERROR', 'certificate-sct'],
  'sct-foreign': ['CERTIFICATE_ERROR', 'certificate-sct'],
  'certificate-expired': ['CERTIFICATE_ERROR', 'certificate-expired'],
  'foreign-ca': ['CERTIFICATE_ERROR', 'certificate-chain'],
  'email-identity': [null, 'issuer-unknown'],
  'unknown-issuer': [null, 'issuer-unknown'],
  'dsse-signature': ['SIGNATURE_ERROR', 'signature-invalid'],
  'payload-type': [null, 'bundle-malformed'],
  'two-subjects': [null, 'subject-count'],
  'no-subject': [null, 'subject-count'],
  'subject-name': [null, 'subject-name'],
  'subject-sha256-only': [null, 'subject-digest'],
  'predicate-contradicts-certificate': [null, 'predicate-mismatch'],
  'provenance-by-registry-key': [null, 'signer-kind'],
  'publish-by-certificate': [null, 'signer-kind'],
  'publish-key-expired': ['PUBLIC_KEY_ERROR', 'registry-key-window'],
  'publish-key-unknown': ['SIGNATURE_ERROR', 'registry-key-unknown'],
  'publish-of-another-version': [null, 'publish-mismatch'],
  'swapped-labels': [null, 'predicate-type-label'],
  'same-entry-twice': [null, 'entry-duplicate'],
  'unknown-predicate': [null, 'predicate-type-unknown'],
}

await t.test('each forgery has one thing wrong, and nothing else', async (test) => {
  const sandbox = await startSandbox({ seed: 'forge' })
  test.teardown(() => sandbox.close())
  const stock = stockVerifier(sandbox.trustedRoot(), sandbox.registryKeys())
  const trust = {
    root: parseTrustedRoot(sandbox.trustedRoot()),
    registryKeys: parseRegistryKeys(sandbox.registryKeys()),
  }
  const published = await sandbox.publish({ name: '@acme/rocket', version: '1.0.0', provenance: JOB })
  const verdictOf = (text: string): readonly FindingCode[] => [
    ...new Set(verifyDocument(published, text, trust, sandbox.clock.now()).findings.map(({ code }) => code)),
  ]

  const honest = JSON.stringify(honestDocument(sandbox, published, JOB))
  test.strictSame(verdictOf(honest), [], 'the honest document, signed anew')
  for (const defect of DEFECT_NAMES) {
    const { document, text, entry } = forge(sandbox, published, defect, JOB)
    const [stockCode, ours] = EXPECTED[defect]
    const refused = document.attestations.flatMap(({ bundle }, index) => {
      const answer = stock(bundle)
      return 'code' in answer ? [{ entry: `attestations[${index}]`, code: answer.code }] : []
    })
    test.strictSame(refused, stockCode === null ? [] : [{ entry, code: stockCode }], `${defect}: ${DEFECTS[defect]}`)
    test.strictSame(verdictOf(text), [ours], `${defect}: our own code`)
  }
})

await t.test('a forgery that would be none is not made', async (test) => {
  const sandbox = await startSandbox({ now: new Date('2022-06-01T00:00:00Z') })
  test.teardown(() => sandbox.close())
  const published = await sandbox.publish({ name: 'rocket', version: '1.0.0', provenance: JOB })
  test.throws(() => forge(sandbox, published, 'publish-key-expired', JOB), RangeError)
  test.throws(() => forge(sandbox, published, 'log-key-window', JOB), RangeError)
})

await t.test('a forged document is served in the place of the honest one', async (test) => {
  const sandbox = await startSandbox()
  test.teardown(() => sandbox.close())
  const published = await sandbox.publish({ name: '@acme/rocket', version: '1.0.0', provenance: JOB })
  const { text, document } = forge(sandbox, published, 'sct-missing', JOB)
  sandbox.serveAttestations('@acme/rocket', '1.0.0', document)
  const url = `${sandbox.registryUrl}-/npm/v1/attestations/@acme%2frocket@1.0.0`
  test.equal(await (await fetch(url)).text(), text)
  sandbox.serveAttestations('@acme/rocket', '1.0.0', 'no JSON')
  test.equal(await (await fetch(url)).text(), 'no JSON')
  sandbox.serveAttestations('@acme/rocket', '1.0.0', null)
  test.equal((await fetch(url)).status, 404)
})
