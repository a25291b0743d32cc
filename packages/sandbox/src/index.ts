// SPDX-License-Identifier: Apache-2.0
export type { AccessToken, Permission, TokenScope } from './access-token.ts'
export type { Account, AccountSpec, AccountStore, TokenSpec } from './account-store.ts'
export type { SeenRequest, Service } from './answer.ts'
export type { BundleForm, BundleJson, TlogEntryJson } from './bundle.ts'
export type { CiEnvironment, CiOptions } from './ci-environment.ts'
export type { SandboxClock } from './clock.ts'
export { main } from './command.ts'
export { DEFECTS, DEFECT_NAMES } from './defect.ts'
export type { Defect } from './defect.ts'
export type { Fault, FaultMatch, StrippedField } from './fault.ts'
export { forge, honestDocument } from './forge.ts'
export type { Forgery } from './forge.ts'
export { LONG_LIFE } from './gate.ts'
export type { PublishedKey, TokenIssuers, VerifiedToken, WantedToken } from './identity-token.ts'
export { ISSUERS } from './job.ts'
export type { CiKind, JobSpec, SignerSpec } from './job.ts'
export { moment } from './moment.ts'
export { logBody } from './log-body.ts'
export type { LogKind } from './log-body.ts'
export type { Manifest } from './package-store.ts'
export type {
  AttestationDocument,
  AttestationEntry,
  CertificateSpec,
  ProvenanceSpec,
  Published,
  Publisher,
  Release,
} from './release.ts'
export { startSandbox } from './sandbox.ts'
export type { Sandbox, SandboxOptions } from './sandbox.ts'
export { branch, pipeline, scenario, Scenario, tag, workflow } from './scenario.ts'
export type { PackageStory, VersionTold } from './scenario-package.ts'
export { ScenarioPlayer } from './scenario-player.ts'
export type { ProjectStep } from './scenario-project.ts'
export { PREDICATE_TYPES } from './statement.ts'
export type { CircleCiClaims, CommonClaims, GitHubClaims, GitLabClaims } from './token-claims.ts'
export type { TrustSpec } from './trust-configuration.ts'
export type { TufExpiry, TufRole } from './tuf-repository.ts'
export { SECRETS } from './secret-channel.ts'
export type { AnnouncedSecret } from './secret-channel.ts'
