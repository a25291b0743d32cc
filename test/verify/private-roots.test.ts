// SPDX-License-Identifier: Apache-2.0
// Two Sigstores: the public one, and one of somebody's own that may speak for named scopes and for nothing else.
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startSandbox } from '@bonafide/sandbox'
import type { AttestationEntry, Published, Release, Sandbox } from '@bonafide/sandbox'
import type { PackageReport, Report } from '@bonafide/verify'
import t from 'tap'
import type { Test } from 'tap'
import { builtBy, repositoryOf, startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

interface Scene {
  readonly world: World
  readonly own: Sandbox
  /** Publishes under the public Sigstore, or with the provenance, or all of it, of the private one. */
  readonly publish: (
    name: string,
    by: 'public' | 'private provenance' | 'private',
    more?: Partial<Release>,
  ) => Promise<Published>
  readonly report: (root?: string) => Promise<Report>
}

/** A world whose registry is trusted for its own key and for that of the private registry, and a private Sigstore beside it. */
async function scene(check: Test): Promise<Scene> {
  const world = await startWorld('public')
  const own = await startSandbox({ seed: 'private' })
  check.teardown(() => Promise.all([world.close(), own.close()]))
  const keys = [world.sandbox, own].flatMap(
    (sandbox) => (JSON.parse(sandbox.registryKeys('tuf')) as { readonly keys: readonly object[] }).keys,
  )
  await world.write('keys.json', JSON.stringify({ keys }))
  await mkdir(join(world.project, 'roots'))
  await world.write('roots/acme.json', own.trustedRoot())
  const [registry, url, trustedRoot, file] = world.trust
  if (registry === undefined || url === undefined || trustedRoot === undefined || file === undefined)
    throw new Error('no trust')
  return {
    world,
    own,
    async publish(name, by, more = {}) {
      const published = await world.release(name, '1.0.0')
      const theirs = await own.publish({ name, version: '1.0.0', provenance: builtBy(repositoryOf(name)), ...more })
      if (theirs.integrity !== published.integrity) throw new Error('two tarballs of one version')
      const [publish, provenance] = [entriesOf(published)[0], entriesOf(theirs)[1]]
      if (publish === undefined || provenance === undefined) throw new Error('an attestation is missing')
      if (by === 'private') world.sandbox.serveAttestations(name, '1.0.0', theirs.attestations)
      if (by === 'private provenance')
        world.sandbox.serveAttestations(name, '1.0.0', { attestations: [publish, provenance] })
      return published
    },
    async report(root = file) {
      const trust = [registry, url, trustedRoot, root, '--registry-keys', join(world.project, 'keys.json')]
      const { stdout } = await world.run(['verify', '--json', ...trust])
      return JSON.parse(stdout) as Report
    },
  }
}

function entriesOf({ attestations }: Published): readonly AttestationEntry[] {
  return attestations?.attestations ?? []
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A policy under which the private Sigstore speaks for these scopes. */
function policy({ own }: Scene, ...scopes: readonly string[]): string {
  const root = { file: './roots/acme.json', sha256: digestOf(own.trustedRoot()), scopes }
  return JSON.stringify({ version: 1, trustedRoots: [root] })
}

function codesOf({ findings }: PackageReport): readonly string[] {
  return [...new Set(findings.filter(({ level }) => level === 'refuse').map(({ code }) => code))]
}

/** What became of each package, by name. */
async function outcomes(stage: Scene, root?: string): Promise<Readonly<Record<string, string>>> {
  const { packages } = await stage.report(root)
  return Object.fromEntries(
    packages.map((item) => [item.name, item.verdict === 'refused' ? codesOf(item).join() : item.verdict]),
  )
}

const ALL = [
  ['@acme/x', 'private provenance'],
  ['@acme/y', 'private'],
  ['@acme/z', 'public'],
  ['axios', 'private provenance'],
  ['left-pad', 'private'],
  ['paint', 'public'],
  // Names that only begin like the scope.
  ['@acme-evil/x', 'private'],
  ['@acmex/x', 'private'],
  ['acme', 'private'],
] as const

async function lockAll({ world, publish }: Scene): Promise<void> {
  const versions: Published[] = []
  for (const [name, by] of ALL) versions.push(await publish(name, by))
  await world.lock(versions)
}

// A foreign log is seen first, and what it holds is no evidence.
const FOREIGN = {
  axios: 'log-unknown',
  'left-pad': 'log-unknown',
  '@acme-evil/x': 'log-unknown',
  '@acmex/x': 'log-unknown',
  acme: 'log-unknown',
}

const shared = await scene(t)
await lockAll(shared)

await t.test('a private root speaks for its scope, and for nothing that only looks like it', async (check) => {
  const stage = shared
  const without = await outcomes(stage)
  check.match(without, { '@acme/z': 'trusted', paint: 'trusted', ...FOREIGN })
  check.match(without, { '@acme/x': /log-unknown/u, '@acme/y': /log-unknown/u }, 'the public root knows neither')

  await stage.world.write('bonafide.json', policy(stage, '@acme'))
  check.match(await outcomes(stage), {
    '@acme/x': 'trusted',
    '@acme/y': 'trusted',
    '@acme/z': 'trusted',
    paint: 'trusted',
    ...FOREIGN,
  })

  // Another scope's root, which @acme does not care about.
  await stage.world.write('bonafide.json', policy(stage, '@other'))
  check.strictSame(await outcomes(stage), without)
})

await t.test('an authority that nobody knows, in a log that everybody knows', async (check) => {
  const stage = shared
  await stage.world.write('bonafide.json', policy(stage, '@acme'))
  const [theirs, ours] = [stage.world.sandbox, stage.own].map(
    (sandbox) => JSON.parse(sandbox.trustedRoot()) as { readonly tlogs: readonly object[] },
  )
  const both = { ...theirs, tlogs: [...(theirs?.tlogs ?? []), ...(ours?.tlogs ?? [])] }
  await stage.world.write('both.json', JSON.stringify(both))
  const found = await outcomes(stage, join(stage.world.project, 'both.json'))
  check.match(found, { '@acme/x': 'trusted', '@acme/y': 'trusted', '@acme/z': 'trusted', paint: 'trusted' })
  for (const name of Object.keys(FOREIGN)) check.equal(found[name], 'certificate-chain', name)
})

await t.test('a private Sigstore with a log of the second form and a timestamp authority', async (check) => {
  const stage = await scene(check)
  const modern: Partial<Release> = { bundle: { version: '0.3', log: 'dsse-v2' } }
  await stage.world.lock([
    await stage.publish('@acme/x', 'private provenance', modern),
    await stage.publish('axios', 'private provenance', modern),
  ])
  await stage.world.write('bonafide.json', policy(stage, '@acme'))
  check.match(await outcomes(stage), { '@acme/x': 'trusted', axios: /unknown$/u })
})

await t.test(
  'the report says which roots were there, for whom, and under which one a version was verified',
  async (check) => {
    const stage = shared
    await stage.world.write('bonafide.json', policy(stage, '@acme', '@acme-tools'))
    const { trust, packages } = await stage.report()
    check.strictSame(trust.privateRoots, [
      {
        file: join('roots', 'acme.json'),
        digest: `sha256:${digestOf(stage.own.trustedRoot())}`,
        scopes: ['@acme', '@acme-tools'],
      },
    ])
    const domains = (name: string): readonly (string | undefined)[] =>
      packages
        .filter((item) => item.name === name)
        .flatMap(({ evidence }) => evidence.map(({ trustDomain }) => trustDomain))
    check.equal(domains('@acme/x').length, 2)
    check.equal(domains('@acme/x')[0], domains('@acme/z')[0], 'the registry is the same')
    check.not(domains('@acme/x')[1], domains('@acme/z')[1], 'the authority is not')
  },
)

await t.test('a private root that an organisation names holds for its scope alone, too', async (check) => {
  const stage = shared
  const floor = policy(stage, '@acme').replace('./roots/', '../roots/')
  await mkdir(join(stage.world.project, 'org'))
  await stage.world.write('org/floor.json', floor)
  const extending = { version: 1, extends: { file: 'org/floor.json', sha256: digestOf(floor) } }
  await stage.world.write('bonafide.json', JSON.stringify(extending))
  check.match(await outcomes(stage), { '@acme/x': 'trusted', '@acme/y': 'trusted', paint: 'trusted', ...FOREIGN })
  // A repository that lets its organisation's authority vouch for more.
  const { trustedRoots } = JSON.parse(policy(stage, '@acme', '@types')) as { readonly trustedRoots: unknown }
  await stage.world.write('bonafide.json', JSON.stringify({ ...extending, trustedRoots }))
  const { status, stderr } = await stage.world.run(['verify', ...stage.world.trust])
  check.equal(status, 2)
  check.match(stderr, /looser than what it extends at trustedRoots/u)
})

await t.test('under a private root a forgery is refused for what it is', async (check) => {
  const stage = await scene(check)
  const names = ['@acme/x', '@acme/replayed', '@acme/changed']
  const versions: Published[] = []
  for (const name of names) versions.push(await stage.publish(name, 'private'))
  await stage.world.lock(versions)
  await stage.world.write('bonafide.json', policy(stage, '@acme'))
  const textOf = (name: string): string => JSON.stringify(stage.own.published(name, '1.0.0')?.attestations)
  stage.world.sandbox.serveAttestations('@acme/replayed', '1.0.0', textOf('@acme/x'))
  const changed = textOf('@acme/changed').replaceAll(/"sig":"(.{20})./gu, '"sig":"$1/')
  check.not(changed, textOf('@acme/changed'))
  stage.world.sandbox.serveAttestations('@acme/changed', '1.0.0', changed)
  const found = await outcomes(stage)
  check.match(found, { '@acme/x': 'trusted', '@acme/replayed': /^subject-name/u })
  // Said by the private root that knows the signer, and not by the public one that does not.
  check.match(found['@acme/changed'], /^(?:log-body|signature-invalid)/u)
})

await t.test('a private root whose bytes are not those of the policy stops the run', async (check) => {
  const stage = await scene(check)
  await stage.world.lock([await stage.publish('paint', 'public')])
  const failure = async (): Promise<object> => {
    const { status, stdout } = await stage.world.run(['verify', '--json', ...stage.world.trust])
    check.equal(status, 2)
    return (JSON.parse(stdout) as { readonly error: object }).error
  }
  await stage.world.write('bonafide.json', policy(stage, '@acme'))
  const thief = await startSandbox({ seed: 'thief' })
  check.teardown(() => thief.close())
  const swapped = thief.trustedRoot()
  await stage.world.write('roots/acme.json', swapped)
  check.match(await failure(), {
    code: 'BONAFIDE_TRUSTED_ROOT_MISMATCH',
    path: join('roots', 'acme.json'),
    found: `sha256 ${digestOf(swapped)}`,
    wanted: `sha256 ${digestOf(stage.own.trustedRoot())}`,
  })
  await stage.world.write('bonafide.json', policy(stage, '@acme').replace('acme.json', 'none.json'))
  check.match(await failure(), { code: 'BONAFIDE_TRUSTED_ROOT_UNREADABLE', found: 'no such file' })
  await stage.world.write('roots/acme.json', '{}')
  await stage.world.write(
    'bonafide.json',
    policy(stage, '@acme').replace(digestOf(stage.own.trustedRoot()), digestOf('{}')),
  )
  check.match(await failure(), { code: 'BONAFIDE_TRUSTED_ROOT_MALFORMED', path: join('roots', 'acme.json') })
})
