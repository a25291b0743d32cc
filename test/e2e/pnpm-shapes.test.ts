// SPDX-License-Identifier: Apache-2.0
// What else a lockfile can hold, with the real pnpm 12.
import { PNPM } from './clients.ts'
import { shapes } from './shapes.ts'

await shapes(PNPM)
