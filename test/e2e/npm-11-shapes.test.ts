// SPDX-License-Identifier: Apache-2.0
// What else a lockfile can hold, with the real npm 11.
import { NPM } from './clients.ts'
import { shapes } from './shapes.ts'

await shapes({ ...NPM, client: 'npm-11' })
