// SPDX-License-Identifier: Apache-2.0
// Every part of a release fails in turn: nothing is half published without being said, the token is revoked each time, and the same again,
// once all is well, publishes it once.
import t from 'tap'
import type { Fault, FaultMatch } from '@bonafide/sandbox'
import type { PublishOutcome, PublishReport } from '@bonafide/publish'
import { SHORT, sendings } from './orders.ts'
import { startJob } from './job.ts'

const job = await startJob('faults')
const { sandbox } = job
t.teardown(() => job.close())

type Meets = (name: string) => FaultMatch

interface Case {
  readonly what: string
  readonly faults: readonly (readonly [Meets, Fault])[]
  readonly verdict: PublishReport['verdict']
  readonly outcome: PublishOutcome
  /** The first finding that is more than a warning. */
  readonly code: string | undefined
  /** How many tokens the registry handed out. */
  readonly tokens: number
  readonly isThere: boolean
}

const status = (code: number, body?: string, headers: Readonly<Record<string, string>> = {}): Fault => ({
  kind: 'status',
  status: code,
  headers,
  ...(body === undefined ? {} : { body }),
})
const at =
  (service: FaultMatch['service']): Meets =>
  () => ({ ...(service === undefined ? {} : { service }), path: /.*/u })
const EXCHANGE: Meets = (name) => ({ path: `/-/npm/v1/oidc/token/exchange/package/${name}` })
const PUT: Meets = (name) => ({ method: 'PUT', path: `/${name}` })
const once =
  (meets: Meets): Meets =>
  (name) => ({ ...meets(name), times: 1 })

/** What is asked once the version has been sent. */
function afterwards(paths: (name: string) => readonly string[], times?: number): Meets {
  return (name) => {
    const path = /^x/u
    path.test = (asked) => paths(name).includes(asked) && sendings(sandbox, `/${name}`) > 0
    return { method: 'GET', path, ...(times === undefined ? {} : { times }) }
  }
}

const METADATA = (name: string): readonly string[] => [`/${name}`]
const EVIDENCE = (name: string): readonly string[] => [`/-/npm/v1/attestations/${name}@1.1.0`]

const NOTHING = { outcome: 'not-published', isThere: false } as const
const OUTAGE = { ...NOTHING, verdict: 'undecided' } as const
const REFUSED = { ...NOTHING, verdict: 'refused' } as const
const SENT = { outcome: 'unconfirmed', verdict: 'unconfirmed', isThere: true, tokens: 1 } as const
const WELL = { outcome: 'published', verdict: 'satisfied', isThere: true, tokens: 1, code: undefined } as const

const ISSUER: readonly Case[] = [
  {
    what: 'it is down',
    faults: [[at('ci'), status(503)]],
    ...OUTAGE,
    code: 'identity-provider-unreachable',
    tokens: 0,
  },
  { what: 'it says no', faults: [[at('ci'), status(403)]], ...REFUSED, code: 'identity-token-missing', tokens: 0 },
  {
    what: 'it answers nonsense',
    faults: [[at('ci'), status(200, '<html>')]],
    ...REFUSED,
    code: 'identity-token-unusable',
    tokens: 0,
  },
]

const EXCHANGES: readonly Case[] = [
  ...[401, 404].map((code) => answered(code, { ...REFUSED, code: 'exchange-denied' })),
  ...[429, 500, 503].map((code) => answered(code, { ...OUTAGE, code: 'exchange-unreachable' })),
  {
    what: 'an answer without a token',
    faults: [[EXCHANGE, status(201, '{}')]],
    ...OUTAGE,
    code: 'exchange-unreachable',
    tokens: 0,
  },
  {
    what: 'a token without an end',
    faults: [[EXCHANGE, status(201, '{"token":"short"}')]],
    ...REFUSED,
    code: 'exchanged-token-long-lived',
    tokens: 0,
  },
]

function answered(code: number, wanted: Pick<Case, 'verdict' | 'outcome' | 'isThere' | 'code'>): Case {
  return { what: `HTTP ${code}`, faults: [[EXCHANGE, status(code)]], ...wanted, tokens: 0 }
}

