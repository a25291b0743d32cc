// SPDX-License-Identifier: Apache-2.0

/** A package's name in a path: scoped names come as `@scope/name` and as `@scope%2fname`, which is decoded before it gets here. */
export const NAME: string = String.raw`(?<name>(?:@[^/]+/)?[^/@][^/]*?)`
