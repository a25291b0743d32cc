// SPDX-License-Identifier: Apache-2.0
// Serves the corpus' attested releases on loopback, as a registry would: the documents as they were recorded, and metadata made
// of what the corpus knows. Real metadata, with the registry's signatures, where the corpus has it.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { attestedCases, corpusPath, corpusText } from './corpus.ts'
import type { AttestedCase } from './corpus.ts'

/** A running registry. */
export interface CorpusRegistry {
  readonly url: string
  readonly cases: readonly AttestedCase[]
  /** Paths asked for so far, in order. */
  readonly requests: readonly string[]
  close(): Promise<void>
}

type Version = Record<string, unknown> & { readonly dist: Record<string, unknown> }

/** Starts the registry on a free port of the loopback interface. */
export async function startCorpusRegistry(): Promise<CorpusRegistry> {
  const cases = attestedCases()
  const recorded = recordedVersions()
  const requests: string[] = []
  let url = ''
  const packument = (name: string): object | null => {
    const own = cases.filter((item) => item.name === name)
    if (own.length === 0) return null
    const versions = own.map(({ version, integrity }): readonly [string, Version] => {
      const real = recorded.get(`${name}@${version}`)
      const file = `${url}${name}/-/${name.slice(name.indexOf('/') + 1)}-${version}.tgz`
      const attestations = { url: `${url}-/npm/v1/attestations/${name}@${version}` }
      return [version, { name, version, ...real, dist: { ...real?.dist, integrity, tarball: file, attestations } }]
    })
    return { name, 'dist-tags': { latest: own.at(-1)?.version }, versions: Object.fromEntries(versions) }
  }
  const answer = (path: string): string | null => {
    if (path === '/-/npm/v1/keys') return corpusText('trust/npm-keys.endpoint.json')
    const prefix = '/-/npm/v1/attestations/'
    if (path.startsWith(prefix)) {
      const spec = path.slice(prefix.length)
      return cases.find(({ name, version }) => `${name}@${version}` === spec)?.text ?? null
    }
    const body = packument(path.slice(1))
    return body === null ? null : JSON.stringify(body)
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/')
    requests.push(path)
    const body = answer(path)
    response.writeHead(body === null ? 404 : 200, { 'content-type': 'application/json' })
    response.end(body ?? JSON.stringify({ error: 'Not found' }))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    url,
    cases,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A lockfile (version 3) that holds the given versions, without `resolved`, as npm writes it where users ask for that. */
export function lockfileOf(
  versions: readonly { readonly name: string; readonly version: string; readonly integrity: string }[],
): string {
  const dependencies = Object.fromEntries(
    versions.map(({ name, version }) => [aliasOf(name, version, versions), specOf(name, version, versions)]),
  )
  const entries = versions.map(({ name, version, integrity }) => {
    const alias = aliasOf(name, version, versions)
    return [`node_modules/${alias}`, { ...(alias === name ? {} : { name }), version, integrity }] as const
  })
  const packages = { '': { name: 'corpus-project', version: '1.0.0', dependencies }, ...Object.fromEntries(entries) }
  return `${JSON.stringify({ name: 'corpus-project', version: '1.0.0', lockfileVersion: 3, requires: true, packages }, null, 2)}\n`
}

// Several versions of one package stand beside each other under aliases.
function aliasOf(
  name: string,
  version: string,
  all: readonly { readonly name: string; readonly version: string }[],
): string {
  return all.find((item) => item.name === name)?.version === version ? name : `${name}-${version}`
}

function specOf(
  name: string,
  version: string,
  all: readonly { readonly name: string; readonly version: string }[],
): string {
  return aliasOf(name, version, all) === name ? version : `npm:${name}@${version}`
}

function recordedVersions(): ReadonlyMap<string, Version> {
  const index = JSON.parse(corpusText('packuments/index.json')) as unknown
  const files = new Set(JSON.stringify(index).match(/[\w+@.-]+\/[\w@.-]+\.json\.gz/gu) ?? [])
  const versions = new Map<string, Version>()
  for (const file of files) {
    const text = gunzipSync(readFileSync(corpusPath('packuments', file))).toString('utf8')
    const document = JSON.parse(text) as {
      readonly name?: string
      readonly versions?: Readonly<Record<string, Version>>
    }
    for (const [version, manifest] of Object.entries(document.versions ?? {})) {
      if (Array.isArray(manifest.dist['signatures'])) versions.set(`${document.name}@${version}`, manifest)
    }
  }
  return versions
}