const SIGNING: readonly Case[] = (
  [
    ['Fulcio is down', 'fulcio', status(503), 'undecided', 'signing-unreachable'],
    ['Fulcio says no', 'fulcio', status(400), 'refused', 'signing-refused'],
    ['Fulcio answers nonsense', 'fulcio', status(200, 'certificate'), 'undecided', 'signing-nonsense'],
    ['Rekor is down', 'rekor', status(502), 'undecided', 'signing-unreachable'],
    ['Rekor answers nonsense', 'rekor', status(201, '[]'), 'undecided', 'signing-nonsense'],
    ['the timestamp authority is down', 'timestamp', status(503), 'undecided', 'signing-unreachable'],
  ] as const
).map(([what, service, fault, verdict, code]) => ({
  what,
  faults: [[at(service), fault]],
  ...NOTHING,
  verdict,
  code,
  tokens: 1,
}))

const SENDING: readonly Case[] = [
  { what: 'taken, and the answer is lost', faults: [[once(PUT), { kind: 'reset' }]], ...WELL },
  { what: 'cut before the registry has it, once', faults: [[once(PUT), { kind: 'reset', isEarly: true }]], ...WELL },
  {
    what: 'cut before the registry has it, each time',
    faults: [[PUT, { kind: 'reset', isEarly: true }]],
    ...SENT,
    isThere: false,
    code: 'send-unconfirmed',
  },
  {
    what: 'taken, the answer is lost, and nobody can look',
    faults: [
      [PUT, { kind: 'reset' }],
      [afterwards(METADATA), status(503)],
    ],
    ...SENT,
    code: 'send-unconfirmed',
  },
  {
    what: 'busy for an hour',
    faults: [[PUT, status(429, '', { 'retry-after': '3600' })]],
    ...OUTAGE,
    code: 'registry-busy',
    tokens: 1,
  },
  { what: 'a conflict, once', faults: [[once(PUT), status(409)]], ...WELL },
  { what: 'a conflict, each time', faults: [[PUT, status(409)]], ...REFUSED, code: 'send-refused', tokens: 1 },
  {
    what: 'the provenance is refused',
    faults: [[PUT, status(422, '{"error":"no"}')]],
    ...REFUSED,
    code: 'provenance-not-accepted',
    tokens: 1,
  },
]

const READING: readonly Case[] = [
  { what: 'no metadata for a while', faults: [[afterwards(METADATA, 4), status(404)]], ...WELL },
  { what: 'no metadata for ever', faults: [[afterwards(METADATA), status(404)]], ...SENT, code: 'read-back-missing' },
  { what: 'no attestations for a while', faults: [[afterwards(EVIDENCE, 2), status(404)]], ...WELL },
  {
    what: 'no attestations for ever',
    faults: [[afterwards(EVIDENCE), status(404)]],
    ...SENT,
    code: 'read-back-unattested',
  },
  {
    what: 'an outage, for ever',
    faults: [[afterwards(EVIDENCE), status(500)]],
    ...SENT,
    code: 'read-back-undecided',
  },
  {
    what: 'other bytes',
    faults: [
      [
        afterwards(METADATA),
        { kind: 'edit', edit: (body) => body.toString().replaceAll(/sha512-.{4}/gu, 'sha512-AAAA') },
      ],
    ],
    ...SENT,
    code: 'read-back-altered',
  },
]

const GROUPS = {
  'the issuer': ISSUER,
  'the exchange': EXCHANGES,
  signing: SIGNING,
  sending: SENDING,
  'reading back': READING,
}

