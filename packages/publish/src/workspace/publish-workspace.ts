// SPDX-License-Identifier: Apache-2.0
import { publishFinding, publishVerdict, nameAtVersion } from '@bonafide/core'
import type { PublishFinding, Sha512 } from '@bonafide/core'
import { loadNpmSettings } from '@bonafide/registry'
import { readCiJob } from '../ci-job.ts'
import type { CiJob } from '../ci-job.ts'
import { lookUp } from '../look-up.ts'
import { openRelease, registryFor } from '../open-release.ts'
import { publishPackage } from '../publish-package.ts'
import { outsideCi } from '../outside-ci.ts'
import { isFolder } from '../publish-options.ts'
import type { PublishOptions } from '../publish-options.ts'
import type { PublishReport } from '../publish-report.ts'
import { readBack } from '../read-back.ts'
import type { ReadBackRequest } from '../read-back-request.ts'
import { readReleaseItems, standsAgainst } from './release-items.ts'
import type { ReleaseItem, WorkspaceSource } from './release-items.ts'
import { buildWorkspaceReport } from './workspace-report.ts'
import type { MemberOutcome, MemberReport, WorkspaceReport } from './workspace-report.ts'

/** How a release of several packages is to be published. */
export interface WorkspaceOptions extends Omit<PublishOptions, 'source' | 'otp'> {
  readonly source: WorkspaceSource
  /** Is told of each package when it is looked at, and again when it is published; and of how many there are. */
  readonly onPackage?: ((step: 'check' | 'publish', subject: string, place: number, of: number) => void) | undefined
}

/**
 * Publishes the packages of a workspace, dependencies first, each with a token of its own. Everything that can be checked beforehand is
 * checked for all of them before the first is sent; the first that fails ends it.
 *
 * May be repeated until all of it is there: what is there with the same bytes is done, and is looked at as consumers see it. What is there with other
 * bytes is part of an earlier release, where its provenance says so; else an alarm.
 *
 * @throws BonafideError for what cannot be read, and for settings that cannot be used; then nothing was sent
 */
export async function publishWorkspace(options: WorkspaceOptions): Promise<WorkspaceReport> {
  const { source, cwd, env, isDryRun } = options
  const job = readCiJob(env)
  if (job === null)
    return buildWorkspaceReport({ isDryRun, job, packages: [], skipped: [], findings: [outsideCi(source.path, env)] })
  const { items, skipped, findings } = await readReleaseItems(source, cwd, env)
  const about = { isDryRun, job, skipped, findings }
  if (standsAgainst(findings)) return buildWorkspaceReport({ ...about, packages: items.map(notReached) })
  const plans: MemberReport[] = []
  for (const [index, item] of items.entries()) {
    options.onPackage?.('check', nameAtVersion(item.name, item.prepared.version), index + 1, items.length)
    plans.push(await planOf(item, job, { ...options, onStage: undefined }))
  }
  // Half a release is worse than none: nothing is sent where something stands against any of it.
  if (plans.some((plan) => standsAgainst(plan.findings))) return buildWorkspaceReport({ ...about, packages: plans })
  return buildWorkspaceReport({ ...about, packages: await sendAll(items, plans, options) })
}

function memberOf(item: ReleaseItem, outcome: MemberOutcome, findings: readonly PublishFinding[] = []): MemberReport {
  const { name, version } = item.prepared
  return { name, version, place: item.place, outcome, findings, report: null }
}

function notReached(item: ReleaseItem): MemberReport {
  return memberOf(item, 'not-reached')
}

// The source of one package: bytes that are there already.
function packageOptions(item: ReleaseItem, options: WorkspaceOptions): PublishOptions {
  const { prepared } = item
  const { onStage } = options
  // It has been read.
  const tell: PublishOptions['onStage'] = (stage, detail) =>
    stage === 'package' ? undefined : onStage?.(stage, detail)
  return { ...options, onStage: tell, otp: null, source: { kind: 'prepared', path: prepared.source.path, prepared } }
}

