// SPDX-License-Identifier: Apache-2.0
// The outside check: an unmodified `npm audit signatures` verifies what the sandbox serves, and refuses what was changed.
import t from 'tap'
import type { Test } from 'tap'
import { join } from 'node:path'
import { forge, startSandbox } from '@bonafide/sandbox'
import type { AttestationDocument, BundleForm, BundleJson, Defect } from '@bonafide/sandbox'
import { missing, openWorkbench } from '../support/clients.ts'
import type { Ended } from '../support/clients.ts'
import { playPublicTuf } from '../support/public-tuf.ts'

const JOB = { repository: 'acme/rocket' }
const FORMS: Readonly<Record<string, BundleForm | undefined>> = {
  today: undefined,
  early: { version: '0.1', log: 'intoto' },
  stamped: { version: '0.3', log: 'dsse', timestamp: true },
  'rekor-v2': { version: '0.3', log: 'dsse-v2' },
  'rekor-v2-record': { version: '0.3', log: 'hashedrekord-v2' },
}

const sandbox = await startSandbox({ seed: 'npm audit' })
const workbench = await openWorkbench(sandbox.registryUrl, 'no-token')
const tuf = await playPublicTuf(sandbox, workbench.folder)
t.teardown(() => Promise.all([sandbox.close(), tuf.close(), workbench.close()]))

for (const [name, form] of Object.entries(FORMS))
  await sandbox.publish({
    name,
    version: '1.0.0',
    provenance: JOB,
    ...(form === undefined ? {} : { bundle: form, publishBundle: form }),
  })
await sandbox.publish({ name: 'by-hand', version: '1.0.0' })

let runs = 0

/** Installs packages into a new project and has npm audit their signatures. */
async function audit(test: Test, names: readonly string[], ...args: readonly string[]): Promise<Ended> {
  runs += 1
  const cache = join(workbench.folder, `audit-cache-${runs}`)
  await tuf.seed(cache)
  const dependencies = Object.fromEntries(names.map((name) => [name, '1.0.0']))
  const folder = await workbench.project(`audit-${runs}`, { name: 'project', version: '1.0.0', dependencies })
  const env = { ...tuf.env, npm_config_cache: cache, npm_config_fetch_retries: '0' }
  const installed = await workbench.run('npm', folder, ['install'], env)
  test.equal(installed.code, 0, installed.stderr)
  return workbench.run('npm', folder, ['audit', 'signatures', ...args], env)
}

await t.test('npm accepts packages of every form', { skip: missing('npm') }, async (test) => {
  const { code, stdout, stderr } = await audit(test, [...Object.keys(FORMS), 'by-hand'])
  test.equal(code, 0, stderr)
  test.match(stdout, /^audited 6 packages in /mu)
  test.match(stdout, /^6 packages have verified registry signatures$/mu)
  test.match(stdout, /^5 packages have verified attestations$/mu)
  test.ok(tuf.served.includes('/timestamp.json'), 'by what TUF served')
  test.strictSame(tuf.refused, [], 'and nobody else was asked')
})

/** The document with one word of the predicate changed in the provenance: the subject stays. */
function withChangedPayload({ attestations }: AttestationDocument): AttestationDocument {
  return {
    attestations: attestations.map((entry, index) =>
      index === 1 ? { ...entry, bundle: changed(entry.bundle) } : entry,
    ),
  }
}

function changed({ dsseEnvelope, ...bundle }: BundleJson): BundleJson {
  const text = Buffer.from(dsseEnvelope.payload, 'base64').toString().replaceAll('acme/rocket', 'evil/rocket')
  return { ...bundle, dsseEnvelope: { ...dsseEnvelope, payload: Buffer.from(text).toString('base64') } }
}

await t.test('npm refuses a changed payload, in the form of either log', { skip: missing('npm') }, async (test) => {
  for (const name of ['today', 'rekor-v2']) {
    const { attestations } = sandbox.published(name, '1.0.0') ?? {}
    if (attestations === undefined || attestations === null) throw new Error(`${name} has no attestations`)
    sandbox.serveAttestations(name, '1.0.0', withChangedPayload(attestations))
    const { code, stdout } = await audit(test, Object.keys(FORMS))
    test.equal(code, 1)
    test.match(stdout, /^4 packages have verified attestations$/mu)
    test.match(stdout, new RegExp(`^1 package has an invalid attestation:\n\n${name}@1\\.0\\.0 `, 'mu'))
    sandbox.serveAttestations(name, '1.0.0', attestations)
  }
})

await t.test('npm refuses forgeries by the same checks that it relies on', { skip: missing('npm') }, async (test) => {
  const defects: readonly Defect[] = [
    'sct-foreign',
    'tile-checkpoint-signature',
    'timestamp-signature',
    'timestamp-late',
  ]
  for (const defect of defects) {
    const published = await sandbox.publish({ name: defect, version: '1.0.0', provenance: JOB })
    sandbox.serveAttestations(defect, '1.0.0', forge(sandbox, published, defect, JOB).document)
  }
  const { code, stdout } = await audit(test, [...defects, 'today'], '--json')
  test.equal(code, 1)
  const { invalid } = JSON.parse(stdout) as { invalid: readonly { name: string; code: string }[] }
  test.strictSame(
    invalid.map((item) => [item.name, item.code]),
    defects.toSorted().map((defect) => [defect, 'EATTESTATIONVERIFY']),
  )
})
