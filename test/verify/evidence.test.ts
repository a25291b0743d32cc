// SPDX-License-Identifier: Apache-2.0
// A file of evidence: what it takes from one run to another, and what whoever can write it gets through, which is nothing that signatures cover.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import t from 'tap'
import type { Test } from 'tap'
import { openSources, readProject, verifyProject } from '@bonafide/verify'
import type { Report, SourceOptions } from '@bonafide/verify'
import { startWorld } from '../support/world.ts'
import type { Ran, World } from '../support/world.ts'

const DAY = 86_400_000
const NONE = { provenance: null }

interface Answer {
  registry: string
  ask: string
  name?: string
  version?: string
  form?: string
  answer: string
  text?: string
}
interface File {
  schemaVersion: number
  exported: string
  trust: unknown
  documents: Answer[]
}

interface Gap {
  readonly world: World
  /** Runs `verify --export-evidence e.json` where registries answer. */
  readonly exportTo: (file?: string) => Promise<Ran>
  /** Runs `verify --evidence e.json --json` with a cache that nobody ever used. */
  readonly judge: (...more: readonly string[]) => Promise<Outcome>
  /** Rewrites the file as its writer may. */
  readonly forge: (edit: (file: File) => void) => Promise<void>
}

interface Outcome extends Ran {
  /** `name@version verdict code...` by name. */
  readonly verdicts: readonly string[]
  readonly report: Report
}

let folders = 0

async function gap(check: Test): Promise<Gap> {
  const world = await startWorld('evidence')
  check.teardown(() => world.close())
  // The export is made now; the sandbox's own days are long past.
  world.sandbox.clock.set(new Date())
  const path = join(world.project, 'e.json')
  return {
    world,
    exportTo: (file = 'e.json') => world.run(['verify', '--export-evidence', file, ...world.trust]),
    async judge(...more) {
      folders += 1
      const ran = await world.run(['verify', '--evidence', 'e.json', '--json', ...more, ...world.trust], {
        XDG_CACHE_HOME: join(world.root, `empty-${folders}`),
      })
      const report = JSON.parse(ran.stdout) as Report
      return { ...ran, report, verdicts: ran.status === 2 ? [] : verdictsOf(report) }
    },
    async forge(edit) {
      const file = JSON.parse(await readFile(path, 'utf8')) as File
      edit(file)
      await writeFile(path, JSON.stringify(file))
    },
  }
}

const verdictsOf = ({ packages }: Report): readonly string[] =>
  packages.map(({ name, version, verdict, findings }) =>
    [`${name}@${version}`, verdict, ...findings.map(({ code }) => code)].join(' '),
  )

const find = (file: File, wanted: Partial<Answer>): Answer => {
  const found = file.documents.find((one) =>
    Object.entries(wanted).every(([key, value]) => one[key as keyof Answer] === value),
  )
  if (found === undefined) throw new Error(JSON.stringify(wanted))
  return found
}

const packuments = (file: File, edit: (document: Record<string, never>) => void): void => {
  for (const one of file.documents.filter(({ ask }) => ask === 'packument')) {
    const document = JSON.parse(one.text ?? '') as Record<string, never>
    edit(document)
    one.text = JSON.stringify(document)
  }
}

const backdate = (text: string): string => text.replaceAll(/"20\d\d-[\d-]+T[\d:.]+Z"/gu, '"2020-01-01T00:00:00.000Z"')

const at = (days: number): string => new Date(Date.now() + days * DAY).toISOString()

const codeOf = ({ stdout }: Ran): string => (JSON.parse(stdout) as { error: { code: string } }).error.code

/** Two packages, recorded: one with provenance, one without; all old enough. */
async function adopted(check: Test): Promise<Gap> {
  const one = await gap(check)
  const { world } = one
  world.sandbox.clock.advance(-40 * DAY)
  const locked = [await world.release('paint', '1.0.0'), await world.release('plain', '1.0.0', NONE)]
  world.sandbox.clock.advance(40 * DAY)
  await world.lock(locked)
  await world.run(['init', ...world.trust])
  return one
}

