// SPDX-License-Identifier: Apache-2.0

/** How one part of the demo went: done as documented, done otherwise, or not done and why. */
export type Part =
  | { readonly state: 'as documented'; readonly summary: string }
  | { readonly state: 'not as documented'; readonly summary: string }
  | { readonly state: 'not done'; readonly summary: string }

/** Prints to the person who runs the demo. */
export type Say = (text: string) => void
