// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runEngine } from './engine.ts'
import type { EngineOptions, ListedVersion } from './engine.ts'

/** A version that Bun is about to install. It hands over no integrity. */
export interface ScannedPackage {
  readonly name: string
  readonly version: string
  readonly tarball: string
  readonly requestedRange: string
}

/** Why Bun is to stop: `fatal` always does. */
export interface Advisory {
  readonly level: 'fatal'
  readonly package: string
  readonly url: null
  readonly description: string
}

/** What Bun calls before it installs (`install.security.scanner` in `bunfig.toml`). */
export interface Scanner {
  readonly version: '1'
  scan(info: { readonly packages: readonly ScannedPackage[] }): Promise<readonly Advisory[]>
}

/**
 * Makes the scanner. What `bun.lock` holds is judged with the integrity that stands there; what Bun has just resolved, with the
 * integrity that the registry's signed metadata gives.
 *
 * A scan throws, and Bun then installs nothing, where no report can be had.
 */
export function createScanner(options: EngineOptions = {}): Scanner {
  return {
    version: '1',
    async scan({ packages }) {
      const project = process.cwd()
      // Bun before 1.2 has no text that could be judged; the engine says how to get one.
      const isLocked = ['bun.lock', 'bun.lockb'].some((file) => existsSync(join(project, file)))
      const locked = isLocked ? await reportOn(project, null, options) : []
      const known = new Set(locked.map(({ name, version }) => `${name}@${version}`))
      // Bun's registry need not be the one that npm is configured with: the tarball's URL is held against nothing.
      const fresh = packages
        .map(({ name, version }) => ({ name, version }))
        .filter(({ name, version }) => !known.has(`${name}@${version}`))
      const added = fresh.length === 0 ? [] : await reportOn(project, fresh, options)
      return [...locked, ...added]
        .filter(({ verdict }) => verdict === 'refused' || verdict === 'undecided')
        .map(toAdvisory)
    },
  }
}

interface Item {
  readonly name: string
  readonly version: string
  readonly verdict: string
  readonly passes: string | null
  readonly findings: readonly {
    readonly code: string
    readonly level: string
    readonly found: string
    readonly wanted: string
    readonly fix: string
  }[]
}

async function reportOn(
  project: string,
  versions: readonly ListedVersion[] | null,
  options: EngineOptions,
): Promise<readonly Item[]> {
  const { code, stdout, stderr } = await runEngine(project, versions, options, ['--json'])
  const report = read(stdout)
  const stopping = report?.filter(({ verdict }) => verdict === 'refused' || verdict === 'undecided')
  // Anything but a report that agrees with how the engine ended has judged nothing; a policy that only looks on ends with 0.
  const isReport =
    report !== null && stopping !== undefined && (code === 0 || ((code === 1 || code === 3) && stopping.length > 0))
  if (!isReport) throw new Error(`bonafide: not judged; nothing was installed\n\n${stderr === '' ? stdout : stderr}`)
  return code === 0 ? report.filter((item) => !stopping.includes(item)) : report
}

function read(stdout: string): readonly Item[] | null {
  try {
    const { packages } = JSON.parse(stdout) as { readonly packages?: readonly Item[] }
    return Array.isArray(packages) ? (packages as readonly Item[]) : null
  } catch {
    return null
  }
}

function toAdvisory({ name, version, verdict, passes, findings }: Item): Advisory {
  const told = findings
    .filter(({ level }) => level === 'refuse')
    .map(({ code, found, wanted, fix }) => `${code}\n  found   ${found}\n  wanted  ${wanted}\n  next    ${fix}`)
  const instead = passes === null ? [] : [`instead ${name}@${passes}, the newest version that passes`]
  const description = [`${verdict} ${name}${version === '' ? '' : `@${version}`}`, ...told, ...instead].join('\n')
  // Strangers write names and refs: nothing but printable characters reaches the terminal.
  const text = description.replaceAll(/[^\P{C}\n]/gu, '?')
  return { level: 'fatal', package: name, url: null, description: text }
}