await t.test('a run that can ask nobody says what the run said that could', async (check) => {
  const { world, exportTo, judge } = await adopted(check)
  const online = await world.run(['verify', '--json', ...world.trust])
  const exported = await exportTo()
  check.equal(exported.status, 0)
  const digest = /sha256:([0-9a-f]{64})/u.exec(exported.stdout)?.[1] ?? ''
  await world.sandbox.close()
  const outcome = await judge('--evidence-sha256', digest)
  check.equal(outcome.status, 0)
  check.strictSame(outcome.verdicts, ['paint@1.0.0 trusted', 'plain@1.0.0 unattested'])
  check.strictSame(outcome.report.packages, (JSON.parse(online.stdout) as Report).packages)
  const note = outcome.report.notes.find(({ code }) => code === 'evidence-file')
  check.match(note, { file: 'e.json', digest: `sha256:${digest}`, exported: /^20\d\d-/u })
  const explained = await world.run(['explain', 'paint@1.0.0', '--evidence', 'e.json', ...world.trust])
  check.equal(explained.status, 0)
})

await t.test('packed where its name ends in .gz, and read either way', async (check) => {
  const { world, exportTo, judge } = await adopted(check)
  await exportTo('e.json.gz')
  const bytes = await readFile(join(world.project, 'e.json.gz'))
  check.match((JSON.parse(gunzipSync(bytes).toString('utf8')) as File).documents.length, 5)
  await writeFile(join(world.project, 'e.json'), bytes)
  check.strictSame((await judge()).verdicts, ['paint@1.0.0 trusted', 'plain@1.0.0 unattested'])
})

await t.test('no credential and no verdict is in it, and nothing that it was not told', async (check) => {
  const { world } = await adopted(check)
  const { host } = new URL(world.sandbox.registryUrl)
  await writeFile(join(world.root, 'home', '.npmrc'), `//${host}/:_authToken=npm_secret\nemail=me@example.com\n`)
  await world.run(['verify', '--export-evidence', 'e.json', ...withPassword(world)])
  const text = await readFile(join(world.project, 'e.json'), 'utf8')
  check.notMatch(text, /npm_secret|hunter2|someone|me@example/u)
  const file = JSON.parse(text) as File
  check.strictSame(Object.keys(file), ['schemaVersion', 'exported', 'trust', 'documents'])
  check.equal(file.trust, null, 'trust that was given by option is no evidence')
  check.notMatch(JSON.stringify(file.documents.map((one) => ({ ...one, text: '' }))), /trusted|unattested|verdict/u)
})

function withPassword({ trust, sandbox }: World): readonly string[] {
  return trust.map((word) => (word === sandbox.registryUrl ? word.replace('//', '//someone:hunter2@') : word))
}

await t.test('what the file does not hold is undecided, and never "there is none"', async (check) => {
  const { forge, judge, exportTo } = await adopted(check)
  await exportTo()
  const whole = await judge()
  check.strictSame(whole.verdicts, ['paint@1.0.0 trusted', 'plain@1.0.0 unattested'])
  const without = async (isGone: (one: Answer) => boolean): Promise<Outcome> => {
    await exportTo()
    await forge((file) => {
      const before = file.documents.length
      file.documents = file.documents.filter((one) => !isGone(one))
      if (file.documents.length === before) throw new Error('nothing to leave out')
    })
    return judge()
  }
  // Without them `plain` would be one of those that never have any, though its metadata says so too.
  for (const isGone of [
    (one: Answer) => one.ask === 'attestations' && one.name === 'plain',
    (one: Answer) => one.ask === 'keys',
    (one: Answer) => one.ask === 'packument' && one.name === 'plain',
  ]) {
    const { status, verdicts } = await without(isGone)
    check.equal(status, 3)
    check.match(verdicts[1], /^plain@1\.0\.0 undecided .*evidence-not-held/u)
  }
  const { verdicts } = await without((one) => one.ask === 'attestations' && one.name === 'paint')
  check.match(verdicts[0], /^paint@1\.0\.0 undecided evidence-not-held/u)
})

await t.test('a version that was locked after the export is undecided', async (check) => {
  const { world, judge, exportTo } = await adopted(check)
  await exportTo()
  await world.editLock((text) => text.replaceAll('1.0.0', '1.0.1'))
  check.match((await judge()).verdicts[0], /^paint@1\.0\.1 (?:undecided|refused) .*evidence-not-held/u)
})