// What is to be done with a package: it is there, it was released before, or it is to be sent and nothing stands against that.
async function planOf(item: ReleaseItem, job: CiJob, options: WorkspaceOptions): Promise<MemberReport> {
  const own = packageOptions(item, options)
  const { prepared } = item
  const settings = await loadNpmSettings({ cwd: isFolder(own.source) ? own.source.path : own.cwd, env: own.env })
  const { connectionTo, authorize: readAs } = settings
  const registry = registryFor(own, prepared, settings)
  const shown = await lookUp({ ...prepared, registry, connectionTo, readAs, token: null })
  if (shown.kind === 'there')
    return thereAlready(item, { job, registry, connectionTo, readAs, integrity: shown.integrity }, own)
  const { findings } = await openRelease(own, job)
  return memberOf(item, publishVerdict(findings) === 'satisfied' ? 'ready' : 'not-published', findings)
}

interface There {
  readonly job: CiJob
  readonly registry: string
  readonly connectionTo: ReadBackRequest['connectionTo']
  readonly readAs: ReadBackRequest['readAs']
  readonly integrity: Sha512 | null
}

async function thereAlready(
  item: ReleaseItem,
  { job, registry, connectionTo, readAs, integrity }: There,
  options: PublishOptions,
): Promise<MemberReport> {
  const { name, version, integrity: ours } = item.prepared
  const { repositoryUrl } = job
  const identity = options.withoutProvenance || repositoryUrl === null ? null : { repository: repositoryUrl }
  const seen =
    integrity === null
      ? null
      : await readBack({ ...options, name, version, integrity, registry, connectionTo, readAs, identity, token: null })
  if (integrity === ours && seen !== null)
    return memberOf(item, seen.isConfirmed ? 'already-published' : 'unconfirmed', seen.findings)
  // The number of a version that was released from other sources: a package that has not changed its number since.
  const commit = seen?.report?.identity?.commit
  if (seen?.isConfirmed === true && commit !== undefined && commit !== job.commit)
    return memberOf(item, 'released-before')
  return memberOf(item, 'not-published', [foreignBytes(item, integrity, identity !== null)])
}

function foreignBytes(
  { prepared: { name, version, integrity } }: ReleaseItem,
  found: Sha512 | null,
  isAsked: boolean,
): PublishFinding {
  return publishFinding('version-taken-by-other-bytes', {
    subject: nameAtVersion(name, version),
    found: `${found ?? 'no sha512'}, and no provenance of an earlier release of this repository${isAsked ? '' : ' was asked for'}`,
    wanted: `${integrity}, or a version that an earlier release of this repository published`,
    fix: [
      'find out who published it: bonafide watch; where it was you, raise the version',
      'publish only what is part of this release: a folder of tarballs with SHA512SUMS',
    ],
  })
}

// One after another: dependencies have to be there first, and the first that fails ends it.
async function sendAll(
  items: readonly ReleaseItem[],
  plans: readonly MemberReport[],
  options: WorkspaceOptions,
): Promise<readonly MemberReport[]> {
  const done: MemberReport[] = []
  let isOver = false
  for (const [index, item] of items.entries()) {
    const plan = plans[index] ?? notReached(item)
    if (plan.outcome !== 'ready') {
      done.push(plan)
      continue
    }
    if (isOver) {
      done.push(notReached(item))
      continue
    }
    options.onPackage?.('publish', nameAtVersion(item.name, item.prepared.version), index + 1, items.length)
    const report = await publishPackage(packageOptions(item, options))
    done.push({ ...memberOf(item, report.outcome, report.findings), report })
    isOver = report.verdict !== 'satisfied' && !options.isDryRun
  }
  return done
}

/** What is there of a release, and what is not, by name and version. */
export function countsOf({ packages }: WorkspaceReport): { readonly there: number; readonly missing: number } {
  const there = packages.filter(({ outcome }) => THERE.has(outcome)).length
  return { there, missing: packages.length - there }
}

const THERE: ReadonlySet<MemberOutcome> = new Set<MemberOutcome | PublishReport['outcome']>([
  'published',
  'already-published',
  'released-before',
  'staged',
])
