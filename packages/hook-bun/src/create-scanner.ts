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
 * integrity that the registry's signed metadata gives. A git dependency or URL that `bun.lock` does not hold yet stops Bun: nobody can
 * judge it there. The project's own files and folders are its own.
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
        .filter(({ name, version }) => EXACT.test(version) && !known.has(`${name}@${version}`))
      const added = fresh.length === 0 ? [] : await reportOn(project, fresh, options)
      // What is no version of a registry has no integrity in the report, and goes by its name there.
      const others = new Set(locked.filter(({ integrity }) => integrity === null).map(({ name }) => name))
      const foreign = packages.filter(
        ({ name, version }) => !EXACT.test(version) && !OWN.test(version) && !others.has(name),
      )
      return [
        ...[...locked, ...added]
          .filter(({ verdict }) => verdict === 'refused' || verdict === 'undecided')
          .map(toAdvisory),
        ...foreign.map(toForeign),
      ]
    },
  }
}

// How Bun tells a version of a registry, and a file or folder of the project: `1.0.0`; `file:vendor/a`, `./vendor/a.tgz`.
const EXACT = /^\d+\.\d+\.\d+(?:[-+][\w.+-]*)?$/u
const OWN = /^(?:(?:file|link|workspace):|\.{1,2}\/)/u

interface Item {
  readonly name: string
  readonly version: string
  readonly integrity: string | null
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
  return advisory(name, [`${verdict} ${name}${version === '' ? '' : `@${version}`}`, ...told, ...instead])
}

function toForeign({ name, version }: ScannedPackage): Advisory {
  return advisory(name, [
    `refused ${name}`,
    'exotic-dependency',
    `  found   ${version}`,
    '  wanted  a version of a registry, or an entry of bun.lock that bonafide verify tolerates',
    '  next    bonafide verify, with the dependency in bun.lock',
  ])
}

function advisory(name: string, lines: readonly string[]): Advisory {
  // Strangers write names and refs: nothing but printable characters reaches the terminal.
  const text = lines.join('\n').replaceAll(/[^\P{C}\n]/gu, '?')
  return { level: 'fatal', package: name, url: null, description: text }
}
