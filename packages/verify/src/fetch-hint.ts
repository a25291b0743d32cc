// SPDX-License-Identifier: Apache-2.0

const REMOTE = 'refs/remotes/'
const HASH = /^[0-9a-f]{7,64}$/u

/** The command that fetches what a ref names, for whoever has a clone without it, as CI jobs often do. */
export function fetchHint(ref: string): string {
  // What is counted from another commit takes the history, and not only its end.
  if (/[~^@{]/u.test(ref)) return 'git fetch --unshallow, or name the commit by its hash'
  const fetch = 'git fetch --no-tags --depth=1'
  if (HASH.test(ref)) return `${fetch} origin ${ref}`
  const [remote = 'origin', ...rest] = (ref.startsWith(REMOTE) ? ref.slice(REMOTE.length) : ref).split('/')
  const isTracking = rest.length > 0 && (ref.startsWith(REMOTE) || remote === 'origin')
  if (isTracking) {
    const branch = rest.join('/')
    return `${fetch} ${quoteWord(remote)} ${quoteWord(`+refs/heads/${branch}:${REMOTE}${remote}/${branch}`)}`
  }
  if (ref.startsWith('refs/')) return `${fetch} origin ${quoteWord(`+${ref}:${ref}`)}`
  return `${fetch} origin ${quoteWord(`+refs/heads/${ref}:${REMOTE}origin/${ref}`)}, then name it ${quoteWord(`origin/${ref}`)}`
}

/** A word as a shell reads it back: a branch may be named like a command, and hints are there to be copied. */
export function quoteWord(word: string): string {
  return /^[\w./:+@-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
