// SPDX-License-Identifier: Apache-2.0
// What somebody else did to a package, seen by its maintainers: each attack is an alarm, and what they did themselves is none.
import t from 'tap'
import type { Test } from 'tap'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { forge } from '@bonafide/sandbox'
import type { WatchReport } from '@bonafide/publish'
import { git, gitProgram, writeFiles } from '../support/git.ts'
import { startWorld } from '../support/world.ts'
import type { Ran, World } from '../support/world.ts'
import { REPOSITORY, TRUSTED, maintain } from './maintainer.ts'
import type { Maintainer } from './maintainer.ts'

const skip = gitProgram === undefined && 'no git'

interface Scene extends Maintainer {
  readonly world: World
  readonly watch: (...words: readonly string[]) => Promise<Ran>
  /** Runs it, and gives the codes of what it found, without warnings. */
  readonly codes: (...words: readonly string[]) => Promise<readonly string[]>
  readonly report: (
    ...words: readonly string[]
  ) => Promise<WatchReport & { readonly webhook: unknown; readonly written: unknown }>
}

async function scene(check: Test, manifest = {}, files = {}): Promise<Scene> {
  const world = await startWorld('watch')
  check.teardown(() => world.close())
  const maintainer = await maintain(world, manifest, files)
  const watch: Scene['watch'] = (...words) => world.run(['watch', ...words, ...world.trust])
  const report: Scene['report'] = async (...words) => {
    const { stdout, stderr } = await watch('--json', ...words)
    if (stdout === '') throw new Error(stderr)
    return JSON.parse(stdout) as Awaited<ReturnType<Scene['report']>>
  }
  const codes: Scene['codes'] = async (...words) =>
    (await report(...words)).findings.filter(({ level }) => level !== 'warn').map(({ code }) => code)
  return { world, ...maintainer, watch, report, codes }
}

await t.test('releases from tags, lightweight and annotated: nothing unknown', { skip }, async (check) => {
  const { release, tag, job, world, watch, report } = await scene(check)
  await release('1.0.0')
  const commit = tag('1.1.0', { annotated: true })
  await world.sandbox.publish({
    name: 'rocket',
    version: '1.1.0',
    publisher: TRUSTED,
    provenance: job('1.1.0', commit),
  })
  const ran = await watch()
  check.equal(ran.status, 0, ran.stdout + ran.stderr)
  check.match(ran.stdout, /^rocket {2}2 versions, 2 with provenance of this repository, latest 1\.1\.0$/mu)
  check.match(await report(), {
    schemaVersion: 1,
    verdict: 'satisfied',
    packages: [{ name: 'rocket', versions: 2, verified: 2, repository: `https://github.com/${REPOSITORY}` }],
    findings: [{ code: 'watch-unrecorded', level: 'warn' }],
    webhook: null,
    written: null,
  })
})

