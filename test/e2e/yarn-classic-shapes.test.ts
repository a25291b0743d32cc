// SPDX-License-Identifier: Apache-2.0
// What else a lockfile can hold, with the real Yarn 1.
import { YARN_CLASSIC } from './clients.ts'
import { shapes } from './shapes.ts'

await shapes(YARN_CLASSIC)
