// SPDX-License-Identifier: Apache-2.0
export { adoptProject, type Adoption, type Recorded } from './adopt-project.ts'
export { availabilityFinding } from './availability.ts'
export { diffProject } from './diff-project.ts'
export type { ChangedProject, DiffReport } from './diff-project.ts'
export type { EvidenceOptions, EvidenceOrigin } from './evidence-exchange.ts'
export { planExemptions, writeExemptions, type ExemptPlan, type ExemptRequest } from './exempt-version.ts'
export type { ExemptedVersion } from './exempt-version.ts'
export { explainVersion } from './explain-version.ts'
export type { Explanation, Step } from './explain-version.ts'
export { fetchHint } from './fetch-hint.ts'
export { openCommit } from './git-commit.ts'
export type { GitCommit } from './git-commit.ts'
export { readJudgedFiles, readJudgedProject } from './judged-project.ts'
export type { JudgedOptions } from './judged-project.ts'
export { openGuard } from './guard.ts'
export { allowIncomplete } from './incomplete.ts'
export type { Guard, GuardOptions, GuardedTarball } from './guard.ts'
export { openSources } from './open-sources.ts'
export type { OpenSources, SourceOptions } from './open-sources.ts'
export { FILES, readOwnFiles } from './own-files.ts'
export type { OwnFiles, OwnPlace } from './own-files.ts'
export { readPackageList } from './package-list.ts'
export { planPin, writePins, type PinPlan, type PinSpec } from './pin-package.ts'
export type { PrivateRootText } from './private-roots.ts'
export { readLockfiles, readProject } from './project.ts'
export type { Project, ProjectOptions } from './project.ts'
export { pullRequestJob } from './pull-request.ts'
export type { PullRequestJob } from './pull-request.ts'
export type {
  EvidenceReport,
  NewPinReport,
  Note,
  PackageReport,
  PrivateRootReport,
  Report,
  TrustReport,
} from './report.ts'
export type { ToDecide } from './to-decide.ts'
export type { ContentDiff, DependencyDiff, DiffSide, ValueDiff, VersionDiff } from './version-diff.ts'
export { createVerifierPool } from './verifier-pool.ts'
export type { PoolOptions, TrustTexts, VerifierPool, VerifyDocument } from './verifier-pool.ts'
export { verifyPackages, type PackageToVerify } from './verify-packages.ts'
export { UNFINISHED, isUnfinished } from './unfinished.ts'
export { verifyProject } from './verify-project.ts'
export type { BoundVersion, Progress } from './verify-project.ts'
export { LOWERABLE_RULES, confirmationOf, isReason } from '@bonafide/policy'
export type { CooldownSetting, FieldChange, PinChange, ReportVerdict } from '@bonafide/policy'
