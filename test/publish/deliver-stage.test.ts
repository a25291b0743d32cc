// SPDX-License-Identifier: Apache-2.0
// A version that waits for approval: a job may put it there, and may not look what waits.
import t from 'tap'
import { deliverStage } from '@bonafide/publish'
import type { StageDelivery, UploadOrder } from '@bonafide/publish'
import { startSandbox } from '@bonafide/sandbox'
import type { Fault } from '@bonafide/sandbox'
import { SHORT, TRUST, orderFor, ready, sendings } from './orders.ts'

const SEED = 'deliver-stage'
const sandbox = await startSandbox({ seed: SEED })
t.teardown(() => sandbox.close())

let count = 0

async function order(): Promise<{ readonly path: string; readonly sent: UploadOrder }> {
  count += 1
  const name = `@acme/rocket-${count}`
  await sandbox.publish({ name, version: '1.0.0' })
  sandbox.trust.add(name, { ...TRUST, permissions: ['createStagedPackage'] })
  const sent = await orderFor(sandbox, await ready(SEED, name, '1.1.0'), { isStaged: true })
  return { path: `/-/stage/package/${name}`, sent }
}

function waiting(): Promise<number> {
  const { token } = sandbox.accounts.createToken()
  return fetch(`${sandbox.registryUrl}-/stage?package=@acme/rocket-${count}`, {
    headers: { authorization: `Bearer ${token}` },
  })
    .then((answer) => answer.json() as Promise<{ readonly total: number }>)
    .then(({ total }) => total)
}

await t.test('it waits, with its provenance, and is published once somebody approves', async (rule) => {
  const { sent } = await order()
  const delivery = await deliverStage(sent, SHORT)
  if (delivery.kind !== 'staged') return rule.fail(delivery.kind)
  rule.equal(await waiting(), 1)
  const { name } = sent.prepared
  rule.equal(sandbox.published(name, '1.1.0'), undefined, 'nobody sees it')
  const { token } = sandbox.accounts.createToken()
  const approved = await fetch(`${sandbox.registryUrl}-/stage/${delivery.stageId}/approve`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'npm-otp': sandbox.accounts.user('sandbox')?.otp ?? '' },
  })
  rule.equal(approved.status, 200)
  const published = sandbox.published(name, '1.1.0')
  rule.equal(published?.integrity, sent.prepared.integrity)
  rule.match(published?.attestationsText, /slsa/u)
  return undefined
})

const CASES: readonly (readonly [string, Fault, StageDelivery['kind'], string, number, number])[] = [
  ['the answer is lost', { kind: 'reset' }, 'unconfirmed', 'send-unconfirmed', 1, 1],
  ['it is reset before the registry has it', { kind: 'reset', isEarly: true }, 'unconfirmed', 'send-unconfirmed', 1, 0],
  ['the answer is half', { kind: 'cut-json' }, 'unconfirmed', 'send-unconfirmed', 1, 1],
  ['the registry is down', { kind: 'status', status: 503 }, 'unconfirmed', 'send-unconfirmed', 1, 0],
  ['it is busy', { kind: 'status', status: 429 }, 'not-sent', 'registry-busy', 3, 0],
  ['the job may publish only', { kind: 'login', status: 403 }, 'refused', 'send-not-permitted', 1, 0],
]

for (const [what, fault, kind, code, times, waits] of CASES) {
  await t.test(what, async (rule) => {
    const { path, sent } = await order()
    const undo = sandbox.fault({ service: 'registry', path }, fault)
    const delivery = await deliverStage(sent, SHORT)
    undo()
    rule.equal(delivery.kind, kind)
    rule.equal('finding' in delivery ? delivery.finding.code : '', code)
    rule.equal(sendings(sandbox, path.replace('/rocket', '%2frocket')), times)
    rule.equal(await waiting(), waits, 'what waits')
  })
}

await t.test('what waits already is not known to be ours', async (rule) => {
  const { sent } = await order()
  rule.match(await deliverStage(sent, SHORT), { kind: 'staged' })
  const again = await deliverStage(sent, SHORT)
  rule.match(again, { kind: 'refused', finding: { code: 'version-staged-already' } })
  rule.equal(await waiting(), 1)
})
