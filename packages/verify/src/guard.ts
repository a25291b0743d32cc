// SPDX-License-Identifier: Apache-2.0
import { BonafideError, nameAtVersion, parseIntegrity } from '@bonafide/core'
import type { Sha512 } from '@bonafide/core'
import { parseCanonicalTarball, registriesInPlayOf } from '@bonafide/registry'
import { availabilityFinding } from './availability.ts'
import { guardedMetadata } from './guarded-metadata.ts'
import { openSources } from './open-sources.ts'
import type { SourceOptions } from './open-sources.ts'
import { readOwnFiles } from './own-files.ts'
import type { OwnPlace } from './own-files.ts'
import type { PackageReport, Report } from './report.ts'
import { verifyPackages } from './verify-packages.ts'
import type { PackageToVerify } from './verify-packages.ts'

/** Whose policy judges, whom to ask and whom to trust. */
export interface GuardOptions extends OwnPlace, Omit<SourceOptions, 'privateRoots' | 'installs' | 'tarballs'> {
  /** Whether rules that need the tarball run too, such as `manifest-confusion`; true where left out. */
  readonly tarballs?: boolean
  /** What asks for metadata; the platform's own `fetch` where left out. Tarballs never come through it. */
  readonly fetch?: typeof fetch
}

/** A tarball that was judged, with its verdict. */
export interface GuardedTarball {
  readonly report: PackageReport
  /** What the bytes hash to: they were hashed as they came, and are these. */
  readonly integrity: Sha512
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Stands between an installer that is not ours and the registry. Close it when done. */
export interface Guard {
  /**
   * Judges versions and throws nothing because of what a registry did: the answer is the report.
   *
   * @throws BonafideError `BONAFIDE_USAGE` where a name or version is not well-formed
   */
  verify(packages: readonly PackageToVerify[]): Promise<Report>
  /**
   * The tarball of a version, judged first: each version once, however often it is asked for.
   *
   * @throws BonafideError `BONAFIDE_REFUSED` or `BONAFIDE_UNDECIDED`, with the version's report as the cause
   */
  fetchTarball(wanted: PackageToVerify): Promise<GuardedTarball>
  /**
   * For tools that take a `fetch`: tarballs under their canonical URLs come from {@link Guard.fetchTarball}, a registry's metadata is
   * handed through if it is JSON, and everything else is refused. Only GET.
   *
   * @throws BonafideError as {@link Guard.fetchTarball}
   */
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>
  close(): Promise<void>
}

/**
 * Opens a guard over a project's policy, pins and exemptions. Also a policy that only looks on lets nothing through here: there is no
 * report that anybody would read.
 *
 * @throws BonafideError for files and settings that cannot be used
 */
export async function openGuard(options: GuardOptions): Promise<Guard> {
  const { tarballs = true, fetch: ask = fetch, ...place } = options
  const own = await readOwnFiles(options)
  const sources = await openSources({ ...place, privateRoots: own.privateRoots, installs: true, tarballs })
  const known = new Map<string, Promise<PackageReport>>()

  const verify = async (packages: readonly PackageToVerify[]): Promise<Report> =>
    (await verifyPackages(packages, own, sources, { simulated: false })).report

  const judge = (wanted: PackageToVerify): Promise<PackageReport> => {
    const { name, version, integrity, resolved = null } = wanted
    const key = JSON.stringify([name, version, integrity, resolved])
    const answer =
      known.get(key) ??
      verify([wanted]).then(({ packages: [report] }) => report ?? unreportable(nameAtVersion(name, version)))
    known.set(key, answer)
    return answer
  }

  const fetchTarball = async (wanted: PackageToVerify): Promise<GuardedTarball> => {
    const report = await judge(wanted)
    const integrity = assertPassed(report)
    const { name, version } = wanted
    const answer = await sources.client.fetchTarball({ name, version, integrity, claimed: null }, async (tarball) => {
      const chunks: Buffer[] = []
      for await (const chunk of tarball.read()) chunks.push(chunk)
      return { sha512: tarball.sha512, bytes: new Uint8Array(Buffer.concat(chunks)) }
    })
    if (answer.kind === 'absent') throw stopped('BONAFIDE_REFUSED', report, `no such file at ${answer.url}`)
    if (answer.kind !== 'found')
      throw stopped('BONAFIDE_UNDECIDED', report, availabilityFinding(answer, nameAtVersion(name, version)).found)
    // A registry that serves other bytes the second time.
    if (answer.value.sha512 !== integrity) throw stopped('BONAFIDE_REFUSED', report, answer.value.sha512)
    return { report, integrity, bytes: answer.value.bytes }
  }

  return {
    verify,
    fetchTarball,
    fetch: async (url, init = {}) => {
      const target = new URL(url)
      const { registries } = sources.client
      const all = [...new Set([...registriesInPlayOf('x', registries), ...registries.scopes.values()])]
      const named = (init.method ?? 'GET') === 'GET' ? parseCanonicalTarball(target.href, all) : null
      if (named === null) return guardedMetadata(target, init, all, ask)
      const { bytes } = await fetchTarball({ ...named, integrity: null })
      const headers = { 'content-type': 'application/octet-stream', 'content-length': String(bytes.length) }
      return new Response(bytes, { headers })
    },
    close: () => sources.close(),
  }
}

// Verdicts that an install may follow. What is neither is refused, whatever it is called.
function assertPassed(report: PackageReport): Sha512 {
  switch (report.verdict) {
    case 'trusted':
    case 'unattested':
    case 'exempt':
    case 'outside': {
      const integrity = parseIntegrity(report.integrity)
      // Nothing says which bytes they are: a verdict over them would be one over anything.
      if (integrity.state !== 'sha512') throw stopped('BONAFIDE_REFUSED', report, 'nothing that binds its bytes')
      return integrity.sha512
    }
    case 'undecided':
      throw stopped('BONAFIDE_UNDECIDED', report, codesOf(report))
    case 'refused':
    default:
      throw stopped('BONAFIDE_REFUSED', report, codesOf(report))
  }
}

function codesOf({ findings }: PackageReport): string {
  return findings
    .filter(({ level }) => level === 'refuse')
    .map(({ code }) => code)
    .join(', ')
}

function stopped(code: 'BONAFIDE_REFUSED' | 'BONAFIDE_UNDECIDED', report: PackageReport, found: string): BonafideError {
  const what = nameAtVersion(report.name, report.version)
  const message = code === 'BONAFIDE_REFUSED' ? `${what} was refused` : `nobody could tell about ${what}`
  return new BonafideError(code, message, { found, hint: `bonafide explain ${what}`, cause: report })
}

function unreportable(what: string): never {
  throw new TypeError(`no report on ${what}`)
}
