// SPDX-License-Identifier: Apache-2.0
export type {
  Credential,
  CredentialForm,
  CredentialSource,
  FoundCredentials,
  Layer,
  PublishClient,
} from './credential.ts'
