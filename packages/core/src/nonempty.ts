// SPDX-License-Identifier: Apache-2.0

/** A list that cannot be empty: the shape of everything that a "yes" has to show. */
export type NonEmpty<T> = readonly [T, ...T[]]

/** Narrows a list to one that holds something. An empty list is the commonest way in this field to say yes to nothing. */
export function isNonEmpty<T>(list: readonly T[]): list is NonEmpty<T> {
  return list.length > 0
}
