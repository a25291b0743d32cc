// SPDX-License-Identifier: Apache-2.0
import { createScanner } from './create-scanner.ts'
import type { Scanner } from './create-scanner.ts'

/** The scanner as Bun looks for it, with the first `bonafide` on the PATH as its engine. */
export const scanner: Scanner = createScanner()
