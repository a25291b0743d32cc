// SPDX-License-Identifier: Apache-2.0
export { isPackageName, isVersion, nameAtVersion, purl } from './coordinate.ts'
export type { Coordinate, Location } from './coordinate.ts'
export { BonafideError, ERROR_CODES } from './error.ts'
export type { ErrorCode, ErrorDetail } from './error.ts'
export { FINDING_CODES, RULES, finding } from './finding.ts'
export type { Finding, FindingCode, FindingDetail, Level, Rule } from './finding.ts'
export { SAFE_GIT_SETTINGS, safeGitEnvironment } from './git-call.ts'
export { parseIntegrity, sha512Hex, toSha512 } from './integrity.ts'
export type { IntegrityField, Sha512 } from './integrity.ts'
export { MAX_JSON_DEPTH, isJsonObject, parseJson } from './json.ts'
export type {
  DuplicateKey,
  Json,
  JsonDocument,
  JsonObject,
  JsonOptions,
  JsonPath,
  JsonPosition,
  JsonSyntaxError,
} from './json.ts'
export { MIRROR_URL, isMirrorUrl } from './mirror-url.ts'
export { nearest } from './nearest.ts'
export { isNonEmpty } from './nonempty.ts'
export type { NonEmpty } from './nonempty.ts'
export { printable } from './printable.ts'
export { PUBLISH_CODES, PUBLISH_STEPS, publishFinding, publishVerdict } from './publish-finding.ts'
export type { Place, PublishCode, PublishFinding, PublishFindingDetail, PublishStep } from './publish-finding.ts'
export { Secret, redact, withoutLogin } from './secret.ts'
export { withoutRef } from './workflow-url.ts'
