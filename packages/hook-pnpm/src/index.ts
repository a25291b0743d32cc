// SPDX-License-Identifier: Apache-2.0
export { createPnpmfile } from './create-pnpmfile.ts'
export type { Delegated, Manifest, Pnpmfile, PreResolutionContext, Resolution } from './create-pnpmfile.ts'
export type { EngineOptions } from './engine.ts'
