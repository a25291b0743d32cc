// SPDX-License-Identifier: Apache-2.0

/**
 * Where something comes from, in one form for what is asked for (a range, a URL) and for what an entry holds (a version, a commit). Both
 * are compared field by field.
 */
export type Place =
  /** `name` is the registry's name for it; `range` is a version where an entry holds it. */
  | { readonly kind: 'registry'; readonly name: string; readonly range: string; readonly archiveUrl: string | null }
  | { readonly kind: 'git'; readonly repository: string; readonly commit: string | null; readonly url: string }
  | { readonly kind: 'remote'; readonly url: string }
  /** A tarball, or a folder that is packed (`file`); a folder that is linked to. `parent`: who asks, where the lockfile says so. */
  | { readonly kind: 'file' | 'link'; readonly path: string; readonly parent: string | null }
  | { readonly kind: 'workspace'; readonly path: string }
  /** Another package with changes; `files` are the project's, or Yarn's own. */
  | { readonly kind: 'patch'; readonly inner: string; readonly files: string; readonly parent: string | null }
  | { readonly kind: 'unknown'; readonly text: string }

/** Tells whether an entry's place is one that somebody asked for: the very package, repository, URL, file or patch. Versions may differ. */
export function answers(asked: Place, held: Place): boolean {
  switch (asked.kind) {
    case 'registry':
      return held.kind === 'registry' && held.name === asked.name
    case 'git':
      return (
        held.kind === 'git' &&
        held.repository === asked.repository &&
        (asked.commit === null || asked.commit === held.commit)
      )
    case 'remote':
      return held.kind === 'remote' && held.url === asked.url
    case 'file':
    case 'link':
      return held.kind === asked.kind && held.path === asked.path && held.parent === asked.parent
    case 'workspace':
      // `workspace:*` and `workspace:^` stand for the workspace of that name
      return held.kind === 'workspace' && (/^[*^~\d]/u.test(asked.path) || held.path === asked.path)
    case 'patch':
      return held.kind === 'patch' && held.files === asked.files && held.parent === asked.parent
    case 'unknown':
      return false
    default:
      return asked satisfies never
  }
}

/** A place as a finding shows it. */
export function showPlace(place: Place): string {
  switch (place.kind) {
    case 'registry':
      return `${place.name}@${place.range}${place.archiveUrl === null ? '' : ` from ${place.archiveUrl}`}`
    case 'git':
    case 'remote':
      return place.url
    case 'file':
    case 'link':
    case 'workspace':
      return `${place.kind}:${place.path}`
    case 'patch':
      return `${place.inner} patched by ${place.files}`
    case 'unknown':
      return place.text
    default:
      return place satisfies never
  }
}
