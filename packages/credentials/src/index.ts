// SPDX-License-Identifier: Apache-2.0
export type {
  Credential,
  CredentialForm,
  CredentialSource,
  FoundCredentials,
  Layer,
  PublishClient,
} from './credential.ts'
export { judgeToken, readAccountTokens } from './account-tokens.ts'
export type { AccountTokens, JudgedToken, TokenRule } from './account-tokens.ts'
export { checkCredentials } from './check-credentials.ts'
export { describeCredential, nameOfCredential, renderSeconds } from './describe-credential.ts'
export { examineCredentials } from './examine-credentials.ts'
export type { ExamineOptions } from './examine-credentials.ts'
export { judgeCredential, kindOf } from './judge-credential.ts'
export type { JudgingOptions } from './judge-credential.ts'
export type {
  CredentialFacts,
  CredentialStanding,
  CredentialVerdict,
  JudgedCredential,
  LifetimeSource,
  ListedReason,
  RefusedReason,
} from './judged-credential.ts'
export { findLeaks } from './leaks/find-leaks.ts'
export type { FoundLeaks, LeakSearch } from './leaks/find-leaks.ts'
export { findCredentials } from './places/find-credentials.ts'
export { findSecrets } from './leaks/find-secrets.ts'
export type { Leak, LeakedBlob, LeakedCommit, LeakedFile } from './leaks/leak-collection.ts'
export { checkLeaks, placesOf } from './leaks/leak-findings.ts'
export { findNpmTokens } from './leaks/scan-text.ts'
export type { FoundToken } from './leaks/scan-text.ts'
export { isCredentialVariable, withoutCredentials } from './credential-variables.ts'
export type { Environment } from './credential-variables.ts'
export { isNpmToken } from './npm-token.ts'
export { revokeTokens } from './revoke-tokens.ts'
export type { RevokeOptions, RevokedToken } from './revoke-tokens.ts'
export { readTokenClaims } from './token-claims.ts'
export type { TokenClaims } from './token-claims.ts'
export { PHANTOM_PREFIX, TOKEN_KINDS, classifyPassword, classifyToken } from './token-kind.ts'
export type { TokenKind } from './token-kind.ts'
export { hasEnded, judgeLifetime, lifetimeOf, limitOf } from './token-lifetime.ts'
export type { LifetimeRule, Lifespan } from './token-lifetime.ts'
