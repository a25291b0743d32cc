// SPDX-License-Identifier: Apache-2.0
// A program: sends one version as `upload` does, with the environment of a job around it, and prints what came of it. npm's library looks
// for Sigstore's public TUF repository by variables that it reads for itself, hence a process of its own.
import { Secret, parseIntegrity } from '@bonafide/core'
import type { JsonObject } from '@bonafide/core'
import { upload } from '@bonafide/publish'

const order = JSON.parse(process.argv[2] ?? '') as Readonly<Record<string, never>>
const text = (key: string): string => String(order[key])
const object = (key: string): JsonObject => order[key] as unknown as JsonObject
const integrity = parseIntegrity(text('integrity'))
if (integrity.state !== 'sha512') throw new TypeError('no sha512')
const answer = await upload({
  prepared: {
    name: text('name'),
    version: text('version'),
    manifest: object('manifest'),
    tarball: Buffer.from(text('tarball'), 'base64'),
    integrity: integrity.sha512,
    source: { kind: 'tarball', path: 'x.tgz' },
    files: [],
    publishConfig: { access: null, tag: null, registry: null },
  },
  bundle: { json: object('bundle'), mediaType: text('mediaType') },
  registry: text('registry'),
  tag: 'latest',
  access: null,
  token: new Secret(text('token')),
  isStaged: false,
  isPublicSigstore: true,
  otp: null,
  connectionTo: () => ({ rejectUnauthorized: true }),
  readAs: () => null,
  deadline: 30_000,
})
process.stdout.write(JSON.stringify(answer))
