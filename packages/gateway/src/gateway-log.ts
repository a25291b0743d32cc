// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion, printable } from '@bonafide/core'
import type { Finding, Sha512 } from '@bonafide/core'
import type { VerdictKind } from '@bonafide/policy'
import type { PackageReport } from '@bonafide/verify'
import type { HiddenVersion } from './hidden-versions.ts'

/** A version whose tarball was handed out. */
export interface ServedVersion {
  readonly name: string
  readonly version: string
  /** What the bytes hashed to. */
  readonly sha512: Sha512
  /** `approved`: verified before the gateway was started; else the verdict under which it passed. */
  readonly verdict: 'approved' | VerdictKind
}

/** What was asked for and nobody could tell. */
export interface UndecidedRequest {
  readonly name: string
  /** Null where it is the package's metadata that could not be had. */
  readonly version: string | null
  readonly findings: readonly Finding[]
}

/** What happened so far, each thing once; the lists grow as long as the gateway runs. */
export interface GatewayLog {
  readonly served: readonly ServedVersion[]
  /** Versions that were asked for and refused. */
  readonly refused: readonly PackageReport[]
  readonly undecided: readonly UndecidedRequest[]
  /** Names whose metadata was handed out. */
  readonly described: readonly string[]
  /** Versions that clients were not shown, where the policy asks for that. */
  readonly hidden: readonly HiddenVersion[]
  /** Hosts other than the gateway that were asked for through it as a proxy, fit to print. None was reached. */
  readonly waysOut: readonly string[]
}

// More than anybody reads, and less than fills memory: whoever may connect may ask for hosts.
const MOST_WAYS_OUT = 200

/** Keeps the log. */
export class LogBook implements GatewayLog {
  readonly served: ServedVersion[] = []
  readonly refused: PackageReport[] = []
  readonly undecided: UndecidedRequest[] = []
  readonly described: string[] = []
  readonly hidden: HiddenVersion[] = []
  readonly waysOut: string[] = []
  readonly #known = new Set<string>()
  readonly #onRefusal: (report: PackageReport) => void

  constructor(onRefusal: (report: PackageReport) => void) {
    this.#onRefusal = onRefusal
  }

  addServed(version: ServedVersion): void {
    if (this.#isNew('served', version.name, version.version, version.sha512)) this.served.push(version)
  }

  addRefused(report: PackageReport): void {
    const codes = report.findings.map(({ code }) => code).join()
    if (!this.#isNew('refused', report.name, report.version, codes)) return
    this.refused.push(report)
    this.#onRefusal(report)
  }

  addUndecided(request: UndecidedRequest): void {
    const codes = request.findings.map(({ code }) => code).join()
    if (this.#isNew('undecided', request.name, request.version ?? '', codes)) this.undecided.push(request)
  }

  addDescribed(name: string): void {
    if (this.#isNew('described', name, '', '')) this.described.push(name)
  }

  addHidden(one: HiddenVersion): void {
    if (this.#isNew('hidden', one.name, one.version, one.because)) this.hidden.push(one)
  }

  addWayOut(host: string): void {
    const shown = printable(host.slice(0, 300))
    if (this.waysOut.length < MOST_WAYS_OUT && this.#isNew('way out', shown, '', '')) this.waysOut.push(shown)
  }

  #isNew(list: string, name: string, version: string, more: string): boolean {
    const key = `${list} ${nameAtVersion(name, version)} ${more}`
    if (this.#known.has(key)) return false
    this.#known.add(key)
    return true
  }
}
