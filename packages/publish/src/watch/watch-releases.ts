// SPDX-License-Identifier: Apache-2.0
import { join, resolve } from 'node:path'
import { BonafideError, isJsonObject, publishFinding, publishVerdict } from '@bonafide/core'
import type { JsonObject, PublishFinding } from '@bonafide/core'
import type { PublishPolicy, RecordedPackage, WatchRecord } from '@bonafide/policy'
import { openRepository } from '@bonafide/verify'
import type { Git, OpenSources } from '@bonafide/verify'
import { parseRepository } from '../repository-url.ts'
import { checkPackage } from './check-package.ts'
import { checkVersions } from './check-versions.ts'
import { tagOf } from './known-releases.ts'
import type { KnownReleases } from './known-releases.ts'
import { lookAtPackage } from './look-at-package.ts'
import { recordPackage } from './record-package.ts'
import { readReleaseTags } from './release-tags.ts'
import { findWatchedPackages } from './watched-packages.ts'

/** What is held against what. */
export interface WatchOptions {
  readonly cwd: string
  /** The folder of the package, or of the workspace. */
  readonly dir: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly policy: PublishPolicy
  readonly recorded: WatchRecord
  /** From when on versions are judged; null: since the first with this repository's own provenance. */
  readonly since: Date | null
  readonly sources: OpenSources
}

/** One package of the report. */
export interface WatchedPackageReport {
  readonly name: string
  /** Null where none may be told the name. */
  readonly registry: string | null
  readonly repository: string | null
  /** Null where nothing was ever published under the name. */
  readonly versions: number | null
  /** Those with this repository's own provenance, from the commit of their tag. */
  readonly verified: number
  /** From when on they were judged, and how many are older. */
  readonly since: Date | null
  readonly earlier: number
  readonly latest: string | null
}

/** What one look came to. */
export interface WatchReport {
  readonly schemaVersion: 1
  readonly verdict: 'satisfied' | 'refused' | 'undecided'
  readonly now: Date
  readonly packages: readonly WatchedPackageReport[]
  readonly findings: readonly PublishFinding[]
}

/** A look, with what a person could record of it. */
export interface Watch {
  readonly report: WatchReport
  /** The packages as they are now. */
  readonly record: WatchRecord
}

/**
 * Looks once at every package that a folder releases: what the registry and the Sigstore log show of it, held against the tags of the
 * repository, the policy and what was recorded. Keeps nothing and changes nothing.
 *
 * @throws BonafideError `BONAFIDE_USAGE` where nothing is released from there, or there is no repository to hold it against
 */
export async function watchReleases(options: WatchOptions): Promise<Watch> {
  const { cwd, dir, env, sources } = options
  const folder = resolve(cwd, dir)
  const packages = await findWatchedPackages(folder, dir)
  const { tags, origin } = await readClone(folder, env)
  const looks = await Promise.all(
    packages.map(async ({ name, path, manifest, root }) => {
      const known: KnownReleases = {
        name,
        manifest: join(dir, path),
        repository: repositoryOf(manifest) ?? repositoryOf(root) ?? origin,
        released: typeof manifest['version'] === 'string' ? manifest['version'] : null,
        tags,
        policy: options.policy,
        recorded: options.recorded.get(name) ?? null,
      }
      return lookOnce(known, options.since, sources)
    }),
  )
  const findings = looks.flatMap((look) => look.findings)
  return {
    report: {
      schemaVersion: 1,
      verdict: publishVerdict(findings),
      now: sources.now,
      packages: looks.map((look) => look.report),
      findings,
    },
    record: new Map(looks.flatMap(({ report, record }) => (record === null ? [] : [[report.name, record] as const]))),
  }
}

interface OneLook {
  readonly report: WatchedPackageReport
  readonly findings: readonly PublishFinding[]
  readonly record: RecordedPackage | null
}

