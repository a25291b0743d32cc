// SPDX-License-Identifier: Apache-2.0
import type { ReportVerdict } from '@bonafide/verify'

/** What the program tells its caller. 1 and 3 both stop an install; CI can tell them apart. */
export const EXIT = {
  /** Every version satisfied the policy. */
  satisfied: 0,
  /** Decided, and refused. */
  refused: 1,
  /** Wrong usage, or a file that cannot be read. */
  usage: 2,
  /** Nobody could tell: network, trust root or registry. */
  undecided: 3,
} as const

/** An exit code of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The exit code of a report. */
export function exitCodeOf(verdict: ReportVerdict): ExitCode {
  return EXIT[verdict]
}
