// SPDX-License-Identifier: Apache-2.0
export type {
  Credential,
  CredentialForm,
  CredentialSource,
  FoundCredentials,
  Layer,
  PublishClient,
} from './credential.ts'
export { isNpmToken } from './npm-token.ts'
export { classifyToken } from './token-kind.ts'
export type { TokenKind } from './token-kind.ts'
