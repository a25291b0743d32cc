// SPDX-License-Identifier: Apache-2.0
// Never twice, never silently half: a version on its way to a registry that stumbles.
import t from 'tap'
import type { Test } from 'tap'
import { deliver } from '@bonafide/publish'
import type { Delivery, UploadOrder } from '@bonafide/publish'
import { startSandbox } from '@bonafide/sandbox'
import type { Fault, FaultMatch } from '@bonafide/sandbox'
import { SHORT, TRUST, orderFor, ready, sendings } from './orders.ts'

const SEED = 'deliver'
const sandbox = await startSandbox({ seed: SEED })
t.teardown(() => sandbox.close())

let count = 0

/** A package whose 1.0.0 is there, and an order for its 1.1.0. */
async function order(more: Partial<UploadOrder> = {}): Promise<{ readonly name: string; readonly sent: UploadOrder }> {
  count += 1
  const name = `rocket-${count}`
  await sandbox.publish({ name, version: '1.0.0' })
  sandbox.trust.add(name, TRUST)
  return { name, sent: await orderFor(sandbox, await ready(SEED, name, '1.1.0'), more) }
}

interface Case {
  readonly what: string
  /** In force from the first attempt on. */
  readonly faults?: readonly (readonly [Omit<FaultMatch, 'path'>, Fault])[]
  readonly wanted: Delivery['kind']
  readonly code?: string
  /** How long one looks for what got lost. */
  readonly lostLook?: number
  readonly sendings: number
  readonly isThere: boolean
  /** What a second run comes to, once the registry is well. */
  readonly again?: Delivery['kind']
}

const PUT = { service: 'registry', method: 'PUT' } as const
const GET = { service: 'registry', method: 'GET' } as const
const status = (code: number, headers: Readonly<Record<string, string>> = {}, error?: string): Fault => ({
  kind: 'status',
  status: code,
  headers,
  ...(error === undefined ? {} : { body: JSON.stringify({ error }) }),
})

const CASES: readonly Case[] = [
  { what: 'all is well', wanted: 'taken', sendings: 1, isThere: true },
  {
    what: 'the registry takes it and the answer is lost',
    faults: [[{ ...PUT, times: 1 }, { kind: 'reset' }]],
    wanted: 'taken',
    sendings: 1,
    isThere: true,
  },
  {
    what: 'the registry takes it and its answer breaks off',
    faults: [[{ ...PUT, times: 1 }, { kind: 'cut-connection' }]],
    wanted: 'taken',
    sendings: 1,
    isThere: true,
  },
  {
    what: 'the connection is reset before the registry has it',
    faults: [
      [
        { ...PUT, times: 1 },
        { kind: 'reset', isEarly: true },
      ],
    ],
    wanted: 'taken',
    sendings: 2,
    isThere: true,
  },
  {
    what: 'the registry takes it and never answers',
    faults: [[{ ...PUT, times: 1 }, { kind: 'hang' }]],
    wanted: 'taken',
    sendings: 1,
    isThere: true,
  },
  {
    what: 'it takes it, loses the answer and shows nothing for a while',
    faults: [
      [{ ...PUT, times: 1 }, { kind: 'reset' }],
      [{ ...GET, times: 2 }, status(404)],
    ],
    lostLook: 60_000,
    wanted: 'taken',
    sendings: 1,
    isThere: true,
  },
  {
    what: 'it takes it, loses the answer and nobody can look',
    faults: [
      [{ ...PUT, times: 1 }, { kind: 'reset' }],
      [GET, status(503)],
    ],
    wanted: 'unconfirmed',
    code: 'send-unconfirmed',
    sendings: 1,
    isThere: true,
    again: 'taken',
  },
  {
    what: 'it is down for one attempt',
    faults: [[{ ...PUT, times: 1 }, status(503)]],
    wanted: 'taken',
    sendings: 2,
    isThere: true,
  },
  {
    what: 'it is down',
    faults: [[PUT, status(502)]],
    wanted: 'unconfirmed',
    code: 'send-unconfirmed',
    sendings: 3,
    isThere: false,
    again: 'taken',
  },
  {
    what: 'it is busy, and says for how long',
    faults: [[{ ...PUT, times: 1 }, status(429, { 'retry-after': '1' })]],
    wanted: 'taken',
    sendings: 2,
    isThere: true,
  },
  {
    what: 'it is busy for an hour',
    faults: [[PUT, status(429, { 'retry-after': '3600' })]],
    wanted: 'not-sent',
    code: 'registry-busy',
    sendings: 1,
    isThere: false,
    again: 'taken',
  },
  {
    what: 'two at once: a conflict, and the version is not there',
    faults: [[{ ...PUT, times: 1 }, status(409, {}, 'Document update conflict.')]],
    wanted: 'taken',
    sendings: 2,
    isThere: true,
  },
  {
    what: 'a conflict each time',
    faults: [[PUT, status(409, {}, 'Document update conflict.')]],
    wanted: 'refused',
    code: 'send-refused',
    sendings: 3,
    isThere: false,
    again: 'taken',
  },
  {
    what: 'a conflict, and nobody can look',
    faults: [
      [PUT, status(409, {}, 'Document update conflict.')],
      [GET, status(503)],
    ],
    wanted: 'unconfirmed',
    code: 'send-unconfirmed',
    sendings: 1,
    isThere: false,
    again: 'taken',
  },
  {
    what: 'the job may stage only',
    faults: [[PUT, status(403, {}, 'OIDC permission denied for this action')]],
    wanted: 'refused',
    code: 'send-not-permitted',
    sendings: 1,
    isThere: false,
  },
  {
    what: 'the token is not known any more',
    faults: [[PUT, status(401)]],
    wanted: 'refused',
    code: 'send-not-permitted',
    sendings: 1,
    isThere: false,
  },
  {
    what: 'a second factor is wanted',
    faults: [[PUT, status(401, { 'www-authenticate': 'OTP' })]],
    wanted: 'refused',
    code: 'one-time-password-wanted',
    sendings: 1,
    isThere: false,
  },
  {
    what: 'the provenance is not accepted',
    faults: [[PUT, status(422, {}, 'Unsupported GitHub Actions source repository visibility: "private".')]],
    wanted: 'refused',
    code: 'provenance-not-accepted',
    sendings: 1,
    isThere: false,
  },
  {
    what: 'restricted packages have to be paid for',
    faults: [[PUT, status(402, {}, 'You must sign up for private packages')]],
    wanted: 'refused',
    code: 'send-refused',
    sendings: 1,
    isThere: false,
  },
  {
    what: 'a redirect to another registry is not followed',
    faults: [[PUT, { kind: 'redirect', location: 'http://127.0.0.1:9/', status: 307 }]],
    wanted: 'refused',
    code: 'send-refused',
    sendings: 1,
    isThere: false,
  },
]

