// SPDX-License-Identifier: Apache-2.0
// What a registry serves after it took a version: held against what was sent, by the code of those who install.
import t from 'tap'
import type { Test } from 'tap'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '@bonafide/core'
import { readBack, uploadByRequest } from '@bonafide/publish'
import type { ReadBack, ReadBackRequest, WantedIdentity } from '@bonafide/publish'
import { forge, startSandbox } from '@bonafide/sandbox'
import type { Published, Sandbox } from '@bonafide/sandbox'
import { JOB, SHORT, TRUST, exchanged, orderFor, ready } from './orders.ts'

const sandbox = await startSandbox({ seed: 'read-back' })
const folder = await mkdtemp(join(tmpdir(), 'bonafide-read-back-'))
t.teardown(() => Promise.all([sandbox.close(), rm(folder, { recursive: true, force: true })]))
await writeFile(join(folder, 'keys.json'), sandbox.registryKeys('tuf'))

const IDENTITY: WantedIdentity = { repository: 'https://github.com/acme/rocket', ref: 'refs/tags/v1.1.0' }

let count = 0

async function published(more: object = {}): Promise<Published> {
  count += 1
  const name = `rocket-${count}`
  await sandbox.publish({ name, version: '1.0.0', provenance: JOB })
  sandbox.clock.advance(60_000)
  return sandbox.publish({ name, version: '1.1.0', provenance: JOB, ...more })
}

async function look(
  { name, version, integrity }: Published,
  more: Partial<ReadBackRequest> = {},
  from: Sandbox = sandbox,
): Promise<ReadBack> {
  await writeFile(join(folder, 'trusted_root.json'), from.trustedRoot())
  return readBack({
    registry: sandbox.registryUrl,
    name,
    version,
    integrity,
    identity: IDENTITY,
    token: null,
    trust: { trustedRoot: join(folder, 'trusted_root.json'), registryKeys: join(folder, 'keys.json') },
    cwd: folder,
    env: { HOME: folder },
    connectionTo: () => ({ rejectUnauthorized: true }),
    readAs: () => null,
    now: () => sandbox.clock.now(),
    patience: SHORT,
    ...more,
  })
}

function confirmed(rule: Test, { isConfirmed, findings }: ReadBack): void {
  rule.strictSame(findings, [])
  rule.equal(isConfirmed, true)
}

function alarmed(rule: Test, { isConfirmed, findings }: ReadBack, code: string, level = 'refuse'): void {
  rule.match(findings, [{ code, level }])
  rule.equal(findings.length, 1)
  rule.equal(isConfirmed, false)
}

await t.test('it is served as it was sent', async (rule) => {
  const back = await look(await published())
  confirmed(rule, back)
  rule.match(back.report, { verdict: 'trusted', identity: { repository: 'https://github.com/acme/rocket' } })
})

const PATHS = {
  metadata: (name: string) => `/${name}`,
  evidence: (name: string) => `/-/npm/v1/attestations/${name}@1.1.0`,
}

for (const [what, path] of Object.entries(PATHS))
  await t.test(`nothing for a while: ${what}`, async (rule) => {
    const release = await published()
    sandbox.fault({ service: 'registry', path: path(release.name), times: 3 }, { kind: 'status', status: 404 })
    confirmed(rule, await look(release, { patience: { ...SHORT, arrival: 60_000 } }))
  })

await t.test('nothing for ever', async (rule) => {
  const release = await published()
  sandbox.fault({ service: 'registry', path: `/${release.name}` }, { kind: 'status', status: 404 })
  alarmed(rule, await look(release), 'read-back-missing', 'undecided')
})

await t.test('nobody answers', async (rule) => {
  const release = await published()
  sandbox.fault({ service: 'registry', path: `/${release.name}` }, { kind: 'status', status: 503 })
  alarmed(rule, await look(release), 'read-back-missing', 'undecided')
})

await t.test('metadata of other bytes', async (rule) => {
  const release = await published()
  const other = await published({ files: { 'evil.js': 'stolen()' } })
  sandbox.editManifest(release.name, '1.1.0', (manifest) => ({
    ...manifest,
    dist: { ...(manifest['dist'] as object), integrity: other.integrity },
  }))
  alarmed(rule, await look(release), 'read-back-altered')
})

await t.test('another tarball behind the right metadata', async (rule) => {
  const release = await published()
  const other = await published({ files: { 'evil.js': 'stolen()' } })
  sandbox.serveTarball(release.name, '1.1.0', other.tarball)
  alarmed(rule, await look(release), 'read-back-altered')
})