async function lookOnce(known: KnownReleases, given: Date | null, sources: OpenSources): Promise<OneLook> {
  const { name, repository } = known
  const registry = sources.client.evidenceRegistryOf(name)
  const empty = { name, registry, repository, versions: null, verified: 0, since: given, earlier: 0, latest: null }
  const look = await lookAtPackage(name, sources)
  if (look.kind === 'unknown') {
    const finding = publishFinding('watch-unreadable', {
      level: 'undecided',
      subject: name,
      found: look.found,
      wanted: 'what the registry shows of it',
      fix: ['run it again when the registry answers'],
    })
    return { report: empty, findings: [finding], record: known.recorded }
  }
  if (look.kind === 'absent') return { report: empty, findings: checkAbsent(known, registry), record: known.recorded }
  const { seen } = look
  const latest = seen.tags.get('latest') ?? null
  // A clone without its tags knows no release: everything would be a stranger's.
  if (seen.versions.length > 0 && !seen.versions.some(({ version }) => tagOf(known, version) !== undefined)) {
    const report = { ...empty, versions: seen.versions.length, latest }
    return { report, findings: [noTags(known)], record: known.recorded }
  }
  const checked = checkVersions(seen, known, given)
  const findings = [...checked.findings, ...checkPackage(seen, known, checked)]
  const verified = seen.versions.filter(
    ({ version, provenance }) => provenance.state === 'verified' && !checked.alarming.has(version),
  ).length
  const { since, earlier } = checked
  const report = { ...empty, versions: seen.versions.length, verified, since, earlier, latest }
  return { report, findings, record: recordPackage(seen, known, checked) }
}

// The whole package is gone, and its name is for whoever comes next.
function checkAbsent(known: KnownReleases, registry: string | null): readonly PublishFinding[] {
  const { name, recorded } = known
  // Another registry than the one that it is published to, or one that shows it to nobody without a token: nothing was looked at.
  if (recorded === null && known.released !== null && tagOf(known, known.released) !== undefined)
    return [
      publishFinding('watch-unreadable', {
        level: 'undecided',
        subject: name,
        found: `no such package at ${registry ?? 'its registry'}, and the tag ${tagOf(known, known.released)?.tag ?? ''}`,
        wanted: 'what the registry shows of it',
        fix: [
          'name the registry that it is published to: --registry URL, with a token that may read it where it is private',
          'where it was never published: nothing, until it is',
        ],
      }),
    ]
  if (recorded === null) return []
  return [
    publishFinding('watch-withdrawn', {
      subject: name,
      found: 'no such package on the registry',
      wanted: 'the package that bonafide.watch.json records',
      fix: ['nobody of yours took it away? bonafide doctor tokens --revoke, and ask the registry to restore it'],
    }),
  ]
}

function noTags({ name, tags, policy }: KnownReleases): PublishFinding {
  return publishFinding('watch-no-tags', {
    level: 'undecided',
    subject: name,
    found:
      tags.size === 0
        ? 'a clone without tags'
        : `${tags.size} ${tags.size === 1 ? 'tag, which names no version' : 'tags, none of which names a version'} that the registry has`,
    wanted: `tags such as ${policy.tags.join(', ')}`,
    fix: [
      'git fetch --tags, in CI: actions/checkout with fetch-depth: 0',
      'say in bonafide.json how this repository names its releases (publish.tags)',
    ],
  })
}

async function readClone(
  folder: string,
  env: WatchOptions['env'],
): Promise<Pick<KnownReleases, 'tags'> & { readonly origin: string | null }> {
  const repository = await openRepository(folder, env)
  const tags = 'problem' in repository ? null : await readReleaseTags(repository.git)
  if ('problem' in repository || tags === null)
    throw new BonafideError('BONAFIDE_USAGE', 'there is nothing to hold the registry against', {
      found: 'problem' in repository ? repository.problem : 'a repository that git does not read',
      wanted: 'a clone of the repository, with its tags',
    })
  return { tags, origin: await originOf(repository.git) }
}

async function originOf(git: Git): Promise<string | null> {
  const answer = await git(['config', '--local', '--get', 'remote.origin.url'])
  return answer.ok ? parseRepository(answer.text.trim()) : null
}

function repositoryOf({ repository }: JsonObject): string | null {
  const text = isJsonObject(repository) ? repository['url'] : repository
  return typeof text === 'string' ? parseRepository(text) : null
}
