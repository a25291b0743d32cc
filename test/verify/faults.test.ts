// SPDX-License-Identifier: Apache-2.0
// What goes wrong on the way: each fault has words of its own, none is called tampering unless it is, and none keeps the other packages
// of the project from their verdicts.
import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import type { Finding } from '@bonafide/core'
import type { PackageReport, Report } from '@bonafide/verify'
import { openSources, readProject, verifyProject } from '@bonafide/verify'
import type { SourceOptions } from '@bonafide/verify'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { ATTESTATIONS, METADATA, faultCases } from './fault-cases.ts'

// Patience is npm's own, from the user's configuration: a fault must not cost the tests minutes.
const IMPATIENT = `fetch-retries=1
fetch-retry-mintimeout=1
fetch-retry-maxtimeout=5
fetch-timeout=500
`

/** The words of each fault, to be compared at the end. */
const words = new Map<string, string>()

/** Three honest packages; the fault befalls `victim`. */
async function scene(check: Test): Promise<World> {
  const world = await startWorld('faults')
  check.teardown(() => world.close())
  await writeFile(join(world.root, 'home', '.npmrc'), IMPATIENT)
  await world.lock([
    await world.release('victim', '1.0.0'),
    await world.release('other', '1.0.0'),
    await world.release('@far/away', '1.0.0'),
  ])
  return world
}

interface Outcome {
  readonly status: number
  readonly report: Report
  readonly victim: PackageReport
}

async function verify(
  check: Test,
  world: World,
  more: readonly string[] = [],
  env: World['env'] = {},
): Promise<Outcome> {
  const people = await world.run(['verify', ...more], env)
  const { status, stdout } = await world.run(['verify', '--json', ...more], env)
  check.equal(people.status, status)
  for (const text of [people.stdout, people.stderr, stdout]) check.notMatch(text, /tamper/iu)
  const report = JSON.parse(stdout) as Report
  const victim = report.packages.find(({ name }) => name === 'victim')
  if (victim === undefined) throw new Error('the victim is not in the report')
  return { status, report, victim }
}

/** The one finding that decided; others of the same version may stand beside it. */
function decisive(check: Test, item: PackageReport, code: Finding['code']): string {
  const finding = item.findings.find((found) => found.code === code)
  if (finding === undefined) {
    check.fail(`wanted ${code}, found ${item.findings.map((found) => found.code).join(', ') || 'nothing'}`)
    return ''
  }
  check.not(finding.fix, '', 'says what to do next')
  return finding.found
}

function othersStand(check: Test, { report }: Outcome): void {
  for (const { name, verdict } of report.packages) if (name !== 'victim') check.equal(verdict, 'trusted', name)
  check.equal(report.packages.length, 3)
}

/** A port of the loopback interface on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => {
    server.close(resolve)
  })
  return port
}

/** The credentials that came with each request for the victim's attestations. */
function sent({ sandbox }: World): readonly (string | undefined)[] {
  const asked = sandbox.requests.filter(({ path }) => path.includes('attestations/victim'))
  return [...new Set(asked.map(({ headers }) => headers.authorization))]
}

const port = await closedPort()

for (const { title, match, fault, code, verdict, says } of faultCases(port)) {
  await t.test(title, async (check) => {
    const world = await scene(check)
    world.sandbox.fault({ service: 'registry', ...match }, fault)
    const outcome = await verify(check, world, world.trust)
    check.equal(outcome.victim.verdict, verdict)
    check.equal(outcome.status, verdict === 'refused' ? 1 : 3)
    const found = decisive(check, outcome.victim, code)
    check.match(found, says)
    words.set(title, found)
    othersStand(check, outcome)
  })
}

await t.test('500 once, and then the right answer: nothing happened', async (check) => {
  const world = await scene(check)
  world.sandbox.fault({ service: 'registry', path: ATTESTATIONS, times: 1 }, { kind: 'status', status: 500 })
  const { status, stdout } = await world.run(['verify', ...world.trust])
  check.equal(status, 0)
  check.match(stdout, /^trusted {4}victim@1\.0\.0/mu)
  check.notMatch(stdout, /500/u)
})

await t.test('the right document under a wrong content type is the right document', async (check) => {
  const world = await scene(check)
  const label = { kind: 'content-type', contentType: 'image/png' } as const
  world.sandbox.fault({ service: 'registry', path: ATTESTATIONS }, label)
  const outcome = await verify(check, world, world.trust)
  check.equal(outcome.status, 0)
  othersStand(check, outcome)
})