/** An attack, after which the codes are found; two honest releases were before it. */
const ATTACKS: readonly (readonly [
  title: string,
  act: (scene: Scene) => Promise<unknown>,
  codes: readonly string[],
])[] = [
  [
    'a stolen token publishes a version',
    ({ steal }) => steal('1.1.1'),
    ['watch-untagged', 'watch-unattested', 'watch-by-token', 'watch-tag-moved'],
  ],
  [
    'a stolen token publishes what was tagged and never released',
    ({ tag, steal }) => {
      tag('1.1.1')
      return steal('1.1.1')
    },
    ['watch-unattested', 'watch-by-token', 'watch-tag-moved'],
  ],
  [
    'a namesake of the repository builds a version',
    ({ release }) => release('1.1.1', { provenance: { repository: 'acme-inc/rocket', ref: 'refs/tags/v1.1.1' } }),
    ['watch-foreign-provenance', 'watch-tag-moved'],
  ],
  [
    'the workflow runs on a throwaway branch',
    ({ tag, job, world }) => {
      const provenance = { ...job('1.1.1', tag('1.1.1')), ref: 'refs/heads/snapshot-1' }
      return world.sandbox.publish({ name: 'rocket', version: '1.1.1', publisher: TRUSTED, provenance })
    },
    ['watch-foreign-provenance', 'watch-tag-moved'],
  ],
  [
    'the tag was moved after the release, to hide what was built',
    async ({ release, world, tag }) => {
      await release('1.1.1')
      git(world.project, 'tag', '--delete', 'v1.1.1')
      tag('1.1.1')
    },
    ['watch-foreign-provenance', 'watch-tag-moved'],
  ],
  [
    'a stranger’s pull request starts the release',
    ({ tag, job, world }) => {
      const provenance = { ...job('1.1.1', tag('1.1.1')), trigger: 'pull_request_target' }
      return world.sandbox.publish({ name: 'rocket', version: '1.1.1', publisher: TRUSTED, provenance })
    },
    ['watch-foreign-provenance', 'watch-tag-moved'],
  ],
  [
    'a machine of somebody’s own builds it',
    ({ tag, job, world }) => {
      const provenance = { ...job('1.1.1', tag('1.1.1')), runner: 'self-hosted' }
      return world.sandbox.publish({ name: 'rocket', version: '1.1.1', publisher: TRUSTED, provenance })
    },
    ['watch-foreign-provenance', 'watch-tag-moved'],
  ],
  [
    'the provenance is genuine, and a token sent the version',
    ({ release }) => release('1.1.1', { publisher: { name: 'sam', email: 'sam@example.com' } }),
    ['watch-by-token', 'watch-tag-moved'],
  ],
  [
    'the provenance is forged',
    async ({ tag, job, world }) => {
      const provenance = job('1.1.1', tag('1.1.1'))
      const good = await world.sandbox.publish({ name: 'rocket', version: '1.1.1', publisher: TRUSTED, provenance })
      world.sandbox.serveAttestations('rocket', '1.1.1', forge(world.sandbox, good, 'sct-missing', provenance).document)
    },
    ['watch-unattested', 'watch-tag-moved'],
  ],
  [
    'attestations are advertised and withheld',
    async ({ release, world }) => {
      await release('1.1.1')
      world.sandbox.serveAttestations('rocket', '1.1.1', null)
    },
    ['watch-unattested', 'watch-tag-moved'],
  ],
  [
    'a release is taken away',
    ({ world }) => Promise.resolve(world.sandbox.unpublish('rocket', '1.1.0')),
    ['watch-withdrawn'],
  ],
  [
    'a backdated line: a version below all others',
    ({ steal }) => steal('0.9.1', { tag: null }),
    ['watch-untagged', 'watch-unattested', 'watch-by-token'],
  ],
  [
    'latest goes back to an old release',
    async ({ world }) => {
      const { token } = world.sandbox.accounts.createToken()
      const path = '-/package/rocket/dist-tags/latest'
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const { status } = await fetch(`${world.sandbox.registryUrl}${path}`, { method: 'PUT', headers, body: '"1.0.0"' })
      if (status !== 200 && status !== 201) throw new Error(`HTTP ${status}`)
    },
    ['watch-tag-moved'],
  ],
]

for (const [title, act, codes] of ATTACKS) {
  await t.test(`alarm: ${title}`, { skip }, async (check) => {
    const one = await scene(check)
    await one.release('1.0.0')
    await one.release('1.1.0')
    check.strictSame(await one.codes(), [], 'before it, nothing')
    await act(one)
    check.strictSame(await one.codes(), codes)
    const { status, stdout } = await one.watch()
    check.equal(status, 1)
    check.match(stdout, /^alarm: /mu)
  })
}

