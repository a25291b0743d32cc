// SPDX-License-Identifier: Apache-2.0
import type { AskingPackage } from './asking-package.ts'
import type { LockEntry } from './entry.ts'
import { jsrSpec } from './graph/asked-spec.ts'
import { parseSpec } from './spec.ts'
import { namesTarball } from './tarball-url.ts'

/** Tells whether a dependency that the registry's metadata lists by that name is one on this entry. Versions may differ. */
export function isAskedFor(
  listed: string,
  { as, spec: locked }: Pick<AskingPackage, 'as' | 'spec'>,
  { kind, name, version }: Pick<LockEntry, 'kind' | 'name' | 'version'>,
): boolean {
  if (kind === 'registry') {
    const spec = listed.startsWith('jsr:') ? jsrSpec(listed.slice('jsr:'.length), as) : parseSpec(listed)
    // the URL of a tarball that is the registry's own is locked as the version that it names
    if (spec.type === 'remote') return version !== null && namesTarball(spec.url, name, version)
    return spec.type === 'alias' ? spec.name === name : spec.type === 'registry' && as === name
  }
  if (listed.trim() === locked.trim()) return true
  const [wanted, found] = [parseSpec(listed), parseSpec(locked)]
  switch (wanted.type) {
    case 'git':
      return (
        found.type === 'git' &&
        found.repository === wanted.repository &&
        (wanted.commit === null || found.commit === null || found.commit === wanted.commit)
      )
    case 'remote':
      return found.type === 'remote' && found.url === wanted.url
    // counted from the package's own folder, wherever that came to stand
    case 'file':
    case 'folder':
      return found.type === 'file' || found.type === 'folder'
    case 'registry':
    case 'alias':
    case 'unsupported':
      return false
    default:
      return wanted satisfies never
  }
}