let count = 0
for (const [group, cases] of Object.entries(GROUPS))
  for (const one of cases)
    await t.test(`${group}: ${one.what}`, async (rule) => {
      count += 1
      const name = `rocket-${count}`
      const packed = await job.pack(name)
      const before = job.handedTokens()
      const undo = one.faults.map(([meets, fault]) => sandbox.fault(meets(name), fault))
      // What comes in the end is waited for, however slow this machine is.
      const patience = one.verdict === 'satisfied' ? { ...SHORT, arrival: 60_000 } : SHORT
      const { verdict, outcome, findings } = await job.publish(packed, { patience })
      for (const each of undo) each()
      rule.equal(verdict, one.verdict)
      rule.equal(outcome, one.outcome)
      rule.equal(findings.find(({ level }) => level !== 'warn')?.code, one.code, JSON.stringify(findings))
      rule.equal(job.handedTokens() - before, one.tokens, 'tokens handed out')
      rule.equal(job.liveTokens(), 0, 'and all of them revoked')
      rule.equal(sandbox.published(name, '1.1.0') !== undefined, one.isThere, 'whether it is there')

      const again = await job.publish(packed)
      rule.strictSame(
        again.findings.filter(({ level }) => level !== 'warn'),
        [],
      )
      rule.equal(again.outcome, one.isThere ? 'already-published' : 'published', 'the same again')
      rule.equal(sandbox.published(name, '1.1.0')?.integrity, packed.integrity)
      rule.equal(job.liveTokens(), 0)
    })

await t.test('somebody was faster, with other bytes', async (rule) => {
  const packed = await job.pack('overtaken')
  await sandbox.publish({ name: 'overtaken', version: '1.1.0', files: { 'evil.js': 'stolen()' } })
  const report = await job.publish(packed)
  rule.match(report, { verdict: 'refused', findings: [{ code: 'version-taken-by-other-bytes' }] })
  rule.equal(sendings(sandbox, '/overtaken'), 0, 'nothing was sent')
  rule.equal(job.liveTokens(), 0)
})

await t.test('the same bytes are there, from another job', async (rule) => {
  const packed = await job.pack('copied')
  const manifest = { repository: { type: 'git', url: 'git+https://github.com/acme/rocket.git' }, license: 'MIT' }
  const provenance = { repository: 'evil/copied' }
  const copy = await sandbox.publish({ name: 'copied', version: '1.1.0', manifest, provenance })
  rule.equal(copy.integrity, packed.integrity)
  const report = await job.publish(packed)
  rule.equal(report.verdict, 'unconfirmed')
  rule.ok(report.findings.some(({ code }) => code === 'read-back-foreign'))
  rule.equal(sendings(sandbox, '/copied'), 0)
})

await t.test('a token that cannot be revoked is told', async (rule) => {
  const packed = await job.pack('unrevoked')
  const undo = sandbox.fault({ method: 'DELETE', path: /^\/-\/user\/token\//u }, status(500))
  const report = await job.publish(packed)
  undo()
  rule.match(report, { verdict: 'satisfied', outcome: 'published', exchange: { isRevoked: false } })
  rule.match(report.findings, [{ code: 'exchanged-token-unrevoked', level: 'warn' }])
})

await t.test('a registry that says back what it was sent is not quoted with it', async (rule) => {
  const packed = await job.pack('echo')
  const create = sandbox.accounts.createExchanged.bind(sandbox.accounts)
  let token = ''
  sandbox.accounts.createExchanged = (grant) => {
    const made = create(grant)
    token = made.token
    return made
  }
  // Where the words are cut, a part of the token would be left.
  const fault: Fault = {
    kind: 'status',
    status: 403,
    get body() {
      return JSON.stringify({ error: `${'x'.repeat(480)} ${token} may not` })
    },
  }
  const undo = sandbox.fault(PUT('echo'), fault)
  const report = await job.publish(packed)
  undo()
  sandbox.accounts.createExchanged = create
  rule.match(report, { verdict: 'refused', findings: [{ code: 'send-not-permitted', found: /\(a secret\)/u }] })
  rule.notOk(JSON.stringify(report).includes(token.slice(0, 8)))
})

await t.test(
  'an exchange that never ends: the token that it made is out of reach, and is said to end by itself',
  async (rule) => {
    const packed = await job.pack('slow')
    const undo = sandbox.fault(EXCHANGE('slow'), { kind: 'hang' })
    const report = await job.publish(packed)
    undo()
    rule.match(report, { verdict: 'undecided', findings: [{ code: 'exchange-unreachable', found: /DEADLINE/u }] })
    rule.equal(sendings(sandbox, '/slow'), 0)
    rule.match(await job.publish(packed), { outcome: 'published' })
  },
)