await t.test('the policy names the workflows and refs that release', { skip }, async (check) => {
  const { release, codes, tag, job, world } = await scene(check)
  await release('1.0.0')
  const policy = (publish: object): Promise<void> =>
    world.write('bonafide.json', JSON.stringify({ version: 1, publish }))
  await policy({ workflows: ['.github/workflows/other.yml'] })
  check.strictSame(await codes(), ['watch-foreign-provenance', 'watch-tag-moved'])
  await policy({ workflows: ['.github/workflows/release.yml'] })
  check.strictSame(await codes(), [])
  // A release job on the branch that raises the version and tags its own commit, on top of the one that it was started for.
  const before = git(world.project, 'rev-parse', 'HEAD').trim()
  tag('1.1.0')
  const provenance = { ...job('1.1.0', before), ref: 'refs/heads/main' }
  await world.sandbox.publish({ name: 'rocket', version: '1.1.0', publisher: TRUSTED, provenance })
  check.strictSame(await codes(), ['watch-foreign-provenance', 'watch-tag-moved'])
  await policy({ refs: ['tag', 'refs/heads/main'] })
  check.strictSame(await codes(), [])
})

await t.test(
  'what is older than the first release with provenance is told, and not judged',
  { skip },
  async (check) => {
    const { release, steal, report, codes, watch, world } = await scene(check)
    for (const version of ['0.1.0', '0.2.0', '0.3.0', '0.4.0', '0.5.0']) await steal(version)
    check.strictSame(await codes(), ['watch-no-tags'])
    world.sandbox.clock.advance(24 * 3_600_000)
    await release('1.0.0')
    check.match(await report(), { verdict: 'satisfied', packages: [{ versions: 6, earlier: 5, verified: 1 }] })
    const { stdout, status } = await watch('--since', '2020-01-01')
    check.equal(status, 1)
    check.match(stdout, /rocket, 5 versions {2}watch-untagged\n {2}found {3}0\.1\.0, 0\.2\.0, 0\.3\.0 and 2 more/u)
    check.equal((await watch('--since', 'yesterday')).status, 2)
  },
)

await t.test('what a person recorded is no alarm, and anything beyond it is', { skip }, async (check) => {
  const one = await scene(check)
  const { world } = one
  await one.release('1.0.0')
  await one.steal('1.0.1')
  const edit = (version: string, change: object): void =>
    world.sandbox.editManifest('rocket', version, (manifest) => ({ ...manifest, ...change }))
  edit('1.0.0', { deprecated: 'use 1.0.1' })
  const record = (answers: readonly string[], env = {}): Promise<Ran> =>
    world.run(['watch', '--record', ...world.trust], env, answers)

  check.equal((await record([], { CI: 'true' })).status, 2, 'never by CI')
  check.equal((await record(['rakete'])).status, 2, 'not confirmed')
  await check.rejects(world.read('bonafide.watch.json'), { code: 'ENOENT' })
  const done = await record(['rocket'])
  check.equal(done.status, 0, done.stderr)
  check.match(done.stderr, /rocket@1\.0\.1 {2}watch-untagged/u, 'shown before it is asked')
  check.match(JSON.parse(await world.read('bonafide.watch.json')), {
    version: 1,
    packages: {
      rocket: {
        maintainers: ['sandbox'],
        publishers: ['oidc:11111111-1111-4111-8111-111111111111'],
        deprecated: ['1.0.0'],
        withdrawn: [],
        versions: { '1.0.1': /^sha512-/u },
      },
    },
  })
  check.strictSame(await one.codes(), [])
  check.match(await one.report(), { findings: [] }, 'nor a warning')

  edit('1.0.1', { deprecated: 'moved to rockett' })
  check.strictSame(await one.codes(), ['watch-deprecated'])
  edit('1.0.1', { deprecated: undefined })

  const other = { ...TRUSTED, trustedPublisher: { id: 'github', oidcConfigId: 'oidc:another' } }
  await one.release('1.1.0', { publisher: other })
  check.strictSame(await one.codes(), ['watch-trust-changed'])
  edit('1.1.0', { _npmUser: TRUSTED })

  const undo = world.sandbox.fault(
    { path: '/rocket' },
    {
      kind: 'edit',
      edit: (body) => {
        const document = JSON.parse(body.toString()) as { maintainers: object[] }
        return JSON.stringify({ ...document, maintainers: [...document.maintainers, { name: 'mallory' }] })
      },
    },
  )
  check.strictSame(await one.codes(), ['watch-maintainer-added'])
  undo()

  const stored = world.sandbox.published('rocket', '1.0.0')
  world.sandbox.editManifest('rocket', '1.0.1', (manifest) => ({
    ...manifest,
    dist: { ...manifest.dist, integrity: stored?.integrity },
  }))
  check.strictSame(await one.codes(), ['watch-bytes-changed'])
})

