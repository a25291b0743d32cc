// SPDX-License-Identifier: Apache-2.0
import type { Report, ReportVerdict } from '@bonafide/verify'

/** What the program tells its caller. 1 and 3 both stop an install; CI can tell them apart. */
export const EXIT = {
  /** Every version satisfied the policy, or the policy only looks on. */
  satisfied: 0,
  /** Decided, and refused. */
  refused: 1,
  /** Wrong usage, or a file that cannot be read. */
  usage: 2,
  /** Nobody could tell: network, trust root or registry. */
  undecided: 3,
  /** Only `publish`: sent, or perhaps sent, and not seen as it was sent. */
  unconfirmed: 4,
} as const

/** An exit code of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The exit code of a verdict, for whoever runs a tool that was judged: looking on lets nothing through there. */
export function exitCodeOf(verdict: ReportVerdict): ExitCode {
  return EXIT[verdict]
}

/** The exit code of a report: that of its verdict, unless the policy only looks on. */
export function exitCodeOfReport({ verdict, notes }: Pick<Report, 'verdict' | 'notes'>): ExitCode {
  return notes.some(({ code }) => code === 'observing') ? EXIT.satisfied : exitCodeOf(verdict)
}
