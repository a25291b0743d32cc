// SPDX-License-Identifier: Apache-2.0
import type { TransparencyLogEntry } from '@sigstore/bundle'

/** When a log took an entry in. Signed by the log only where the entry holds its promise. */
export function integratedTime(entry: TransparencyLogEntry): Date {
  return new Date(Number(entry.integratedTime) * 1000)
}
