// SPDX-License-Identifier: Apache-2.0
// A pull request is judged by its base: what it may bring along, and what it may not.
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Note, PackageReport, Report } from '@bonafide/verify'
import t from 'tap'
import type { Test } from 'tap'
import { commitAll, git, gitProgram, makeRepository } from '../support/git.ts'
import { builtBy, startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const skip = gitProgram === undefined && 'no git on this machine'

const STRANGER = { ...builtBy('evil/paint'), repositoryId: '666', ownerId: '667' }

interface Scene {
  readonly world: World
  /** Verifies the project as it lies there, with further words. */
  readonly verify: (...words: readonly string[]) => Promise<Seen>
  /** Verifies it in a job with these variables. */
  readonly inJob: (env: Readonly<Record<string, string>>, ...words: readonly string[]) => Promise<Seen>
}

interface Seen {
  readonly status: number
  readonly verdict: string | undefined
  /** By name, or name and version: the verdict and the codes that stop. */
  readonly packages: Readonly<Record<string, readonly [verdict: string, ...codes: readonly string[]]>>
  readonly report: Report
  readonly error: string | undefined
  readonly hint: string | undefined
}

/** A repository whose `main` locks and pins paint 2.0.0 (attested) and left-alone 1.0.0 (not); the branch `change` is checked out. */
async function scene(check: Test, { adopted = true }: { readonly adopted?: boolean } = {}): Promise<Scene> {
  const world = await startWorld('base')
  check.teardown(() => world.close())
  await lock(world)
  if (adopted) await world.run(['init', ...world.trust])
  makeRepository(world.project)
  commitAll(world.project, 'base')
  git(world.project, 'checkout', '--quiet', '-b', 'change')
  const inJob: Scene['inJob'] = async (more, ...words) =>
    seen(await world.run(['verify', '--json', ...words, ...world.trust], more))
  return { world, verify: (...words) => inJob({}, ...words), inJob }
}

const released = new WeakMap<World, Promise<Awaited<ReturnType<World['release']>>[]>>()

/** Locks what main has, with further versions in its place or beside it. */
async function lock(world: World, ...more: readonly Awaited<ReturnType<World['release']>>[]): Promise<void> {
  const base =
    released.get(world) ??
    Promise.all([world.release('paint', '2.0.0'), world.release('left-alone', '1.0.0', { provenance: null })])
  released.set(world, base)
  const kept = (await base).filter(({ name }) => more.every((one) => one.name !== name))
  await world.lock([...kept, ...more])
}

function seen({ status, stdout }: { readonly status: number; readonly stdout: string }): Seen {
  const report = JSON.parse(stdout) as Report & { readonly error?: { readonly code: string; readonly hint?: string } }
  const packages = Object.fromEntries(
    (report.error === undefined ? report.packages : []).map((item) => [
      item.name,
      [item.verdict, ...item.findings.filter(({ level }) => level !== 'warn').map(({ code }) => code)] as const,
    ]),
  )
  return { status, verdict: report.verdict, packages, report, error: report.error?.code, hint: report.error?.hint }
}

function noteOf<Code extends Note['code']>(
  { report }: Seen,
  code: Code,
): Extract<Note, { readonly code: Code }> | null {
  const note = report.notes.find((one) => one.code === code)
  return (note as Extract<Note, { readonly code: Code }> | undefined) ?? null
}

function fileOf({ report }: Seen, file: string): PackageReport | undefined {
  return report.packages.find(({ name }) => name === file)
}

/** What is loosened in a file, as the key with what was found there. */
function loosenedIn(run: Seen, file: string): readonly string[] {
  return (fileOf(run, file)?.findings ?? []).map(({ code, found }) => `${code} ${found}`)
}

type Block = Readonly<Record<string, unknown>>

/** Edits bonafide.lock as its author would. */
async function editPins(world: World, edit: (packages: Record<string, Block>) => void): Promise<void> {
  const file = JSON.parse(await world.read('bonafide.lock')) as { packages: Record<string, Block> }
  edit(file.packages)
  await world.write('bonafide.lock', `${JSON.stringify(file, null, 2)}\n`)
}

await t.test(
  'a stolen release that brings its own pin along is refused by the pin of the base',
  { skip },
  async (check) => {
    const { world, verify } = await scene(check)
    await lock(world, await world.release('paint', '2.0.1', { provenance: null }))
    await editPins(world, (packages) => (packages['paint'] = { identities: 'none', lines: { '2': 'none' } }))
    const alone = await verify()
    check.equal(alone.verdict, 'satisfied', 'by its own files it gets through')
    check.strictSame(alone.packages['paint'], ['unattested'])

    const run = await verify('--base', 'main')
    check.equal(run.status, 1)
    check.strictSame(run.packages['paint'], ['refused', 'provenance-missing'])
    check.strictSame(loosenedIn(run, 'bonafide.lock'), ['policy-loosened packages.paint.identities: none'])
    const [place] = fileOf(run, 'bonafide.lock')?.locations ?? []
    const lines = (await world.read('bonafide.lock')).split('\n')
    check.match(lines[(place?.line ?? 0) - 1], /"identities": "none"/u, 'at its line')
    check.match(noteOf(run, 'judged-by-base'), {
      ref: 'main',
      files: 'base',
      commit: git(world.project, 'rev-parse', 'main').trim(),
    })
  },
)

await t.test('a stranger is not let in beside the owner', { skip }, async (check) => {
  const { world, verify } = await scene(check)
  await lock(world, await world.release('paint', '2.0.1', { provenance: STRANGER }))
  check.equal((await world.run(['init', ...world.trust])).status, 1, 'init does not record a contradiction')
  const [mine] = (await pinsOf(world, 'paint')) as readonly Block[]
  await editPins(world, ({ paint }) => {
    const evil = { ...mine, repository: 'https://github.com/evil/paint', repositoryId: '666', ownerId: '667' }
    Object.assign(paint ?? {}, {
      identities: [mine, { ...evil, signer: 'https://github.com/evil/paint/.github/workflows/release.yml' }],
    })
  })
  check.equal((await verify()).verdict, 'satisfied', 'by its own files it gets through')
  const run = await verify('--base', 'main')
  check.strictSame(run.packages['paint'], ['refused', 'identity-changed'])
  check.match(loosenedIn(run, 'bonafide.lock'), [
    /^policy-loosened packages\.paint\.identities\.\[1\]: .*evil\/paint \(666, owner 667\)/u,
  ])
})

await t.test(
  'a policy, an exemption or a floor that allows more judges nobody, and is refused itself',
  { skip },
  async (check) => {
    const { world, verify } = await scene(check)
    const stolen = await world.release('paint', '2.0.1', { provenance: null })
    await lock(world, stolen)
    const rule = 'provenance-required'
    const outside = '{ "version": 1, "outside": ["paint"] }'
    for (const [policy, what] of [
      [`{ "version": 1, "rules": { "${rule}": "off" } }`, `rules.${rule}: "off"`],
      [outside, 'outside.[0]: "paint"'],
      [
        '{ "version": 1, "packages": { "paint": { "rules": { "provenance-required": "warn" } } } }',
        `packages.paint.rules.${rule}: "warn"`,
      ],
    ] as const) {
      await world.write('bonafide.json', policy)
      check.equal((await verify()).verdict, 'satisfied', 'by its own policy it gets through')
      const run = await verify('--base', 'main')
      check.equal(run.status, 1)
      check.strictSame(run.packages['paint'], ['refused', 'provenance-missing'], what)
      check.strictSame(loosenedIn(run, 'bonafide.json'), [`policy-loosened ${what}`])
    }
    await world.write('bonafide.json', '{ "version": 1 }')
    const exemption = {
      name: 'paint',
      version: '2.0.1',
      integrity: stolen.integrity,
      rules: [rule],
      reason: 'trust me',
    }
    await world.write('bonafide.exemptions.json', JSON.stringify({ version: 1, exemptions: [exemption] }, null, 2))
    check.equal((await verify()).verdict, 'satisfied')
    const run = await verify('--base', 'main')
    check.strictSame(run.packages['paint'], ['refused', 'provenance-missing'])
    check.strictSame(loosenedIn(run, 'bonafide.exemptions.json'), [
      `policy-loosened paint@2.0.1: exempt from ${rule}: trust me`,
    ])
    check.match(fileOf(run, 'bonafide.exemptions.json')?.locations, [{ line: 4 }])
  },
)

await t.test("an organisation's floor is not left, and not exchanged", { skip }, async (check) => {
  const { world, verify } = await scene(check)
  const extend = async (floor: string): Promise<void> => {
    await world.write('org.json', floor)
    const sha256 = createHash('sha256').update(floor).digest('hex')
    await world.write('bonafide.json', JSON.stringify({ version: 1, extends: { file: 'org.json', sha256 } }))
  }
  await extend('{ "version": 1, "cooldownHours": 100 }')
  git(world.project, 'checkout', '--quiet', '-B', 'main')
  commitAll(world.project, 'floor')
  git(world.project, 'checkout', '--quiet', '-B', 'change')
  check.equal((await verify('--base', 'main')).verdict, 'satisfied')
  await extend('{ "version": 1, "cooldownHours": 100, "mode": "enforce" }')
  check.match(loosenedIn(await verify('--base', 'main'), 'bonafide.json'), [/^policy-loosened extends\.sha256: /u])
  await world.write('bonafide.json', '{ "version": 1, "cooldownHours": 1 }')
  check.match(loosenedIn(await verify('--base', 'main'), 'bonafide.json'), [/extends: nothing/u, /cooldownHours: 1$/u])
  await rm(join(world.project, 'bonafide.json'))
  check.match(loosenedIn(await verify('--base', 'main'), 'bonafide.json'), [/extends: nothing/u, /cooldownHours: 72$/u])
})

await t.test('a private root that the change brings along speaks for nobody', { skip }, async (check) => {
  const { world, verify } = await scene(check)
  const root = world.sandbox.trustedRoot()
  await world.write('root.json', root)
  const policy = async (scopes: readonly string[]): Promise<void> => {
    const file = { file: 'root.json', sha256: createHash('sha256').update(root).digest('hex'), scopes }
    await world.write('bonafide.json', JSON.stringify({ version: 1, trustedRoots: [file] }))
  }
  await policy(['@acme'])
  check.equal((await verify()).report.trust.privateRoots.length, 1)
  const run = await verify('--base', 'main')
  check.strictSame(run.report.trust.privateRoots, [])
  check.match(loosenedIn(run, 'bonafide.json'), [/^policy-loosened trustedRoots\.\[0\]: .* for @acme$/u])
  // A root that the base names is the base's, also where the file on the disk is another.
  git(world.project, 'checkout', '--quiet', '-B', 'main')
  commitAll(world.project, 'root')
  await policy(['@acme', '@other'])
  const wider = await verify('--base', 'main')
  check.match(wider.report.trust.privateRoots, [{ scopes: ['@acme'] }])
  check.match(loosenedIn(wider, 'bonafide.json'), [/ for @other$/u])
})

await t.test('removed pins are missed, each or all together', { skip }, async (check) => {
  const { world, verify } = await scene(check)
  await editPins(world, (packages) => delete packages['left-alone'])
  check.strictSame(loosenedIn(await verify('--base', 'main'), 'bonafide.lock'), [
    'policy-loosened packages.left-alone: no pin',
  ])
  await rm(join(world.project, 'bonafide.lock'))
  const run = await verify('--base', 'main')
  check.strictSame(loosenedIn(run, 'bonafide.lock'), ['policy-loosened the file: no file'])
  check.strictSame(run.packages['left-alone'], ['unattested'], 'and the base still judges')
})

await t.test('a new dependency with the pin that init records is shown, and can be merged', { skip }, async (check) => {
  const { world, verify } = await scene(check)
  await lock(world, await world.release('plain', '1.0.0', { provenance: null }), await world.release('blue', '3.0.0'))
  check.strictSame(
    (await verify('--base', 'main')).packages['plain'],
    ['refused', 'provenance-missing'],
    'without a pin',
  )
  await world.run(['init', ...world.trust])
  const run = await verify('--base', 'main')
  check.equal(run.status, 0)
  check.strictSame(run.packages['plain'], ['unattested'])
  check.strictSame(run.packages['blue'], ['trusted'])
  check.match(noteOf(run, 'new-pins')?.pins, [
    { name: 'blue', identities: [{ repository: 'https://github.com/blue/blue' }], judges: true },
    { name: 'plain', identities: 'none', judges: true },
  ])
})

await t.test('a new package by anybody at all is shown with whoever built it', { skip }, async (check) => {
  const { world, verify } = await scene(check)
  await lock(world, await world.release('pa1nt', '2.0.0', { provenance: STRANGER }))
  await world.run(['init', ...world.trust])
  const run = await verify('--base', 'main')
  check.strictSame(run.packages['pa1nt'], ['trusted'], 'its origin is proven, and nobody knew it before')
  check.match(noteOf(run, 'new-pins')?.pins, [
    {
      name: 'pa1nt',
      identities: [{ repository: 'https://github.com/evil/paint', repositoryId: '666', ownerId: '667' }],
    },
  ])
})

await t.test(
  'a pin for what no locked version shows waits for its attacker, and is refused',
  { skip },
  async (check) => {
    const { world, verify } = await scene(check)
    await lock(world, await world.release('blue', '3.0.0'))
    await world.run(['init', ...world.trust])
    check.equal((await verify('--base', 'main')).status, 0)
    const honest = await world.read('bonafide.lock')
    const [paint] = (await pinsOf(world, 'paint')) as readonly Block[]
    for (const [name, block, what] of [
      [
        'not-locked',
        { identities: 'none', lines: { '1': 'none' } },
        /^policy-loosened packages\.not-locked: a pin of none/u,
      ],
      [
        'not-locked',
        { identities: [paint], lines: { '1': 'provenance' } },
        /^policy-loosened packages\.not-locked: a pin to/u,
      ],
      ['blue', { identities: 'none', lines: { '3': 'none' } }, /^policy-loosened packages\.blue\.identities: none/u],
      ['blue', { lines: { '3': 'provenance', '4': 'none' } }, /^policy-loosened packages\.blue\.lines\.4: none/u],
      ['blue', { hooks: ['postinstall'] }, /^policy-loosened packages\.blue\.hooks: postinstall/u],
    ] as const) {
      await world.write('bonafide.lock', honest)
      await editPins(world, (packages) => (packages[name] = { ...packages[name], ...block }))
      const run = await verify('--base', 'main')
      check.equal(run.status, 1)
      check.match(loosenedIn(run, 'bonafide.lock'), [what])
    }
  },
)

await t.test(
  'a new pin for a package that the base knows does not judge other versions of it',
  { skip },
  async (check) => {
    const { world, verify } = await scene(check)
    git(world.project, 'checkout', '--quiet', 'main')
    await lock(world, await world.release('blue', '3.0.0'))
    commitAll(world.project, 'blue, without a pin')
    git(world.project, 'checkout', '--quiet', '-B', 'change')
    // For the very bytes that the base holds: they are on record from now on, and nothing else changes.
    await world.run(['init', ...world.trust])
    const kept = await verify('--base', 'main')
    check.equal(kept.status, 0)
    check.match(noteOf(kept, 'new-pins')?.pins, [{ name: 'blue', judges: true }])

    await lock(world, await world.release('blue', '3.0.1', { provenance: null }))
    await editPins(world, (packages) => (packages['blue'] = { identities: 'none', lines: { '3': 'none' } }))
    check.equal((await verify()).verdict, 'satisfied', 'by its own files it gets through')
    const run = await verify('--base', 'main')
    check.equal(run.status, 1)
    check.equal(run.packages['blue']?.[0], 'refused')
    check.match(noteOf(run, 'new-pins')?.pins, [{ name: 'blue', judges: false }])
  },
)

await t.test('the change that adopts bonafide passes, and is told as what it is', { skip }, async (check) => {
  const { world, verify } = await scene(check, { adopted: false })
  await world.run(['init', ...world.trust])
  const run = await verify('--base', 'main')
  check.equal(run.status, 0)
  check.ok(noteOf(run, 'base-without-bonafide'))
  check.equal(noteOf(run, 'new-pins')?.pins.length, 2)
  // The same change cannot bring another version along.
  await lock(world, await world.release('left-alone', '1.0.1', { provenance: null }))
  check.strictSame((await verify('--base', 'main')).packages['left-alone'], ['refused', 'provenance-missing'])
})

await t.test('in the job of a pull request the base judges without being asked', { skip }, async (check) => {
  const { world, verify, inJob } = await scene(check)
  await lock(world, await world.release('paint', '2.0.1', { provenance: null }))
  await editPins(world, (packages) => (packages['paint'] = { identities: 'none', lines: { '2': 'none' } }))
  const job = { GITHUB_BASE_REF: 'main' }
  const missing = await inJob(job)
  check.equal(missing.status, 2, 'a base that cannot be read is no reason to believe the change')
  check.equal(missing.error, 'BONAFIDE_BASE_UNREADABLE')
  check.equal(missing.hint, 'git fetch --no-tags --depth=1 origin +refs/heads/main:refs/remotes/origin/main')
  git(world.project, 'update-ref', 'refs/remotes/origin/main', 'main')
  const run = await inJob(job)
  check.equal(run.status, 1)
  check.match(noteOf(run, 'judged-by-base'), { ref: 'refs/remotes/origin/main' })
  check.equal(
    (await inJob({ CIRCLE_PULL_REQUEST: 'some URL' })).error,
    'BONAFIDE_BASE_UNREADABLE',
    'nothing names the base',
  )
  check.equal((await inJob({ CIRCLE_PULL_REQUEST: 'some URL' }, '--base', 'main')).status, 1)
  const without = await inJob(job, '--no-base')
  check.equal(without.status, 0)
  check.ok(noteOf(without, 'base-left-out'), 'who leaves the base out is told so')
  check.equal(noteOf(await verify(), 'judged-by-base'), null)
  check.equal((await verify('--base', 'main', '--no-base')).error, 'BONAFIDE_USAGE')
  check.equal((await verify('--base', 'main', '--loosened', 'off')).error, 'BONAFIDE_USAGE')
})

await t.test(
  'once those who answer for the files approved, they judge, and what they allow is told',
  { skip },
  async (check) => {
    const { world, verify } = await scene(check)
    const urgent = await world.release('paint', '2.0.1', { provenance: null })
    await lock(world, urgent)
    const exemption = { name: 'paint', version: '2.0.1', integrity: urgent.integrity, rules: ['provenance-required'] }
    await world.write(
      'bonafide.exemptions.json',
      JSON.stringify({ version: 1, exemptions: [{ ...exemption, reason: 'the fix of last night' }] }),
    )
    check.equal((await verify('--base', 'main')).status, 1)
    const run = await verify('--base', 'main', '--loosened', 'warn')
    check.equal(run.status, 0)
    check.strictSame(run.packages['paint'], ['exempt'])
    check.strictSame(run.packages['bonafide.exemptions.json'], ['exempt'])
    check.match(fileOf(run, 'bonafide.exemptions.json')?.findings, [{ code: 'policy-loosened', level: 'warn' }])
    check.match(noteOf(run, 'judged-by-base'), { files: 'own' })
  },
)

await t.test('what the base got since is not taken for what the change took away', { skip }, async (check) => {
  const { world, verify } = await scene(check)
  git(world.project, 'checkout', '--quiet', 'main')
  await lock(world, await world.release('plain', '1.0.0', { provenance: null }))
  await world.run(['init', ...world.trust])
  await world.write('bonafide.json', '{ "version": 1, "cooldownHours": 100 }')
  commitAll(world.project, 'meanwhile')
  git(world.project, 'checkout', '--quiet', 'change')
  const stale = await verify('--base', 'main')
  check.equal(stale.status, 0)
  check.strictSame(Object.keys(stale.packages), ['left-alone', 'paint'])
  // From there it may still not loosen anything.
  await world.write('bonafide.json', '{ "version": 1, "cooldownHours": 1 }')
  check.strictSame(loosenedIn(await verify('--base', 'main'), 'bonafide.json'), ['policy-loosened cooldownHours: 1'])
  // Nor does it help to have grown from a time before the pin: who writes it again answers for it.
  await editPins(world, (packages) => (packages['plain'] = { identities: 'none', lines: { '1': 'none', '2': 'none' } }))
  check.equal((await verify('--base', 'main')).verdict, 'refused')
})

await t.test('tightening passes, and what the base holds is known', { skip }, async (check) => {
  const { world, verify } = await scene(check)
  await world.write(
    'bonafide.json',
    '{ "version": 1, "cooldownHours": 1000, "rules": { "version-backfill": "refuse" } }',
  )
  const run = await verify('--base', 'main')
  check.equal(run.status, 0)
  check.strictSame(Object.keys(run.packages), ['left-alone', 'paint'], 'nothing but the versions')
})

await t.test('whoever writes the command decides on the policy', { skip }, async (check) => {
  const { world, verify } = await scene(check)
  await lock(world, await world.release('paint', '2.0.1', { provenance: null }))
  await world.write('lenient.json', '{ "version": 1, "outside": ["paint"] }')
  await world.write('bonafide.json', '{ "version": 1, "outside": ["left-alone"] }')
  const run = await verify('--base', 'main', '--policy', 'lenient.json')
  check.strictSame(run.packages['paint'], ['outside'])
  check.equal(fileOf(run, 'bonafide.json'), undefined, 'a file that does not judge loosens nothing')
})

await t.test('a base that is broken judges nobody', { skip }, async (check) => {
  const { world, verify } = await scene(check)
  git(world.project, 'checkout', '--quiet', 'main')
  const policy = await world.read('bonafide.json')
  await world.write('bonafide.json', '{ "version": 1, "rule": {} }')
  commitAll(world.project, 'broken')
  await world.write('bonafide.json', policy)
  const broken = await verify('--base', 'main')
  check.equal(broken.error, 'BONAFIDE_POLICY_MALFORMED')
  check.equal((broken.report as unknown as { error: { path: string } }).error.path, 'main:bonafide.json')
  commitAll(world.project, 'mended')
  const text = await world.read('package-lock.json')
  await world.write('package-lock.json', '<<<<<<<')
  commitAll(world.project, 'a conflict')
  await world.write('package-lock.json', text)
  const unheld = await verify('--base', 'main')
  check.equal(unheld.status, 0)
  check.match(noteOf(unheld, 'base-lockfile-unusable'), { ref: 'main' })
})

async function pinsOf(world: World, name: string): Promise<unknown> {
  const file = JSON.parse(await world.read('bonafide.lock')) as { packages: Readonly<Record<string, Block>> }
  return file.packages[name]?.['identities']
}

await t.test(
  'a list of versions is judged by the base too, and by no pin that the change brings along',
  { skip },
  async (check) => {
    const { world, verify } = await scene(check)
    const foreign = await world.release('fresh', '1.0.0', { provenance: STRANGER })
    world.sandbox.clock.advance(30 * 24 * 60 * 60 * 1000)
    const unsigned = await world.release('newcomer', '1.0.0', { provenance: null })
    world.sandbox.clock.advance(30 * 24 * 60 * 60 * 1000)
    await world.write('list.json', JSON.stringify([foreign, unsigned].map(({ name, version }) => ({ name, version }))))
    await lock(world, foreign, unsigned)
    await world.run(['init', ...world.trust])
    commitAll(world.project, 'change')
    const list = ['--packages', 'list.json'] as const
    check.strictSame((await verify(...list)).packages['newcomer'], ['unattested'], 'by its own pins')
    check.strictSame((await verify(...list, '--base', 'main')).packages['newcomer'], ['refused', 'provenance-missing'])
  },
)
