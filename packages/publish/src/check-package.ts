// SPDX-License-Identifier: Apache-2.0
import { nameAtVersion, publishFinding } from '@bonafide/core'
import type { Finding, PublishFinding } from '@bonafide/core'
import {
  NO_PINS,
  checkExoticDependency,
  checkInstallScriptAdded,
  checkManifestConfusion,
  defaultPolicy,
  settingsFor,
} from '@bonafide/policy'
import type { Facts } from '@bonafide/policy'
import type { RegistryClient } from '@bonafide/registry'
import { availabilityFinding, readTarballContents, releaseFacts } from '@bonafide/verify'
import { checkContents } from './check-contents.ts'
import { checkVersion } from './check-version.ts'
import { workspaceRanges } from './manager-fields.ts'
import type { PreparedPackage } from './prepared-package.ts'

/** What a package is held against. */
export interface CheckOptions {
  /** Asked for what the package's registry lists of it. */
  readonly client: Pick<RegistryClient, 'fetchPackument'>
  readonly now: Date
  /** The dist-tag that the user named; null leaves it to `publishConfig`. */
  readonly tag: string | null
  /** Whether the package may begin to run something on installation. */
  readonly allowScript: boolean
}

/**
 * Holds a prepared package against what would be refused where it is installed, and against what should never be published: by the rules
 * that consumers use, before there is anything to take back.
 *
 * Whether this very version is there already is asked where it is sent.
 */
export async function checkPackage(
  prepared: PreparedPackage,
  { client, now, tag, allowScript }: CheckOptions,
): Promise<readonly PublishFinding[]> {
  const { name, version, integrity, manifest, tarball } = prepared
  const contents = await readTarballContents(inOnePiece(tarball))
  const findings = [...checkManifest(prepared), ...(await checkContents(prepared))]
  const answer = await client.fetchPackument(name, 'full', { fresh: true })
  // What cannot be compared is not the same as the first version of a package.
  if (answer.kind !== 'found' && answer.kind !== 'absent') {
    const { found, wanted, fix } = availabilityFinding(answer, `the versions of ${name}`)
    const subject = nameAtVersion(name, version)
    return [
      ...findings,
      publishFinding('package-unchecked', { level: 'undecided', subject, found, wanted, fix: [fix] }),
    ]
  }
  const before = answer.kind === 'found' ? answer.value : null
  const facts = releaseFacts({ name, version, integrity, manifest, contents, before, now })
  return [...findings, ...checkByRules(facts, allowScript), ...checkVersion(prepared, before, tag)]
}

async function* inOnePiece(tarball: Buffer): AsyncGenerator<Buffer> {
  yield tarball
}

const IN_MANIFEST = { kind: 'file', path: 'package.json', line: null } as const

function checkManifest({ name, version, manifest }: PreparedPackage): readonly PublishFinding[] {
  const subject = nameAtVersion(name, version)
  const findings: PublishFinding[] = []
  if (manifest['private'] !== undefined && manifest['private'] !== false) {
    findings.push(
      publishFinding('package-private', {
        subject,
        found: '"private" in package.json',
        wanted: 'a package that is meant to be published',
        where: IN_MANIFEST,
        fix: ['take "private" out of package.json, where it is meant to be published'],
      }),
    )
  }
  const ranges = workspaceRanges(manifest)
  if (ranges.length > 0) {
    findings.push(
      publishFinding('package-needs-manager', {
        subject,
        found: `ranges that mean something in a workspace alone: ${ranges.join(', ')}`,
        wanted: 'ranges that consumers can resolve',
        where: IN_MANIFEST,
        fix: ['pack it with the manager of the workspace (pnpm pack, yarn pack)'],
      }),
    )
  }
  return findings
}

function checkByRules(facts: Facts, allowScript: boolean): readonly PublishFinding[] {
  const context = { settings: settingsFor(defaultPolicy(), facts.name), pins: NO_PINS }
  const exotic = checkExoticDependency(facts, undefined, context)
  const before = facts.accepted.newest?.exotic ?? []
  const standing = (facts.metadata?.exotic ?? []).filter((edge) => before.includes(edge))
  return [
    ...exotic.map((one) => exoticFinding(facts, one.found, 'refuse')),
    ...(standing.length === 0 ? [] : [exoticFinding(facts, standing.join(', '), 'warn')]),
    ...checkInstallScriptAdded(facts, undefined).map((one) => scriptFinding(facts, one, allowScript)),
    ...checkManifestConfusion(facts).map((one) => differenceFinding(facts, one)),
  ]
}

function exoticFinding({ name, version }: Facts, found: string, level: 'refuse' | 'warn'): PublishFinding {
  return publishFinding('package-exotic-dependency', {
    level,
    subject: nameAtVersion(name, version),
    found: `${found}${level === 'warn' ? ', as in the version before' : ''}`,
    wanted: 'dependencies on packages of a registry',
    where: IN_MANIFEST,
    fix: ['publish what it leads to, and depend on that; consumers refuse git, URLs and files (exotic-dependency)'],
  })
}

// Shown with the code that consumers will see, since they have to decide about it.
function scriptFinding(
  { name, version }: Facts,
  { found, wanted, level }: Finding,
  isAllowed: boolean,
): PublishFinding {
  return publishFinding('package-script-added', {
    level: isAllowed || level === 'warn' ? 'warn' : 'refuse',
    subject: nameAtVersion(name, version),
    found,
    wanted,
    where: IN_MANIFEST,
    fix: isAllowed
      ? ['tell consumers: they are refused until they have read the script (install-script-added)']
      : [
          'do without the script',
          'where it has to be, --allow-script, and tell consumers: they are refused until they have read it',
        ],
  })
}

function differenceFinding({ name, version }: Facts, { found, wanted }: Finding): PublishFinding {
  return publishFinding('package-manifest-differs', {
    subject: nameAtVersion(name, version),
    found,
    wanted,
    where: IN_MANIFEST,
    fix: ['mend package.json, or declare what is packed in bundleDependencies, and pack again'],
  })
}
