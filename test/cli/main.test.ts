// SPDX-License-Identifier: Apache-2.0
// The form of `--json`, the command as a process of its own, and the transcript in the README.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { withoutPullRequest } from '../../tools/demo/bonafide.ts'
import { tellAxiosStory } from '../../tools/demo/axios-story.ts'
import { importExample } from '../support/readme.ts'
import { runMain, startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

type Json = Readonly<Record<string, unknown>>

const bin = fileURLToPath(new URL('../../packages/cli/bin/bonafide.js', import.meta.url))

/** Trusted, refused, unattested and with a warning: every part of a report is there. */
async function mixed(): Promise<World> {
  const world = await startWorld('json')
  const quiet = await world.release('left-alone', '1.0.0', { provenance: null })
  await world.lock([quiet])
  await world.run(['init', ...world.trust])
  const paint = await world.release('paint', '2.0.0')
  const forged = await world.release('forged', '1.0.0')
  world.sandbox.serveAttestations('forged', '1.0.0', paint.attestations)
  await world.lock([quiet, paint, forged])
  return world
}

// The first list of each is the contract; the second is what has come beside it since.
const FIELDS = {
  report: [
    ['schemaVersion', 'verdict', 'counts', 'trust', 'packages'],
    ['now', 'lockfiles', 'evidenceRegistry', 'rulesNotRun', 'notes'],
  ],
  package: [
    ['name', 'version', 'integrity', 'verdict', 'pin', 'locations', 'findings', 'identity', 'evidence'],
    ['because', 'boundBy', 'exemption', 'passes'],
  ],
  evidence: [
    ['predicateType', 'mediaType', 'log', 'integratedTime'],
    ['logIndex', 'time', 'trustDomain'],
  ],
} as const

const fields = (value: unknown): readonly string[] => Object.keys(value as object).sort()
const list = (value: unknown): readonly Json[] => value as readonly Json[]
const sorted = (...names: readonly string[]): readonly string[] => [...names].sort()

await t.test('--json prints one object, with the fields that other programs rely on', async (check) => {
  const world = await mixed()
  check.teardown(() => world.close())
  const { status, stdout, stderr } = await world.run(['verify', '--json', ...world.trust])
  check.equal(status, 1)
  check.equal(stderr, '', 'what is said to people stays away')
  const report = JSON.parse(stdout) as Json
  check.equal(report['schemaVersion'], 1)
  check.equal(report['verdict'], 'refused')
  check.strictSame(fields(report), sorted(...FIELDS.report.flat()))
  check.strictSame(report['counts'], { trusted: 1, unattested: 1, exempt: 0, outside: 0, refused: 1, undecided: 0 })
  check.strictSame(fields(report['trust']), sorted('source', 'digest', 'registryKeys', 'privateRoots'))
  check.match(report['trust'], { source: 'file', digest: /^sha256:[0-9a-f]{64}$/u })

  const packages = list(report['packages'])
  check.equal(packages.length, 3)
  for (const item of packages) {
    check.strictSame(fields(item), sorted(...FIELDS.package.flat()))
    for (const place of list(item['locations'])) check.strictSame(fields(place), sorted('file', 'line'))
    for (const finding of list(item['findings']))
      check.strictSame(
        fields(finding).filter((name) => name !== 'entry'),
        sorted('code', 'rule', 'level', 'found', 'wanted', 'fix'),
      )
    for (const evidence of list(item['evidence'])) check.strictSame(fields(evidence), sorted(...FIELDS.evidence.flat()))
  }
  const [forged, quiet, paint] = packages
  check.match(forged, { name: 'forged', verdict: 'refused', pin: 'unrecorded', identity: null })
  check.not(list(forged?.['findings']).length, 0)
  check.match(quiet, { name: 'left-alone', verdict: 'unattested', pin: 'none', identity: null, evidence: [] })
  check.match(paint, { name: 'paint', verdict: 'trusted', locations: [{ file: 'package-lock.json', line: Number }] })
  check.equal(list(paint?.['evidence']).length, 2)
  check.strictSame(
    fields(paint?.['identity']),
    sorted(
      'issuer',
      'repository',
      'repositoryId',
      'ownerId',
      'workflow',
      'signer',
      'ref',
      'commit',
      'trigger',
      'runner',
      'runUrl',
      'owner',
    ),
  )

  const simulated = JSON.parse(
    (await world.run(['verify', '--json', '--now', '2026-06-01', ...world.trust])).stdout,
  ) as Json
  check.equal(simulated['simulated'], true, 'a simulation says so')
  check.equal(simulated['now'], '2026-06-01T00:00:00.000Z')
})

await t.test('stdout carries nothing but the object, whatever the command and however it ends', async (check) => {
  const world = await mixed()
  check.teardown(() => world.close())
  const runs: readonly (readonly [words: readonly string[], status: number])[] = [
    [['verify', '--json', ...world.trust], 1],
    [['init', '--json', ...world.trust], 1],
    [['explain', 'paint@2.0.0', '--json', ...world.trust], 0],
    [['explain', 'paint', '--json'], 2],
    [['verify', '--json', '--policy', 'no-such-file'], 2],
    [['verify', '--json', '--offline', ...world.trust], 1],
    [['nonsense', '--json'], 2],
  ]
  for (const [words, status] of runs) {
    const ran = await world.run(words)
    check.equal(ran.status, status, words.join(' '))
    const document = JSON.parse(ran.stdout) as Json
    check.equal(document['schemaVersion'], 1, words.join(' '))
    check.equal(ran.stdout, `${JSON.stringify(document, null, 2)}\n`, 'one object and a line end')
  }
})

await t.test('a fault of the program itself decides nothing, and says so in both forms', async (check) => {
  const world = await mixed()
  check.teardown(() => world.close())
  const broken = new Proxy(
    {},
    {
      get: () => {
        throw new TypeError('boom\u001b[2J')
      },
    },
  )
  const { status, stdout, stderr } = await runMain(['verify', '--json', ...world.trust], world.project, broken)
  check.equal(status, 3)
  check.strictSame(JSON.parse(stdout), {
    schemaVersion: 1,
    error: { code: 'BONAFIDE_INTERNAL', message: 'internal error' },
  })
  check.match(stderr, /^bonafide: internal error: TypeError: boom\\u\{1b\}/u, 'escaped, with the place below')
})

await t.test('the command as a process says the same, and ends with the same code', async (check) => {
  const world = await mixed()
  check.teardown(() => world.close())
  for (const words of [
    ['verify', ...world.trust],
    ['explain', 'paint@2.0.0', ...world.trust],
    ['verify', '--polcy'],
    ['--help'],
    ['--version'],
  ]) {
    const here = await world.run(words)
    // Spawned without waiting in between: the sandbox answers from this process.
    const there = await spawned([bin, ...words], world.project, world.env)
    check.strictSame(there, here, words.slice(0, 2).join(' '))
  }
})

await t.test('an old Node.js gets a sentence, not a stack trace', (check) => {
  const old = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .filter((path) => existsSync(path))
    .find((path) => Number(spawnSync(path, ['-p', 'process.versions.node']).stdout.toString().split('.')[0]) < 22)
  if (old === undefined) {
    check.pass('no old Node.js at hand', { skip: true })
    return check.end()
  }
  const { NODE_OPTIONS: _, ...env } = process.env
  const ran = spawnSync(old, [bin, '--version'], { env, encoding: 'utf8' })
  check.equal(ran.status, 2)
  check.equal(ran.stdout, '')
  check.match(
    ran.stderr,
    /^bonafide: error: Node\.js v\d+\.\d+\.\d+ is too old\nbonafide: hint: use Node\.js [^\n]+\n$/u,
  )
  return check.end()
})

// Digests of the sandbox's own trust material, which are nobody's concern.
function withoutTrust(text: string): string {
  return text.replace(/^trust root: .*\n/mu, '').trimEnd()
}

await t.test('the transcript in the README is what the program prints', async (check) => {
  const folder = mkdtempSync(join(tmpdir(), 'bonafide-readme-'))
  check.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const chapters = await tellAxiosStory(folder)
  const blocks = chapters.map(({ title, command, run }, index) => {
    // The honest ones in one line, the refusal in full.
    const shown = index < chapters.length - 1 ? run.stdout.split('\n', 1).join('') : withoutTrust(run.stdout)
    return `# ${title}\n$ ${command}\n${shown}\n`
  })
  const wanted = `<!-- transcript: axios -->\n\`\`\`console\n${blocks.join('\n')}\`\`\`\n<!-- /transcript -->`
  const path = fileURLToPath(new URL('../../README.md', import.meta.url))
  const readme = await readFile(path, 'utf8')
  const found = /<!-- transcript: axios -->[\s\S]*?<!-- \/transcript -->/u.exec(readme)?.[0]
  if (found === undefined) return check.fail('the README has no place for the transcript')
  if (process.env['BONAFIDE_UPDATE'] === '1' && found !== wanted)
    await writeFile(
      path,
      readme.replace(found, () => wanted),
    )
  else check.equal(found, wanted)
  check.match(wanted, /provenance-missing/u)
  check.notMatch(wanted, folder, 'no path of a machine')
  return undefined
})

await t.test('the example of the package’s README', async (check) => {
  const world = await mixed()
  check.teardown(() => world.close())
  // The example hands on the environment of the process.
  const before = process.env
  process.env = { ...withoutPullRequest(before), ...world.env }
  check.teardown(() => void (process.env = before))
  const { reportOf } = (await importExample('cli', check.testdir({}))) as {
    readonly reportOf: (cwd: string, options: readonly string[]) => Promise<Json>
  }
  check.match(await reportOf(world.project, world.trust), { verdict: 'refused', counts: { trusted: 1, refused: 1 } })
})

function spawned(
  args: readonly string[],
  cwd: string,
  env: World['env'],
): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env: { ...env } })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text))
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stdout, stderr }))
  })
}
