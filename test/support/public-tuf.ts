// SPDX-License-Identifier: Apache-2.0
// npm 12 has no setting for another TUF mirror and goes to the public one each time. This plays that host on loopback: a proxy that
// answers for it out of a sandbox's TUF repository, under a certificate of its own, and lets nobody through to anywhere else.
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DEFAULT_MIRROR_URL } from '@sigstore/tuf'
import type { Sandbox } from '@bonafide/sandbox'
import { makeLoopbackCertificate } from '../registry/loopback-certificate.ts'

/** The played host. */
export interface PublicTuf {
  /** What a program has to find in its environment, and what Node adds to the certificates it knows. */
  readonly env: Readonly<Record<string, string>>
  /** Paths asked for at the played host. */
  readonly served: readonly string[]
  /** Hosts that somebody wanted to reach and did not. */
  readonly refused: readonly string[]
  /** Has an npm cache start from the sandbox's root metadata. */
  seed(cache: string): Promise<void>
  close(): Promise<void>
}

/** Starts to play the public TUF host, in a folder for the certificate. */
export async function playPublicTuf(sandbox: Sandbox, folder: string): Promise<PublicTuf> {
  const { host } = new URL(DEFAULT_MIRROR_URL)
  const { cert, key } = makeLoopbackCertificate(host)
  const certificate = join(folder, 'ca.pem')
  await writeFile(certificate, cert)
  const [served, refused]: [string[], string[]] = [[], []]
  const answer = async ({ url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> => {
    served.push(url)
    const found = await fetch(`${sandbox.tufUrl}${url}`)
    response.writeHead(found.status).end(Buffer.from(await found.arrayBuffer()))
  }
  const mirror = createTlsServer({ cert, key }, (request, response) => void answer(request, response))
  const proxy = createServer((request, response) => {
    refused.push(request.url ?? '')
    response.writeHead(403).end()
  })
  const sockets = new Set<Socket>()
  proxy.on('connect', ({ url = '' }, socket: Socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)).on('error', () => socket.destroy()))
    if (url !== `${host}:443`) {
      refused.push(url)
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    mirror.emit('connection', socket)
  })
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve)
  })
  const { port } = proxy.address() as AddressInfo
  return {
    env: {
      NODE_USE_ENV_PROXY: '1',
      HTTPS_PROXY: `http://127.0.0.1:${port}`,
      NO_PROXY: '127.0.0.1',
      NODE_EXTRA_CA_CERTS: certificate,
    },
    served,
    refused,
    async seed(cache) {
      const place = join(cache, '_tuf', encodeURIComponent(host))
      await mkdir(place, { recursive: true })
      await writeFile(join(place, 'root.json'), sandbox.tufRoot())
    },
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