await t.test('an export of last week, or of tomorrow, decides nothing', async (check) => {
  const { exportTo, judge, forge } = await adopted(check)
  await exportTo()
  check.equal((await judge('--now', at(6.9))).status, 0)
  for (const outcome of [await judge('--now', at(7.1)), await judge('--now', at(-0.1))]) {
    check.equal(outcome.status, 3)
    check.strictSame(outcome.verdicts, [
      'paint@1.0.0 undecided evidence-stale evidence-stale',
      'plain@1.0.0 undecided evidence-stale evidence-stale',
    ])
  }
  await forge((file) => {
    file.exported = at(1)
  })
  check.equal((await judge()).status, 3, 'dated ahead, so as to be good for longer')
})

await t.test('another file than the one that was pinned is not read', async (check) => {
  const { world, exportTo, judge, forge } = await adopted(check)
  const { stdout } = await exportTo()
  const digest = /sha256:([0-9a-f]{64})/u.exec(stdout)?.[1] ?? ''
  check.equal((await judge('--evidence-sha256', digest)).status, 0)
  await forge((file) => {
    file.documents.reverse()
  })
  const ran = await judge('--evidence-sha256', digest)
  check.equal(ran.status, 2)
  check.equal(codeOf(ran), 'BONAFIDE_EVIDENCE_MISMATCH')
  const missing = await world.run(['verify', '--evidence', 'none.json', '--json', ...world.trust])
  check.equal(codeOf(missing), 'BONAFIDE_EVIDENCE_UNREADABLE')
})

await t.test('options that contradict are refused before anything is asked', async (check) => {
  const { world } = await gap(check)
  for (const words of [
    ['--export-evidence', 'e.json', '--offline'],
    ['--export-evidence', 'e.json', '--evidence', 'f.json'],
    ['--export-evidence', 'e.json', '--now', '2026-11-25'],
    ['--evidence-sha256', 'a'.repeat(64)],
    ['--evidence', 'e.json', '--evidence-sha256', 'A'.repeat(64)],
  ]) {
    await world.lock([])
    const ran = await world.run(['verify', '--json', ...words, ...world.trust])
    check.equal(ran.status, 2, words.join(' '))
    check.equal(codeOf(ran), 'BONAFIDE_USAGE')
  }
})

await t.test('whoever writes the file gets nothing through that a signature or a pin speaks against', async (check) => {
  const { world, exportTo, forge, judge } = await adopted(check)
  // A stolen token: published without provenance, a minute ago; and a build of somebody else's.
  const stolen = await world.release('paint', '1.0.1', NONE)
  const foreign = await world.release('brush', '1.0.0')
  world.sandbox.clock.advance(1000)
  const swapped = await world.release('brush', '1.0.1', { provenance: { repository: 'evil/brush' } })
  await world.lock([foreign])
  await world.run(['init', ...world.trust])
  await world.lock([stolen, swapped])
  await exportTo()
  const honest = await judge()
  check.equal(honest.status, 1)
  check.match(honest.verdicts, [/^brush@1\.0\.1 refused/u, /^paint@1\.0\.1 refused/u])

  const old = '2020-01-01T00:00:00.000Z'
  const forgeries: readonly (readonly [string, (file: File) => void])[] = [
    ['times long ago', (file) => packuments(file, ({ ...document }) => Object.assign(document, { modified: old }))],
    [
      'no version claims attestations',
      (file) =>
        packuments(file, (document) => {
          for (const version of Object.values(
            document['versions'] as unknown as Record<string, { dist: { attestations?: unknown } }>,
          ))
            delete version.dist.attestations
        }),
    ],
    [
      'no earlier version was ever there',
      (file) =>
        packuments(file, (document) => {
          delete (document['versions'] as unknown as Record<string, unknown>)['1.0.0']
        }),
    ],
    [
      'the attestations of another version',
      (file) => {
        Object.assign(find(file, { ask: 'attestations', name: 'paint', version: '1.0.1' }), {
          answer: 'found',
          text: find(file, { ask: 'attestations', name: 'brush', version: '1.0.1' }).text,
        })
      },
    ],
    [
      'attestations in name only',
      (file) => {
        Object.assign(find(file, { ask: 'attestations', name: 'paint', version: '1.0.1' }), {
          answer: 'found',
          text: '{"attestations":[]}',
        })
      },
    ],
    [
      'no attestations, and so nothing foreign',
      (file) => {
        const one = find(file, { ask: 'attestations', name: 'brush', version: '1.0.1' })
        one.answer = 'absent'
        delete one.text
      },
    ],
    [
      'other bytes',
      (file) => {
        packuments(file, (document) => {
          const text = JSON.stringify(document).replaceAll(/sha512-[\w+/]{10}/gu, 'sha512-AAAAAAAAAA')
          Object.assign(document, JSON.parse(text))
        })
      },
    ],
    ['no registry serves attestations', (file) => Object.assign(find(file, { ask: 'keys' }), { text: '{"keys":[]}' })],
  ]
  for (const [what, edit] of forgeries) {
    await exportTo()
    await forge(edit)
    const { status, verdicts } = await judge()
    check.not(status, 0, what)
    check.equal(verdicts.length, 2)
    for (const line of verdicts) check.match(line, /^\S+ (?:refused|undecided) /u, `${what}: ${line}`)
  }
})

