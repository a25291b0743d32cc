// SPDX-License-Identifier: Apache-2.0

/**
 * Whether conditions keep an event out: each of them has to hold, so one that names other events, or this one with `!=`, is enough. Only what
 * is written there in so many words counts.
 */
export function excludesEvent(conditions: readonly string[], event: string): boolean {
  return conditions.some((condition) =>
    alternativesOf(condition).every((part) => {
      const [wanted, unwanted] = [comparisons(part, '=='), comparisons(part, '!=')]
      return (wanted.length > 0 && !wanted.includes(event)) || unwanted.includes(event)
    }),
  )
}

/** The branches that conditions limit a push to: none where only tags or releases get through, null where nothing limits it. */
export function branchesOf(conditions: readonly string[]): readonly string[] | null {
  for (const condition of conditions) {
    const limits = alternativesOf(condition).map(branchesOfPart)
    if (limits.every((limit) => limit !== null)) return limits.flat()
  }
  return null
}

/** Whether conditions look at who acts, which a stranger does not get past, or at what a maintainer has to do first. */
export function looksAtActor(conditions: readonly string[]): boolean {
  return conditions.some((condition) =>
    /author_association|github\.actor\b|github\.triggering_actor|\.user\.login|sender\.login|head_repository\.|head\.repo\.|labels?\b/u.test(
      condition,
    ),
  )
}

// `||` inside brackets is taken for one at the top, which only finds fewer conditions that help.
function alternativesOf(condition: string): readonly string[] {
  return condition.split('||')
}

function comparisons(part: string, operator: '==' | '!='): readonly string[] {
  const pattern = /github\.event_name\s*(==|!=)\s*['"]([\w-]+)['"]/gu
  return [...part.matchAll(pattern)].flatMap(([, found, event]) =>
    found === operator && event !== undefined ? [event] : [],
  )
}

function branchesOfPart(part: string): readonly string[] | null {
  if (
    /startsWith\(\s*github\.ref\s*,\s*['"]refs\/tags\//u.test(part) ||
    /github\.ref_type\s*==\s*['"]tag['"]/u.test(part)
  )
    return []
  const ref = /github\.ref\s*==\s*['"]refs\/heads\/([^'"]+)['"]|github\.ref_name\s*==\s*['"]([^'"]+)['"]/u.exec(part)
  const branch = ref?.[1] ?? ref?.[2]
  if (branch !== undefined) return [branch]
  const events = comparisons(part, '==')
  // No event but a push comes from whatever branch was pushed.
  return events.length > 0 && !events.includes('push') ? [] : null
}
