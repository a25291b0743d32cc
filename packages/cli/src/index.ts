// SPDX-License-Identifier: Apache-2.0
export { main } from './main.ts'
export type { MainInput } from './main.ts'
export type { Terminal } from './terminal.ts'
