// SPDX-License-Identifier: Apache-2.0
export { PLUGIN } from './plugin.ts'