await t.test('a manifest with a script that the tarball does not have', async (rule) => {
  const release = await published()
  sandbox.editManifest(release.name, '1.1.0', (manifest) => ({ ...manifest, scripts: { postinstall: 'node x.js' } }))
  const { findings, isConfirmed } = await look(release)
  rule.equal(isConfirmed, false)
  rule.ok(findings.some(({ code, level }) => code === 'read-back-altered' && level === 'refuse'))
})

await t.test('no attestation, for as long as one waits', async (rule) => {
  const release = await published()
  sandbox.serveAttestations(release.name, '1.1.0', null)
  alarmed(rule, await look(release), 'read-back-unattested')
})

await t.test('evidence that does not hold', async (rule) => {
  const release = await published()
  const { document } = forge(sandbox, release, 'sct-missing', JOB)
  sandbox.serveAttestations(release.name, '1.1.0', document)
  const { findings, isConfirmed } = await look(release)
  rule.equal(isConfirmed, false)
  rule.ok(findings.some(({ code, found }) => code === 'read-back-altered' && found.startsWith('certificate-sct')))
})

await t.test('provenance of another job', async (rule) => {
  const release = await published({ provenance: { repository: 'evil/rocket' } })
  const { findings, isConfirmed } = await look(release)
  rule.equal(isConfirmed, false)
  rule.ok(findings.some(({ code, level }) => code === 'read-back-foreign' && level === 'refuse'))
})

await t.test('the same repository from another commit', async (rule) => {
  const release = await published()
  alarmed(rule, await look(release, { identity: { ...IDENTITY, commit: 'f'.repeat(40) } }), 'read-back-foreign')
})

await t.test('a registry that serves no attestations to anybody', async (rule) => {
  const release = await published()
  const undo = sandbox.actAsPlainMirror()
  const attested = await look(release)
  rule.equal(attested.isConfirmed, false)
  rule.ok(attested.findings.some(({ code }) => code === 'read-back-undecided'))
  // Longer than the test may take: what never comes is not waited for.
  const bare = await look(release, { identity: null, patience: { ...SHORT, arrival: 600_000 } })
  undo()
  rule.equal(bare.isConfirmed, true, 'where nothing was promised, the bytes are what counts')
  rule.ok(bare.findings.every(({ level }) => level === 'warn'))
})

await t.test('without provenance the bytes still count', async (rule) => {
  const release = await published({ provenance: null })
  confirmed(rule, await look(release, { identity: null }))
  const other = await published({ files: { 'evil.js': 'stolen()' } })
  sandbox.serveTarball(release.name, '1.1.0', other.tarball)
  alarmed(rule, await look(release, { identity: null }), 'read-back-altered')
})

await t.test('without provenance, and a tarball that is not to be had', async (rule) => {
  const release = await published({ provenance: null })
  const path = `/${release.name}/-/${release.name}-1.1.0.tgz`
  const undo = sandbox.fault({ service: 'registry', path }, { kind: 'status', status: 404 })
  alarmed(rule, await look(release, { identity: null }), 'read-back-undecided', 'undecided')
  undo()
})

await t.test('another repository than before: served as sent, and told that consumers refuse it', async (rule) => {
  const name = 'moved'
  await sandbox.publish({ name, version: '1.0.0', provenance: { repository: 'old/rocket', repositoryId: '1' } })
  sandbox.clock.advance(40 * 24 * 3_600_000)
  const release = await sandbox.publish({ name, version: '1.1.0', provenance: JOB })
  const { findings, isConfirmed } = await look(release)
  rule.match(findings, [{ code: 'consumers-refuse', level: 'warn', found: /^identity-changed/u }])
  rule.equal(isConfirmed, true)
})

await t.test('a package that only its own see is read with the job’s token', async (rule) => {
  const name = '@acme/hidden'
  sandbox.trust.add(name, TRUST)
  const { token } = sandbox.accounts.createToken()
  const made = await ready('read-back', name, '1.1.0')
  const order = await orderFor(sandbox, made, { access: 'restricted' })
  rule.match(await uploadByRequest({ ...order, token: new Secret(token) }), { kind: 'accepted' })
  const release = sandbox.published(name, '1.1.0')
  if (release === undefined) throw new Error('it is not there')
  alarmed(rule, await look(release), 'read-back-missing', 'undecided')
  confirmed(rule, await look(release, { token: await exchanged(sandbox, name) }))
})
