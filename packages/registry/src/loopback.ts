// SPDX-License-Identifier: Apache-2.0

/** Whether a host as URLs write it is this machine, where nobody listens in between. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/u.test(hostname)
}
