// SPDX-License-Identifier: Apache-2.0

/** Whether a status says that a service cannot answer now, rather than that it says no: the same request may be answered another time. */
export function isOutageStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}
