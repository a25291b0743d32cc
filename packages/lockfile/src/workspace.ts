// SPDX-License-Identifier: Apache-2.0

/**
 * Tells whether a folder is one of the project's workspaces: `*` stands for a part of one name, `**` for any folders, and other marks
 * (`{a,b}`, `!`) for anything below what precedes them. Generous on purpose: it tells folders of this project from each other, and no
 * folder of a `node_modules` or outside the project is ever one.
 */
export function isWorkspace(folder: string, patterns: readonly string[]): boolean {
  const steps = folder.split('/')
  if (folder === '' || steps.includes('node_modules') || steps[0] === '..') return false
  return patterns.some((pattern) => {
    const wanted = pattern.split('/').filter((step) => step !== '' && step !== '.')
    return !pattern.startsWith('!') && wanted.length > 0 && matches(steps, wanted)
  })
}

function matches(steps: readonly string[], wanted: readonly string[]): boolean {
  for (const [nth, pattern] of wanted.entries()) {
    if (pattern === '**' || /[{}[\]()?+@!\\]/u.test(pattern)) return steps.length >= nth
    const step = steps[nth]
    if (step === undefined || !matchesStep(step, pattern)) return false
  }
  return steps.length === wanted.length
}

/** Each text between two stars has to follow the one before; no regular expression, so nothing runs away on a hostile pattern. */
function matchesStep(step: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return step === first
  if (!step.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = step.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return step.length - last.length >= at && step.endsWith(last)
}