for (const { what, faults = [], again, lostLook = SHORT.lostLook, ...wanted } of CASES) {
  await t.test(what, async (rule) => {
    const { name, sent } = await order()
    const undo = faults.map(([match, fault]) => sandbox.fault({ path: `/${name}`, ...match }, fault))
    const delivery = await deliver(sent, { ...SHORT, lostLook })
    for (const each of undo) each()
    check(rule, delivery, wanted.wanted, wanted.code)
    rule.equal(sendings(sandbox, `/${name}`), wanted.sendings, 'how often it was sent')
    rule.equal(sandbox.published(name, '1.1.0') !== undefined, wanted.isThere, 'whether it is there')
    if (again === undefined) return
    check(rule, await deliver(sent, SHORT), again)
    rule.equal(sandbox.published(name, '1.1.0')?.integrity, sent.prepared.integrity, 'published, once')
  })
}

function check(rule: Test, delivery: Delivery, kind: Delivery['kind'], code?: string): void {
  rule.equal(delivery.kind, kind)
  rule.equal('finding' in delivery ? delivery.finding.code : undefined, code)
}

await t.test(
  'it shows nothing for longer than one looks: the next attempt is refused, and it is there',
  async (rule) => {
    const { name, sent } = await order()
    sandbox.fault({ ...PUT, path: `/${name}`, times: 1 }, { kind: 'reset' })
    const path = /^x/u
    path.test = (asked) => asked === `/${name}` && sendings(sandbox, `/${name}`) < 2
    sandbox.fault({ ...GET, path }, status(404))
    check(rule, await deliver(sent, SHORT), 'taken')
    rule.equal(sendings(sandbox, `/${name}`), 2)
  },
)

await t.test('nobody listens', async (rule) => {
  const gone = await startSandbox({ seed: SEED })
  const { sent } = await order()
  await gone.close()
  const delivery = await deliver({ ...sent, registry: gone.registryUrl }, SHORT)
  check(rule, delivery, 'not-sent', 'registry-not-reached')
})

await t.test('somebody else has published other bytes under this number', async (rule) => {
  const { name, sent } = await order()
  await sandbox.publish({ name, version: '1.1.0', files: { 'evil.js': 'stolen()' } })
  const delivery = await deliver(sent, SHORT)
  check(rule, delivery, 'refused', 'version-taken-by-other-bytes')
  rule.not(sandbox.published(name, '1.1.0')?.integrity, sent.prepared.integrity)
})

await t.test('the same bytes are there: done, without a second publishing', async (rule) => {
  const { name, sent } = await order()
  check(rule, await deliver(sent, SHORT), 'taken')
  const before = sandbox.published(name, '1.1.0')?.publishedAt
  sandbox.clock.advance(1000)
  check(rule, await deliver(sent, SHORT), 'taken')
  rule.strictSame(sandbox.published(name, '1.1.0')?.publishedAt, before)
})

await t.test('a package that not everybody sees is looked for with the job’s token', async (rule) => {
  const name = '@acme/secret'
  await sandbox.publish({ name, version: '1.0.0' })
  sandbox.trust.add(name, TRUST)
  const sent = await orderFor(sandbox, await ready(SEED, name, '1.1.0'), { access: 'restricted', bundle: null })
  sandbox.fault({ ...PUT, path: `/${name}`, times: 1 }, { kind: 'reset' })
  sandbox.fault({ ...GET, path: `/${name}`, times: 1 }, status(404))
  check(rule, await deliver(sent, SHORT), 'taken')
  const looks = sandbox.requests.filter(({ method, path }) => method === 'GET' && path === '/@acme%2fsecret')
  rule.strictSame(
    looks.map(({ headers }) => headers.authorization === undefined),
    [true, false],
    'as anybody first',
  )
})
