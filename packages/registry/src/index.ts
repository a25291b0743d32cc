// SPDX-License-Identifier: Apache-2.0
export type { Answer, Found, NonsenseReason, UnreachableReason } from './answer.ts'
export type { RegistriesInPlay, RegistryClient, RequestOptions } from './client.ts'
export type { ClaimedSignature, Packument, PackumentVersion } from './packument.ts'
export type { TrustAnswer, TrustSource } from './trust-root.ts'
