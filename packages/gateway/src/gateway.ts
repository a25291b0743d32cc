// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from 'node:http'
import { printable } from '@bonafide/core'
import { availabilityFinding } from '@bonafide/verify'
import { makeDoors } from './admission.ts'
import type { Admission, Admitted, Doors } from './admission.ts'
import { openCatalogue } from './catalogue.ts'
import { createClearing } from './clearance.ts'
import { LogBook } from './gateway-log.ts'
import type { Gateway, GatewayOptions } from './gateway-options.ts'
import { listenOnLoopback } from './loopback-server.ts'
import { PackageDesk } from './package-desk.ts'
import type { Asker } from './package-desk.ts'
import { errorReply, notFound } from './reply.ts'
import type { Reply } from './reply.ts'
import { parseRequested, pathOfUrl } from './requested.ts'
import { respondTo } from './responder.ts'
import type { Responder } from './responder.ts'

/**
 * Starts a registry on 127.0.0.1 that hands out a version's tarball only after it was verified, and only as the bytes that were.
 *
 * Metadata comes from the registry that the user's client would ask, with the user's credentials, which no answer carries; what a client
 * sends as a credential is neither read nor handed on. Nothing is redirected, and nothing but `GET` and `HEAD` does anything.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { sources, approved, onRefusal } = options
  // Without the rules that look into tarballs a tarball would be handed out that they refuse.
  if (!sources.readsTarballs) throw new TypeError('startGateway wants sources that look into tarballs')
  const log = new LogBook(onRefusal ?? (() => {}))
  const catalogue = openCatalogue(sources.client, approved)
  const desk = new PackageDesk(options, catalogue, createClearing(options, catalogue), log)
  const prefixes = prefixesOf(options)
  const server = await listenOnLoopback()
  const doors = makeDoors(server.port)
  server.receive({
    onTunnel: (host) => wayOut(host, log),
    onRequest: (request, response) => void receive(request, response, doors, log, prefixes, desk),
  })
  return {
    registryFor: (client) => doors.urlFor(client),
    proxyUrl: `http://127.0.0.1:${server.port}`,
    log,
    close: () => server.close(),
  }
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  doors: Doors,
  log: LogBook,
  prefixes: ReadonlySet<string>,
  desk: PackageDesk,
): Promise<void> {
  const { method = 'GET', url = '' } = request
  const admission = doors.admit(request)
  const isYarn = admission.kind === 'admitted' && admission.request.kind === 'yarn'
  const responder = respondTo(response, method, isYarn)
  // Whatever is sent along is not wanted, and may be a credential.
  request.resume()
  try {
    await answer(request, admission, responder, log, prefixes, desk)
  } catch (error) {
    // What is neither served nor refused is not installed either.
    const failure = { kind: 'unreachable', reason: 'network', detail: String(error), url: '' } as const
    const name = printable(url.slice(url.lastIndexOf('/') + 1))
    log.addUndecided({ name, version: null, findings: [availabilityFinding(failure, name)] })
    if (response.headersSent) response.destroy()
    else responder.reply(errorReply(503, `bonafide: undecided: ${printable(String(error))}`))
  }
}

async function answer(
  request: IncomingMessage,
  admission: Admission,
  responder: Responder,
  log: LogBook,
  prefixes: ReadonlySet<string>,
  desk: PackageDesk,
): Promise<void> {
  switch (admission.kind) {
    case 'admitted': {
      const reply = unwanted(request.method ?? 'GET')
      if (reply !== null) return responder.reply(reply)
      const requested = parseRequested(admission.request.path, prefixes)
      if (requested === null) return responder.reply(notFound())
      return desk.answer(requested, askerOf(request, admission.request), responder)
    }
    case 'way-out':
      return responder.reply(wayOut(admission.host, log))
    case 'forbidden':
      return responder.reply(errorReply(403, admission.reason))
    case 'nothing':
      return responder.reply(notFound())
    default:
      throw new TypeError('an admission of an unknown kind')
  }
}

function wayOut(host: string, log: LogBook): Reply {
  log.addWayOut(host)
  return errorReply(403, `bonafide: nothing is fetched past the gateway; asked for ${printable(host.slice(0, 300))}`)
}

function unwanted(method: string): Reply | null {
  switch (method) {
    case 'GET':
    case 'HEAD':
      return null
    // Audits: the answer "nothing found" would be a lie. Clients go on without.
    case 'POST':
      return notFound()
    default:
      return errorReply(403, 'bonafide: through this registry packages are installed and nothing else')
  }
}

function askerOf({ headers }: IncomingMessage, { kind, base }: Admitted): Asker {
  // Yarn 1 goes to whatever URL the metadata names, and shares npm's registry variable.
  const isYarnClassic = kind === 'npm' && headers['user-agent']?.startsWith('yarn/1.') === true
  return {
    kind: isYarnClassic ? 'yarn' : kind,
    base,
    wantsAbbreviated: headers.accept?.includes('application/vnd.npm.install-v1+json') === true,
    etag: headers['if-none-match'] ?? null,
  }
}

// npm puts the path of a locked URL below the gateway's base whole, the registry's own path included.
function prefixesOf({ own, sources }: GatewayOptions): ReadonlySet<string> {
  const { public: publicRegistry, configured, evidence, downloads, scopes } = sources.client.registries
  const paths = [publicRegistry, configured, evidence, downloads, ...scopes.values(), ...own.policy.mirrors].map(
    (url) => pathOfUrl(url.replace(/\/$/u, '')),
  )
  return new Set(['', ...paths.flatMap((path) => (path === null || path === '' ? [] : [`${path}/`]))])
}