await t.test('what nobody signs is believed of the file as it is of a registry, and no more', async (check) => {
  const { world, exportTo, forge, judge } = await adopted(check)
  // A new release of a package that is recorded as having no provenance: only the registry says how old it is.
  const young = await world.release('plain', '1.0.1', NONE)
  await world.lock([young])
  await exportTo()
  check.strictSame((await judge()).verdicts, ['plain@1.0.1 refused cooldown'])
  await forge((file) => {
    for (const one of file.documents) if (one.ask === 'packument') one.text = backdate(one.text ?? '')
  })
  const outcome = await judge()
  check.strictSame(outcome.verdicts, ['plain@1.0.1 unattested'])
  // The report tells which file it was: whoever pins the digest of the export sees that it is another one.
  check.equal(outcome.report.notes.filter(({ code }) => code === 'evidence-file').length, 1)
  // A registry that lies gets the same, which is why the file is to be handled like one.
  world.sandbox.fault(
    { service: 'registry', path: '/plain' },
    { kind: 'edit', edit: (body) => backdate(body.toString('utf8')) },
  )
  const online = await world.run(['verify', '--json', ...world.trust], { XDG_CACHE_HOME: join(world.root, 'fresh') })
  check.strictSame(verdictsOf(JSON.parse(online.stdout) as Report), ['plain@1.0.1 unattested'])
  // Bytes that the registry never signed are refused all the same.
  await world.editLock((text) => text.replace(/sha512-[\w+/]{10}/u, 'sha512-AAAAAAAAAA'))
  check.match((await judge()).verdicts[0], /refused .*lock-integrity-mismatch/u)
})