await t.test(
  'a redirect to another host: its answer is verified like any other, and gets no credentials',
  async (check) => {
    const world = await scene(check)
    const stranger = await startWorld('faults')
    check.teardown(() => stranger.close())
    await stranger.release('victim', '1.0.0')
    const { host } = new URL(world.sandbox.registryUrl)
    await writeFile(join(world.root, 'home', '.npmrc'), `${IMPATIENT}//${host}/:_authToken=secret\n`)
    const location = new URL(ATTESTATIONS, stranger.sandbox.registryUrl).href
    world.sandbox.fault({ service: 'registry', path: ATTESTATIONS }, { kind: 'redirect', location })
    const outcome = await verify(check, world, world.trust)
    check.equal(outcome.status, 0, 'the same document, from elsewhere')
    check.strictSame(sent(world), ['Bearer secret'])
    check.strictSame(sent(stranger), [undefined])
  },
)

await t.test(
  'a registry without a keys endpoint that does serve attestations is asked for nothing more',
  async (check) => {
    const world = await scene(check)
    world.sandbox.fault({ service: 'registry', path: '/-/npm/v1/keys' }, { kind: 'status', status: 404 })
    const outcome = await verify(check, world, world.trust)
    check.equal(outcome.status, 0)
    othersStand(check, outcome)
  },
)

await t.test(
  'a registry that serves none at all leaves all versions open: it is the registry, not the versions',
  async (check) => {
    const world = await scene(check)
    world.sandbox.actAsPlainMirror()
    const { status, report, victim } = await verify(check, world, world.trust)
    check.equal(status, 3)
    check.strictSame(report.counts, { trusted: 0, unattested: 0, exempt: 0, outside: 0, refused: 0, undecided: 3 })
    words.set('none at all', decisive(check, victim, 'registry-serves-no-attestations'))
    check.match(victim.findings, [{ fix: /--evidence-registry/u }])
  },
)

