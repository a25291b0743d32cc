// SPDX-License-Identifier: Apache-2.0

/** The clients that are told apart: each reads `dist.tarball` its own way, and writes it into its lockfile or not. */
export const CLIENT_KINDS = ['npm', 'pnpm', 'yarn', 'bun', 'deno'] as const

/** How served metadata writes `dist.tarball`; `yarn` is Yarn 2 and newer. */
export type ClientKind = (typeof CLIENT_KINDS)[number]
