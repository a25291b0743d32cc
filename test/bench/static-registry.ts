// SPDX-License-Identifier: Apache-2.0
// A registry whose every answer is made beforehand: what a client waits for is the client's own work, as far as one machine allows.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, OutgoingHttpHeaders, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

const ABBREVIATED = 'application/vnd.npm.install-v1+json'

/** The server, to be filled before anybody asks. */
export interface StaticRegistry {
  /** With a slash at the end. */
  readonly url: string
  /** Serves a JSON text, compressed as registries do. */
  json(path: string, text: string): void
  /** Serves a package's metadata in both forms. */
  packument(name: string, forms: { readonly full: string; readonly abbreviated: string }): void
  bytes(path: string, body: Buffer): void
  /** How many requests came in since the last call. */
  takeCount(): number
  close(): void
}

interface Answer {
  readonly headers: OutgoingHttpHeaders
  readonly body: Buffer
}

/** Starts the server on a free port. */
export async function startStaticRegistry(): Promise<StaticRegistry> {
  const answers = new Map<string, Answer>()
  let count = 0
  const server = createServer(({ url = '/', headers }, response) => {
    count += 1
    const answer = answers.get(keyOf(url, headers))
    if (answer === undefined) response.writeHead(404, { 'content-length': 0 }).end()
    else if (headers['if-none-match'] === answer.headers['etag'])
      response.writeHead(304, { etag: headers['if-none-match'] }).end()
    else response.writeHead(200, answer.headers).end(answer.body)
  })
  const { port } = await listening(server)
  return {
    url: `http://127.0.0.1:${port}/`,
    json: (path, text) => void answers.set(path, compressed(text, 'application/json')),
    packument(name, { full, abbreviated }) {
      answers.set(`/${name}`, compressed(full, 'application/json'))
      answers.set(`/${name} ${ABBREVIATED}`, compressed(abbreviated, ABBREVIATED))
    },
    bytes: (path, body) => void answers.set(path, tagged(body, { 'content-type': 'application/octet-stream' })),
    takeCount() {
      const taken = count
      count = 0
      return taken
    },
    close: () => server.close(),
  }
}

// Metadata is the only thing that has two forms, and the only thing that is asked for by this type.
function keyOf(url: string, { accept = '' }: IncomingHttpHeaders): string {
  const path = url.includes('%') ? decodeURIComponent(url) : url
  return accept.startsWith(ABBREVIATED) ? `${path} ${ABBREVIATED}` : path
}

function compressed(text: string, type: string): Answer {
  return tagged(gzipSync(text), {
    'content-type': type,
    'content-encoding': 'gzip',
    'cache-control': 'public, max-age=300',
    vary: 'accept-encoding, accept',
  })
}

function tagged(body: Buffer, headers: OutgoingHttpHeaders): Answer {
  const etag = `"${createHash('md5').update(body).digest('hex')}"`
  return { headers: { ...headers, 'content-length': body.length, etag }, body }
}

function listening(server: Server): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    // Nobody's port: what is fixed cannot be in use twice.
    server.listen(0, '127.0.0.1', () => resolve(server.address() as AddressInfo))
  })
}