await t.test('a recorded package that is gone is an alarm, and one that never was is none', { skip }, async (check) => {
  const { codes, watch, world } = await scene(check)
  check.strictSame(await codes(), [])
  check.match((await watch()).stdout, /rocket {2}not on the registry/u)
  const known = { maintainers: [], publishers: [], deprecated: [], withdrawn: [], versions: {} }
  await world.write('bonafide.watch.json', JSON.stringify({ version: 1, packages: { rocket: known } }))
  check.strictSame(await codes(), ['watch-withdrawn'])
  await world.write('bonafide.watch.json', JSON.stringify({ version: 1, packages: { rocket: { maintainer: [] } } }))
  const ran = await watch()
  check.equal(ran.status, 2)
  check.match(ran.stderr, /bonafide\.watch\.json/u)
  await rm(join(world.project, 'bonafide.watch.json'))
  await writeFiles(world.project, { 'bonafide.watch.json/x': '' })
  check.match(await watch('--json'), { status: 2, stdout: /BONAFIDE_WATCH_UNREADABLE/u })
})

await t.test(
  'a package that was released, and is not where somebody looks, is no clean one',
  { skip },
  async (check) => {
    const { tag, report, watch } = await scene(check, { version: '1.0.0' })
    check.match((await report()).verdict, 'satisfied', 'nothing was released yet')
    tag('1.0.0')
    const ran = await watch()
    check.equal(ran.status, 3, ran.stdout)
    check.match(ran.stdout, /no such package at http.*, and the tag v1\.0\.0/u)
    check.match((await report()).findings, [{ code: 'watch-unreadable', level: 'undecided' }])
  },
)

await t.test('a malformed record names its code', { skip }, async (check) => {
  const { watch, world } = await scene(check)
  await world.write('bonafide.watch.json', '{}')
  check.match(await watch('--json'), { status: 2, stdout: /BONAFIDE_WATCH_MALFORMED/u })
})

const manifest = (name: string, more = {}): string => JSON.stringify({ name, version: '0.0.0', ...more })

await t.test('every package of a workspace is watched, but no private one', { skip }, async (check) => {
  for (const [kind, root, files] of [
    ['npm', { private: true, name: 'house', workspaces: ['packages/*'] }, {}],
    ['pnpm', { private: true, name: 'house' }, { 'pnpm-workspace.yaml': 'packages:\n  - packages/*\n' }],
  ] as const) {
    await check.test(kind, async (test) => {
      const one = await scene(test, root, {
        ...files,
        'packages/a/package.json': manifest('@acme/a'),
        'packages/b/package.json': manifest('@acme/b'),
        'packages/c/package.json': manifest('@acme/c', { private: true }),
      })
      await one.release('1.0.0', { name: '@acme/a', tagName: '@acme/a@1.0.0' })
      await one.release('2.0.0', { name: '@acme/b', tagName: 'b-v2.0.0' })
      test.match(await one.report(), {
        verdict: 'satisfied',
        packages: [{ name: '@acme/a' }, { name: '@acme/b' }],
      })
      // Another package's tag of the same number.
      await one.steal('2.0.0', { name: '@acme/a' })
      test.match(
        (await one.report()).findings
          .filter(({ level }) => level === 'refuse')
          .map(({ code, subject }) => [code, subject])[0],
        ['watch-untagged', '@acme/a@2.0.0'],
      )
    })
  }
})

