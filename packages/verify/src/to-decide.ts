// SPDX-License-Identifier: Apache-2.0
import { isNonEmpty, nameAtVersion } from '@bonafide/core'
import type { FindingCode, NonEmpty, Rule } from '@bonafide/core'
import { wayOut } from '@bonafide/policy'
import type { WayOut } from '@bonafide/policy'
import type { PackageReport } from './report.ts'

/** Versions that stay refused for the same reasons, and what a person can do about them. */
export interface ToDecide {
  /** The codes of the findings that refuse them. */
  readonly codes: NonEmpty<FindingCode>
  readonly versions: NonEmpty<Pick<PackageReport, 'name' | 'version' | 'passes'>>
  /** Command lines that let them in, one of which is enough; NAME and VERSION stand for each where there are several. */
  readonly commands: readonly string[]
}

/** The refused versions of a report by their reasons, those with the most versions first. */
export function toDecide(packages: readonly PackageReport[]): readonly ToDecide[] {
  // What has no version is a file as a whole: that is mended and not decided.
  const refused = packages.filter(({ verdict, version }) => verdict === 'refused' && version !== '')
  const groups = Map.groupBy(refused, (item) => JSON.stringify(codesOf(item)))
  return [...groups.values()].flatMap((group): readonly ToDecide[] => {
    const versions = group.map(({ name, version, passes }) => ({ name, version, passes }))
    const [first] = group
    const codes = first === undefined ? [] : codesOf(first)
    if (first === undefined || !isNonEmpty(versions) || !isNonEmpty(codes)) return []
    const [name, spec] =
      versions.length === 1 ? [first.name, nameAtVersion(first.name, first.version)] : ['NAME', 'NAME@VERSION']
    return [{ codes, versions, commands: commandsFor(wayOut(first.findings), name, spec) }]
  })
}

/** The command lines by which a refused version can be let in. */
export function commandsFor(way: WayOut, name: string, spec: string): readonly string[] {
  const exempt = (rules: readonly Rule[]): string =>
    `bonafide exempt ${spec} ${rules.map((rule) => `--rule ${rule}`).join(' ')} --reason TEXT`
  const pin = `bonafide pin ${name}`
  return [
    ...(way.pin === 'all' ? [pin] : []),
    ...(way.pin === 'some' && way.beside !== null ? [`${pin}, then ${exempt(way.beside)}`] : []),
    ...(way.exempt === null ? [] : [exempt(way.exempt)]),
  ]
}

function codesOf({ findings }: PackageReport): readonly FindingCode[] {
  return [...new Set(findings.flatMap(({ code, level }) => (level === 'refuse' ? [code] : [])))].sort()
}
