// SPDX-License-Identifier: Apache-2.0
// A gateway before a sandbox's registry, and requests to it as they stand, which no client library has put in order.
import { request } from 'node:http'
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import type { Test } from 'tap'
import { startGateway } from '@bonafide/gateway'
import type { ApprovedVersion, ClientKind, Gateway, GatewayOptions } from '@bonafide/gateway'
import { openSources, readOwnFiles } from '@bonafide/verify'
import type { OpenSources, SourceOptions } from '@bonafide/verify'
import { startWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const DAY = 86_400_000

/** A registry with packages of both kinds, and the gateways before it. */
export interface Scene {
  readonly world: World
  /** Starts a gateway; the check ends it. */
  readonly open: (more?: OpenMore) => Promise<Gateway>
}

/** In what a gateway is to differ. */
export interface OpenMore {
  readonly approved?: readonly ApprovedVersion[]
  readonly sources?: Partial<SourceOptions>
  readonly onRefusal?: GatewayOptions['onRefusal']
  /** Changes what the gateway sees of the outside. */
  readonly over?: (sources: OpenSources) => OpenSources
}

/** A world with `paint` 1.0.0, attested, and 1.0.1, sent with a stolen token a month ago. */
export async function startScene(check: Test, seed = 'gateway'): Promise<Scene> {
  const world = await startWorld(seed)
  check.teardown(() => world.close())
  const { sandbox, root, project, env } = world
  await world.release('paint', '1.0.0')
  sandbox.clock.advance(2 * DAY)
  await world.release('paint', '1.0.1', { provenance: null, files: { 'owned.js': 'stolen' } })
  return {
    world,
    async open({ approved = [], sources: more = {}, onRefusal, over = (sources: OpenSources) => sources } = {}) {
      const place = { cwd: root, dir: project }
      const sources = await openSources({
        ...place,
        env,
        now: new Date(sandbox.clock.now().getTime() + 30 * DAY),
        registry: sandbox.registryUrl,
        trustedRoot: join(root, 'trust', 'trusted_root.json'),
        registryKeys: join(root, 'trust', 'keys.json'),
        installs: true,
        tarballs: true,
        ...more,
      })
      const own = await readOwnFiles(place)
      const gateway = await startGateway({
        own,
        sources: over(sources),
        approved,
        ...(onRefusal === undefined ? {} : { onRefusal }),
      })
      check.teardown(async () => {
        await gateway.close()
        await sources.close()
      })
      return gateway
    },
  }
}

/** What came back. */
export interface Got {
  readonly status: number
  /** The reason phrase. */
  readonly phrase: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** The body as JSON. */
  readonly json: unknown
  /** What the body says went wrong. */
  readonly error: string
}

/** Asks for a path as it stands. */
export function get(
  gateway: Gateway,
  path: string,
  {
    kind = 'npm',
    method = 'GET',
    headers = {},
  }: { readonly kind?: ClientKind; readonly method?: string; readonly headers?: OutgoingHttpHeaders } = {},
): Promise<Got> {
  const base = new URL(gateway.registryFor(kind))
  return ask(base, path.startsWith('!') ? path.slice(1) : `${base.pathname}${path}`, method, headers)
}

/** Asks a host for a path as it stands. */
export function ask(base: URL, path: string, method: string, headers: OutgoingHttpHeaders): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { host: base.hostname, port: base.port, path, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const body = Buffer.concat(chunks)
          const json = parsed(body)
          const said = (json as { readonly error?: unknown } | null)?.error
          resolve({
            status: response.statusCode ?? 0,
            phrase: response.statusMessage ?? '',
            headers: response.headers,
            body,
            json,
            error: typeof said === 'string' ? said : '',
          })
        })
      },
    )
    asking.on('error', reject)
    asking.end()
  })
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    return null
  }
}