await t.test(
  'a mirror that hands on metadata whole, and serves no attestations, is such a registry too',
  async (check) => {
    const world = await scene(check)
    world.sandbox.fault({ service: 'registry', path: /^\/-\/npm\/v1\// }, { kind: 'status', status: 404 })
    const { status, report } = await verify(check, world, world.trust)
    check.equal(status, 3)
    check.equal(report.counts.undecided, 3)
  },
)

await t.test(
  'what the registry says about a version: never there, withdrawn, unknown, without attestations',
  async (check) => {
    const world = await scene(check)
    const locked = (version: string): Promise<void> => {
      const integrity = `sha512-${Buffer.alloc(64, 7).toString('base64')}`
      return world.lock([{ name: 'victim', version, fields: { version, integrity } }])
    }
    const told = async (title: string, code: Finding['code']): Promise<void> => {
      const { status, victim } = await verify(check, world, world.trust)
      check.equal(status, 1, title)
      check.equal(victim.verdict, 'refused', title)
      words.set(title, decisive(check, victim, code))
    }
    await locked('9.9.9')
    await told('no such version', 'version-unknown')
    world.sandbox.unpublish('victim', '1.0.0')
    await locked('1.0.0')
    await told('withdrawn', 'version-withdrawn')
    world.sandbox.fault({ service: 'registry', path: METADATA }, { kind: 'status', status: 404 })
    await told('no such package', 'version-unknown')
    await world.lock([await world.release('unproven', '1.0.0', { provenance: null })])
    const { status, stdout } = await world.run(['verify', '--json', ...world.trust])
    check.equal(status, 1)
    const [unproven] = (JSON.parse(stdout) as Report).packages
    if (unproven === undefined) return check.fail('no package in the report')
    words.set('none for this version', decisive(check, unproven, 'provenance-missing'))
    return undefined
  },
)

await t.test('nobody answers at all: all versions are open, and the run comes to an end', async (check) => {
  const world = await scene(check)
  const [, ...trust] = world.trust
  const outcome = await verify(check, world, ['--registry', `http://127.0.0.1:${port}/`, ...trust.slice(1)])
  check.equal(outcome.status, 3)
  check.equal(outcome.report.counts.undecided, 3)
  check.match(decisive(check, outcome.victim, 'registry-unreachable'), /refused/u)
})

await t.test('a clock ten years behind: nobody can tell, and nothing is refused for it', async (check) => {
  const world = await scene(check)
  const outcome = await verify(check, world, [...world.trust, '--now', '2016-01-15T12:00:00Z'])
  check.equal(outcome.status, 3)
  check.equal(outcome.report.counts.undecided, 3)
  words.set('clock behind', decisive(check, outcome.victim, 'clock-behind'))
})

await t.test('a clock ten years ahead: what was signed in its time stays signed', async (check) => {
  const world = await scene(check)
  const outcome = await verify(check, world, [...world.trust, '--now', '2036-01-15T12:00:00Z'])
  check.equal(outcome.status, 0)
  check.equal(outcome.report.simulated, true)
  othersStand(check, outcome)
})

await t.test('off line with nothing kept: open, and not called an outage', async (check) => {
  const world = await scene(check)
  const outcome = await verify(check, world, [...world.trust, '--offline'])
  check.equal(outcome.status, 3)
  check.equal(outcome.report.counts.undecided, 3)
  words.set('off line', decisive(check, outcome.victim, 'offline-not-cached'))
})

await t.test('Sigstore out of reach, and no copy kept', async (check) => {
  const world = await scene(check)
  // A proxy that is not there, so that no real network is touched.
  const proxy = { HTTPS_PROXY: `http://127.0.0.1:${port}/` }
  const outcome = await verify(check, world, ['--registry', world.sandbox.registryUrl], proxy)
  check.equal(outcome.status, 3)
  check.equal(outcome.report.counts.undecided, 3)
  check.strictSame(outcome.report.trust, {
    source: 'none',
    digest: null,
    registryKeys: { source: 'none', digest: null },
    privateRoots: [],
  })
  words.set('no trust root', decisive(check, outcome.victim, 'trust-root-unavailable'))
})

/** Verifies with the sandbox's own TUF repository. */
async function byTuf(check: Test, world: World, now: Date, more: Partial<SourceOptions> = {}): Promise<Outcome> {
  const tufRootPath = join(world.root, 'trust', 'tuf-root.json')
  await writeFile(tufRootPath, world.sandbox.tufRoot())
  const { registryUrl, tufUrl } = world.sandbox
  const tuf = { mirrorUrl: tufUrl, tufRootPath, registryHost: new URL(registryUrl).host }
  const options = { cwd: world.project, dir: '.', env: world.env }
  const sources = await openSources({ ...options, now, registry: registryUrl, tuf, ...more })
  const { report } = await verifyProject(await readProject(options), sources, { simulated: false })
  await sources.close()
  check.notMatch(JSON.stringify(report), /tamper/iu)
  const victim = report.packages.find(({ name }) => name === 'victim')
  if (victim === undefined) throw new Error('the victim is not in the report')
  return { status: 0, report, victim }
}

await t.test('the trust root by TUF: fresh, kept for a week off line, too old after that', async (check) => {
  const world = await scene(check)
  const now = new Date('2026-02-01T00:00:00Z')
  const later = (days: number): Date => new Date(now.getTime() + days * 86_400_000)
  const first = await byTuf(check, world, now)
  check.equal(first.report.trust.source, 'tuf')
  check.equal(first.report.trust.registryKeys.source, 'tuf')
  othersStand(check, first)
  check.equal(first.victim.verdict, 'trusted')
  const down = world.sandbox.fault({ service: 'tuf', path: /./u }, { kind: 'status', status: 503 })
  const kept = await byTuf(check, world, later(6))
  check.equal(kept.report.trust.source, 'tuf-cache')
  check.equal(kept.report.verdict, 'satisfied')
  check.match(kept.report.notes, [{ code: 'no-pins' }, { code: 'trust-refresh-failed', reason: 'status' }])
  const stale = await byTuf(check, world, later(8))
  check.equal(stale.report.verdict, 'undecided')
  words.set('stale trust root', decisive(check, stale.victim, 'trust-root-stale'))
  down()
  await rm(join(world.root, 'cache'), { recursive: true })
  check.equal((await byTuf(check, world, later(8))).report.verdict, 'satisfied', 'and back again')
})

await t.test('an expired TUF root is not believed', async (check) => {
  const world = await scene(check)
  world.sandbox.changeTuf({ expires: { root: new Date('2026-01-20T00:00:00Z') } })
  const expired = await byTuf(check, world, new Date('2026-02-01T00:00:00Z'))
  check.equal(expired.report.verdict, 'undecided')
  words.set('expired root', decisive(check, expired.victim, 'trust-root-unavailable'))
})

await t.test('a TUF repository that has no keys of this registry: provenance is open, not missing', async (check) => {
  const world = await scene(check)
  const tufRootPath = join(world.root, 'trust', 'tuf-root.json')
  const tuf = { mirrorUrl: world.sandbox.tufUrl, tufRootPath, registryHost: 'another.registry.test' }
  const { report, victim } = await byTuf(check, world, new Date('2026-02-01T00:00:00Z'), { tuf })
  check.equal(report.verdict, 'undecided')
  check.equal(report.counts.undecided, 3)
  words.set('no registry keys', decisive(check, victim, 'registry-keys-unavailable'))
})

await t.test('no two faults are told in the same words, and none is called tampering', (check) => {
  // Without what differs by the version that was asked for.
  const plain = [...words].map(([title, text]) => [title, text.replace(/ for the .*$/u, '')] as const)
  const truncated = plain.filter(([, text]) => text.startsWith('truncated'))
  // Cut as JSON or cut as a connection: two ways to the same end.
  check.equal(truncated.length, 2)
  const others = plain.filter(([, text]) => !text.startsWith('truncated')).map(([, text]) => text)
  check.equal(new Set(others).size, others.length, JSON.stringify(plain, null, 2))
  check.ok(others.length >= 20, `${others.length} faults`)
  for (const [title, text] of plain) check.notMatch(text, /tamper/iu, title)
  check.end()
})
