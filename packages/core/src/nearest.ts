// SPDX-License-Identifier: Apache-2.0

/**
 * The known word that comes nearest to a mistyped one, or null where none is near: at most a third of its letters, and never more
 * than three, are inserted, deleted or replaced.
 */
export function nearest(word: string, known: readonly string[]): string | null {
  const limit = Math.min(3, Math.ceil(word.length / 3))
  const [best] = known
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .filter(({ distance }) => distance <= limit)
    .sort((left, right) => left.distance - right.distance)
  return best?.candidate ?? null
}

// Levenshtein's distance, one row at a time.
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let index = 0; index < from.length; index += 1) {
    let diagonal = row[0] ?? 0
    const next = [index + 1]
    for (let column = 1; column <= to.length; column += 1) {
      const above = row[column] ?? 0
      const replaced = diagonal + (to[column - 1] === from[index] ? 0 : 1)
      next.push(Math.min(replaced, above + 1, (next[column - 1] ?? 0) + 1))
      diagonal = above
    }
    row = next
  }
  return row.at(-1) ?? 0
}