await t.test("TUF's metadata is in it, verified from the shipped root up, and no older than a week", async (check) => {
  const { world } = await adopted(check)
  const tufRootPath = join(world.root, 'trust', 'tuf-root.json')
  await writeFile(tufRootPath, world.sandbox.tufRoot())
  const { registryUrl, tufUrl } = world.sandbox
  const tuf = { mirrorUrl: tufUrl, tufRootPath, registryHost: new URL(registryUrl).host }
  const place = { cwd: world.project, dir: '.', env: world.env, now: new Date(), registry: registryUrl, tuf }
  const run = async (more: Partial<SourceOptions>): Promise<Report> => {
    const sources = await openSources({ ...place, ...more })
    const { report } = await verifyProject(await readProject(place), sources, { simulated: false })
    await sources.exportEvidence?.('e.json')
    await sources.close()
    return report
  }
  check.equal((await run({ keepsEvidence: true })).trust.source, 'tuf')
  await world.sandbox.close()
  let caches = 0
  const judge = (now = place.now): Promise<Report> => {
    caches += 1
    return run({ evidence: { file: 'e.json' }, cacheDir: join(world.root, `tuf-${caches}`), now })
  }
  const { trust, verdict, notes } = await judge()
  check.equal(verdict, 'satisfied')
  check.equal(trust.source, 'tuf-cache')
  check.notOk(notes.some(({ code }) => code === 'trust-refresh-failed'))
  const path = join(world.project, 'e.json')
  const text = await readFile(path, 'utf8')
  const { files } = (JSON.parse(text) as { trust: { files: Record<string, string> } }).trust
  // Every file of it, with one byte changed, and left out.
  for (const [name, body] of Object.entries(files)) {
    const bytes = Buffer.from(body, 'base64')
    const last = bytes.lastIndexOf('a')
    bytes[last] = 'b'.charCodeAt(0)
    for (const edited of [
      text.replace(body, bytes.toString('base64')),
      text.replace(`"${name}":"${body}"`, '"x":""'),
    ]) {
      check.not(edited, text)
      await writeFile(path, edited)
      const report = await judge()
      check.equal(report.verdict, 'undecided', name)
      check.equal(report.trust.source, 'none', name)
    }
  }
  // Refreshed by nobody for a week, though the file says that it was exported today.
  const old = new Date(Date.now() - 8 * DAY).toISOString()
  await writeFile(path, text.replace(/"refreshed":"[^"]*"/u, `"refreshed":"${old}"`))
  const stale = await judge()
  check.equal(stale.verdict, 'undecided')
  check.ok(stale.packages.some(({ findings }) => findings.some(({ code }) => code === 'trust-root-stale')))
  // Another repository's metadata is none of this one's.
  await writeFile(path, text.replace(/"mirror":"[^"]*"/u, '"mirror":"https://tuf.example"'))
  check.equal((await judge()).trust.source, 'none')
})

await t.test('tarballs are not in it: they come from the cache, or leave the version undecided', async (check) => {
  const { world, exportTo, judge } = await adopted(check)
  await world.run(['verify', '--export-evidence', 'e.json', '--tarballs', ...world.trust])
  const bytes = (await readFile(join(world.project, 'e.json'))).length
  await exportTo()
  check.ok(Math.abs(bytes - (await readFile(join(world.project, 'e.json'))).length) < 20_000)
  await world.sandbox.close()
  const { status, verdicts } = await judge('--tarballs')
  check.equal(status, 3)
  check.match(verdicts, [/undecided .*tarball-unavailable/u, /undecided .*tarball-unavailable/u])
  const kept = await world.run(['verify', '--evidence', 'e.json', '--tarballs', ...world.trust])
  check.equal(kept.status, 0, 'with the tarballs that the first run kept')
})

await t.test('a file that is not exactly what an export writes is an error', async (check) => {
  const { world, exportTo } = await adopted(check)
  await exportTo()
  const path = join(world.project, 'e.json')
  const text = await readFile(path, 'utf8')
  const edits: readonly (string | Buffer)[] = [
    '',
    'x',
    '[]',
    '{}',
    text.slice(0, -3),
    text.replace('"schemaVersion":1', '"schemaVersion":2'),
    text.replace('"schemaVersion":1', '"schemaVersion":1,"schemaVersion":1'),
    text.replace('"schemaVersion":1', '"schemaVersion":1,"verdicts":[]'),
    text.replace('"schemaVersion":1', '"schemaVersion":1,"__proto__":{}'),
    text.replace(/"exported":"[^"]*"/u, '"exported":"yesterday"'),
    text.replace(/"exported":"[^"]*"/u, '"exported":"2026-11-25"'),
    text.replace('"trust":null', '"trust":{}'),
    text.replace('"trust":null', '"trust":{"mirror":"x","refreshed":"2026-11-25T00:00:00.000Z","files":{"a":"b"}}'),
    text.replace('"trust":null', '"trust":{"trustedRoot":"{}"}'),
    text.replace('"ask":"keys"', '"ask":"constructor"'),
    text.replace('"ask":"keys"', '"ask":"keys","name":"paint"'),
    text.replace('"answer":"absent"', '"answer":"none"'),
    text.replace('"answer":"absent"', '"answer":"absent","text":"{}"'),
    text.replace('"version":"1.0.0"', '"version":"^1"'),
    text.replace('"name":"paint"', '"name":"../paint"'),
    text.replace('"form":"full"', '"form":"other"').replace('"form":"abbreviated"', '"form":"other"'),
    text.replace(/"registry":"[^"]*"/u, '"registry":"file:///x"'),
    text.replace(/"registry":"http:\/\//u, '"registry":"http://a:b@'),
    text.replace('"documents":[', '"documents":[0,'),
    text.replace(/\n(\{"registry":[^\n]*),\n/u, '\n$1,\n$1,\n'),
    Buffer.from([0x1f, 0x8b, 0, 0]),
    gzipSync(text).subarray(0, 500),
  ]
  for (const [index, edited] of edits.entries()) {
    check.not(String(edited), text, `edit ${index} changes something`)
    await writeFile(path, edited)
    const ran = await world.run(['verify', '--evidence', 'e.json', '--json', ...world.trust])
    check.equal(ran.status, 2, `edit ${index}`)
    check.equal(codeOf(ran), 'BONAFIDE_EVIDENCE_MALFORMED', `edit ${index}`)
  }
})
