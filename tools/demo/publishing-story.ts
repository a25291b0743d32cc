// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobSpec } from '@bonafide/sandbox'
import { TRUSTED } from '../../test/publish/maintainer.ts'
import { openReleaseScene, trustWorkflow } from '../../test/publish/release-scene.ts'
import type { Checkout, ReleaseScene, Sent } from '../../test/publish/release-scene.ts'
import type { Ended } from '../../test/support/clients.ts'
import { commitAll, git, writeFiles } from '../../test/support/git.ts'

/** One thing that happens, on one of the three machines of the story. */
export interface Scene {
  readonly title: string
  /** The command as it is typed there. */
  readonly command: string
  readonly ran: Ended
  readonly expectedCode: number
  /** What the registry was sent to be published. */
  readonly sent: readonly Sent[]
  /** The version of axios that the consumer has installed afterwards; null for none. */
  readonly installed: string | null
}

/** The story with what is left of it, to be looked at. */
export interface Told {
  readonly scenes: readonly Scene[]
  readonly scene: ReleaseScene
  readonly clone: Checkout
  /** The consumer's project. */
  readonly shop: string
  /** The token that was stolen. */
  readonly stolen: string
}

const AXIOS: JobSpec = {
  repository: 'axios/axios',
  repositoryId: '23088740',
  ownerId: '32372333',
  workflow: '.github/workflows/publish.yml',
}

/**
 * The axios break-in of March 2026 from both sides: the maintainers release by a job without a token, somebody has a token of theirs, and
 * somebody else installs. Each with the real commands, in a sandbox registry with a Sigstore of its own.
 */
export async function tellPublishingStory(): Promise<Told> {
  const scene = await openReleaseScene({ seed: 'axios' }, AXIOS)
  const { sandbox, trust, root } = scene
  const scenes: Scene[] = []
  const shop = join(root, 'shop')
  const turn = async (
    title: string,
    command: string,
    expectedCode: number,
    run: () => Promise<Ended>,
  ): Promise<Ended> => {
    const ran: Ended[] = []
    const sent = await scene.sentBy(async () => ran.push(await run()))
    const [only = { code: 'not run', stdout: '', stderr: '' }] = ran
    scenes.push({ title, command, ran: only, expectedCode, sent, installed: await installedIn(shop) })
    return only
  }

  // What was there before: a release by the same workflow, a clone with its tag, and a token that nobody remembers.
  const clone = await prepare(scene)
  const stolen = scene.longLived()

  const released = await release(clone, '1.14.0')
  // npm says much that has nothing to do with the story.
  const quiet = { npm_config_loglevel: 'error' }
  const packed = await turn('A job without an identity packs the release', 'npm pack', 0, () =>
    scene.run('npm', clone.folder, ['pack', '--pack-destination', root], quiet),
  )
  const tarball = join(root, packed.stdout.trim())
  const sha512 = createHash('sha512')
    .update(await readFile(tarball))
    .digest('hex')
  const job = scene.job(released)
  await turn(
    'The job with the identity publishes these bytes; there is no token to be stolen',
    `bonafide publish axios-1.14.0.tgz --sha512 ${sha512.slice(0, 8)}…`,
    0,
    () => scene.bonafide(clone.folder, ['publish', tarball, '--sha512', sha512, ...trust], job),
  )

  const later = new Date(sandbox.clock.now().getTime() + 7 * 24 * 3_600_000).toISOString()
  const home = join(root, 'elsewhere')
  await mkdir(home)
  await mkdir(shop)
  const consumer = (...words: readonly string[]): Promise<Ended> =>
    scene.bonafide(shop, [...words, '--registry', sandbox.registryUrl, ...trust, '--now', later], {
      HOME: home,
      XDG_CACHE_HOME: join(home, '.cache'),
      npm_config_cache: join(home, '.npm'),
      CI: 'false',
    })
  await lock(scene, shop, '1.14.0')
  await turn('A week later somebody else adopts it', 'bonafide init', 0, () => consumer('init'))
  await turn('They install it', 'bonafide ci', 0, () => consumer('ci'))

  // It came out of this machine's .npmrc, and is the same everywhere.
  await writeFile(join(scene.home, '.npmrc'), `//${new URL(sandbox.registryUrl).host}/:_authToken=${stolen}\n`)
  const byHand = { ...quiet, CI: 'false' }
  const manifest = await raise(clone, '1.14.1', { dependencies: { 'plain-crypto-js': '^4.2.1' } })
  await turn(
    'Somebody has stolen a token without end, and tries it on the maintainer’s machine',
    'npm publish   # "prepublishOnly": "bonafide guard" stands in package.json',
    1,
    () => scene.run('npm', clone.folder, ['publish'], byHand),
  )
  git(clone.folder, 'checkout', '--', 'package.json')

  const lair = join(root, 'lair')
  await mkdir(lair)
  await sandbox.publish({
    name: 'plain-crypto-js',
    version: '4.2.1',
    manifest: { scripts: { postinstall: 'node setup.js' } },
    files: { 'setup.js': '' },
    publisher: { name: 'mallory', email: 'mallory@example.com' },
  })
  const { scripts: _guard, ...evil } = manifest
  await writeFiles(lair, { 'package.json': JSON.stringify(evil), 'index.js': '' })
  await turn('On a machine of their own, without that line, the registry takes it', 'npm publish', 0, () =>
    scene.run('npm', lair, ['publish'], byHand),
  )
  await lock(scene, shop, '1.14.1', 'plain-crypto-js@4.2.1')
  await turn('An update brings it to the one who installs', 'bonafide ci', 1, () => consumer('ci'))
  await lock(scene, shop, '1.14.0')
  await turn('What was honest is installed as before', 'bonafide ci', 0, () => consumer('ci'))
  await turn('The maintainers look at what the registry shows of their package', 'bonafide watch', 1, () =>
    scene.bonafide(clone.folder, ['watch', '--registry', sandbox.registryUrl, ...trust]),
  )
  sandbox.setLongLived('refuse')
  await writeFiles(lair, { 'package.json': JSON.stringify({ ...evil, version: '1.14.2' }) })
  await turn('They have the registry take no tokens for it any more', 'npm publish   # by the thief', 1, () =>
    scene.run('npm', lair, ['publish'], byHand),
  )
  return { scenes, scene, clone, shop, stolen }
}

