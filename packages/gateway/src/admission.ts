// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { CLIENT_KINDS } from './client-kind.ts'
import type { ClientKind } from './client-kind.ts'

/** A request that may be answered: for which client, and the path below its base, undecoded. */
export interface Admitted {
  readonly kind: ClientKind
  readonly base: string
  readonly path: string
}

/** Whether a request is for this registry, and by one who may ask. */
export type Admission =
  | { readonly kind: 'admitted'; readonly request: Admitted }
  /** It is for another host. */
  | { readonly kind: 'way-out'; readonly host: string }
  | { readonly kind: 'forbidden'; readonly reason: string }
  /** Without the secret: there is nothing here. */
  | { readonly kind: 'nothing' }

/** The doors of one gateway: a path for each client, made of chance. */
export interface Doors {
  urlFor(kind: ClientKind): string
  admit(request: Pick<IncomingMessage, 'url' | 'headers'>): Admission
}

/** Makes the doors of a gateway that listens on a port of 127.0.0.1. */
export function makeDoors(port: number): Doors {
  const host = `127.0.0.1:${port}`
  const secret = randomBytes(24).toString('base64url')
  const paths = new Map(CLIENT_KINDS.map((kind) => [`/${secret}/${kind}/`, kind]))
  const urls = new Map([...paths].map(([path, kind]) => [kind, `http://${host}${path}`]))
  const length = `/${secret}/`.length
  const urlFor = (kind: ClientKind): string => {
    const url = urls.get(kind)
    if (url === undefined) throw new TypeError('a client of an unknown kind')
    return url
  }
  return {
    urlFor,
    admit({ url: target = '/', headers }) {
      // Yarn 1 asks its registry through its proxy, whatever is said of exceptions; and both are this server.
      const url = target.startsWith(`http://${host}/`) ? target.slice(`http://${host}`.length) : target
      // A proxy's request (RFC 9112, 3.2.2): nothing goes out through here.
      if (!url.startsWith('/')) return { kind: 'way-out', host: URL.canParse(url) ? new URL(url).host : url }
      // DNS rebinding: a name of the attacker's that leads to loopback.
      if (headers.host !== host) return { kind: 'way-out', host: headers.host ?? 'no host' }
      // A page in a browser on this machine asks; clients send neither.
      const site = headers['sec-fetch-site']
      if (headers.origin !== undefined || (site !== undefined && site !== 'none'))
        return { kind: 'forbidden', reason: 'bonafide: this registry answers no web page' }
      // Looked up as a whole, so that how far a guess is right shows in no time that is taken.
      const end = url.indexOf('/', length)
      const kind = end === -1 ? undefined : paths.get(url.slice(0, end + 1))
      if (kind === undefined) return { kind: 'nothing' }
      return { kind: 'admitted', request: { kind, base: urlFor(kind), path: url.slice(end + 1) } }
    },
  }
}
