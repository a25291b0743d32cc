// SPDX-License-Identifier: Apache-2.0
import type { Finding } from '@bonafide/core'
import type { Facts } from '../facts.ts'

/**
 * `exotic-dependency`: a package of the registry asks only for packages of a registry. The lockfile's reader sees the edge; this rule
 * hands it on, so that a policy can hold it at its level.
 *
 * Stops payloads that come in by git: TanStack's `github:` dependency on an orphan commit, AntV, OpenSearch.
 *
 * Known false positives: a few old packages that depend on a fork by URL.
 */
export function checkExoticDependency({ entryFindings }: Facts): Finding[] {
  return entryFindings.filter(({ rule }) => rule === 'exotic-dependency')
}