async function prepare(scene: ReleaseScene): Promise<Checkout> {
  const { sandbox } = scene
  const clone = await scene.checkout('1.13.6', {
    name: 'axios',
    files: ['index.js'],
    scripts: { prepublishOnly: 'bonafide guard' },
    publishConfig: undefined,
  })
  const provenance = { ...AXIOS, ref: 'refs/tags/v1.13.6', commit: clone.commit }
  await sandbox.publish({ name: 'axios', version: '1.13.6', provenance, publisher: TRUSTED })
  trustWorkflow(sandbox, 'axios', AXIOS)
  return clone
}

// The maintainers raise the version and push its tag, which starts the workflow.
async function release(clone: Checkout, version: string): Promise<Checkout> {
  await raise(clone, version)
  const commit = commitAll(clone.folder, version)
  git(clone.folder, 'tag', `v${version}`)
  return { ...clone, version, commit }
}

async function raise(
  { folder }: Checkout,
  version: string,
  more: object = {},
): Promise<Readonly<Record<string, unknown>>> {
  const path = join(folder, 'package.json')
  const manifest = { ...(JSON.parse(await readFile(path, 'utf8')) as object), version, ...more }
  await writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`)
  return manifest
}

// As npm would write it; what a version brings along stands beside it.
async function lock(
  { sandbox }: ReleaseScene,
  shop: string,
  version: string,
  ...brought: readonly string[]
): Promise<void> {
  const integrityOf = (name: string, number: string): string | undefined => sandbox.published(name, number)?.integrity
  const manifest = { name: 'shop', version: '1.0.0', dependencies: { axios: `^${version}` } }
  const others = brought.map((spec) => spec.split('@', 2) as [string, string])
  const dependencies = Object.fromEntries(others.map(([name, number]) => [name, `^${number}`]))
  const axios = { version, integrity: integrityOf('axios', version), ...(others.length === 0 ? {} : { dependencies }) }
  const packages = {
    '': manifest,
    'node_modules/axios': axios,
    ...Object.fromEntries(
      others.map(([name, number]) => [
        `node_modules/${name}`,
        { version: number, integrity: integrityOf(name, number) },
      ]),
    ),
  }
  const document = { name: 'shop', version: '1.0.0', lockfileVersion: 3, requires: true, packages }
  await writeFile(join(shop, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  await writeFile(join(shop, 'package-lock.json'), `${JSON.stringify(document, null, 2)}\n`)
}

async function installedIn(shop: string): Promise<string | null> {
  const text = await readFile(join(shop, 'node_modules', 'axios', 'package.json'), 'utf8').catch(() => null)
  return text === null ? null : (JSON.parse(text) as { readonly version: string }).version
}