await t.test('what cannot be looked at is undecided, and never "nothing unknown"', { skip }, async (check) => {
  const one = await scene(check)
  const { world } = one
  await one.release('1.0.0')
  for (const path of ['/rocket', '/-/npm/v1/attestations/rocket@1.0.0']) {
    const undo = world.sandbox.fault({ path }, { kind: 'status', status: 503 })
    const ran = await world.run(['watch', ...world.trust], { XDG_CACHE_HOME: join(world.root, `cold-${path.length}`) })
    check.equal(ran.status, 3, path)
    check.match(ran.stdout, /watch-unreadable/u)
    const yes = await world.run(['watch', '--record', '--yes', ...world.trust], {
      XDG_CACHE_HOME: join(world.root, `colder-${path.length}`),
    })
    check.equal(yes.status, 2, 'nothing that nobody saw is recorded')
    undo()
  }
  git(world.project, 'tag', '--delete', 'v1.0.0')
  check.strictSame(await one.codes(), ['watch-no-tags'], 'a clone without its tags')
  check.equal((await one.watch()).status, 3)
  await rm(join(world.project, '.git'), { recursive: true })
  check.match(await one.watch(), { status: 2, stderr: /no git repository/u })
  await world.write('package.json', JSON.stringify({ name: 'rocket', private: true }))
  check.match(await one.watch(), { status: 2, stderr: /that is not private/u })
  await rm(join(world.project, 'package.json'))
  check.match(await one.watch(), { status: 2, stderr: /no package\.json/u })
})

await t.test(
  'the alarm is sent to a webhook, again where it is not taken, and never in the clear',
  { skip },
  async (check) => {
    const heard: { readonly url: string; readonly body: string }[] = []
    const statuses = [503, 429, 200]
    const server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (part: string) => void (body += part))
      request.on('end', () => {
        heard.push({ url: request.url ?? '', body })
        response.writeHead(statuses.shift() ?? 200).end('ok')
      })
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    check.teardown(() => server.close())
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const one = await scene(check)
    await one.release('1.0.0')
    check.match(await one.report('--webhook', `${origin}/hook?key=of-mine`), { webhook: null })
    check.equal(heard.length, 0, 'nothing to say')
    await one.steal('1.0.1')
    check.match(await one.report('--webhook', `${origin}/hook?key=of-mine`), {
      webhook: { state: 'delivered', origin },
    })
    check.strictSame(
      heard.map(({ url }) => url),
      Array.from({ length: 3 }, () => '/hook?key=of-mine'),
    )
    check.match(JSON.parse(heard[2]?.body ?? ''), {
      text: /^bonafide watch: rocket@1\.0\.1: a version that no tag .* \(watch-untagged\), and 3 more$/u,
      verdict: 'refused',
      findings: [{ code: 'watch-untagged', subject: 'rocket@1.0.1' }, {}],
    })
    statuses.push(404)
    const failed = await one.watch('--webhook', `${origin}/hook?key=of-mine`)
    check.equal(failed.status, 1, 'an alarm all the same')
    check.match(failed.stdout, /could NOT be sent to http:\/\/127\.0\.0\.1:\d+: HTTP 404$/mu)
    check.notMatch(failed.stdout + failed.stderr, /of-mine/u, 'its address is nobody’s business')
    for (const url of ['http://hooks.example/x', 'ftp://127.0.0.1/', 'nonsense', 'https://user:word@hooks.example/'])
      check.match(await one.watch('--webhook', url), { status: 2, stderr: /takes no such address/u }, url)
    check.equal((await one.watch('--yes')).status, 2)
  },
)
