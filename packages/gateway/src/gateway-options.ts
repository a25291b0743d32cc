// SPDX-License-Identifier: Apache-2.0
import type { Sha512 } from '@bonafide/core'
import type { OpenSources, OwnFiles, PackageReport } from '@bonafide/verify'
import type { ClientKind } from './client-kind.ts'
import type { GatewayLog } from './gateway-log.ts'

/** A version that was verified before the gateway was started, as a lockfile holds it. */
export interface ApprovedVersion {
  readonly name: string
  readonly version: string
  readonly integrity: Sha512
  /** The URL in the lockfile, which tells tarballs at paths of a registry's own; null where there is none. */
  readonly resolved?: string | null
}

/** What a gateway hands out, and by whose decision. */
export interface GatewayOptions {
  /** Judges what no lockfile holds. */
  readonly own: OwnFiles
  /** Opened with `installs` and `tarballs`; they stay open as long as the gateway, and belong to the caller. */
  readonly sources: OpenSources
  /** Handed out without a second judgement, and only as the very bytes. */
  readonly approved: readonly ApprovedVersion[]
  /** Whether times were given and not the clock's. */
  readonly simulated?: boolean
  /** Called once for each version that was asked for and refused. */
  readonly onRefusal?: (report: PackageReport) => void
}

/** A registry on loopback, for one run. */
export interface Gateway {
  /** The registry's URL for a client: on 127.0.0.1, with a path that nobody guesses, ending in a slash. */
  readonly registryFor: (client: ClientKind) => string
  /** A proxy that lets nothing through: every CONNECT and every URL of another host is answered 403, and logged. Without a slash at the end. */
  readonly proxyUrl: string
  readonly log: GatewayLog
  /** Hangs up on everybody. */
  close(): Promise<void>
}
