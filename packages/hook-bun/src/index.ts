// SPDX-License-Identifier: Apache-2.0
export { createScanner } from './create-scanner.ts'
export type { Advisory, ScannedPackage, Scanner } from './create-scanner.ts'
export type { EngineOptions } from './engine.ts'
export { scanner } from './scanner.ts'
