// SPDX-License-Identifier: Apache-2.0
// A program: publishes as npm's client does inside a GitHub job, with provenance from the Sigstore that it is told. npm itself has no
// setting for that; the library that it publishes with has. It reads the environment while it is loaded, hence a process of its own.
import { publish } from 'libnpmpublish'

/** What the program is told, as JSON in its one argument. */
export interface Order {
  readonly manifest: { readonly name: string; readonly version: string }
  /** In base64. */
  readonly tarball: string
  /** Options of the library: registry, credentials, where Sigstore is. */
  readonly options: Readonly<Record<string, unknown>>
}

const { manifest, tarball, options } = JSON.parse(process.argv[2] ?? '') as Order
await publish(manifest, Buffer.from(tarball, 'base64'), options)
