// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import type { Facts } from '../facts.ts'
import { addedExotic } from '../history.ts'
import type { Pin } from '../pins.ts'
import type { RuleContext } from './rule.ts'

/**
 * `exotic-dependency`: a package of the registry depends on packages of a registry only. What the accepted version before it asked for,
 * and what the project has recorded, is no news.
 *
 * Stops payloads that no registry ever saw: a git URL to an orphan commit of a fork, as optional dependency (TanStack, OpenSearch, AntV).
 *
 * Known false positives: a few old packages that depend on a fork by git URL; those standing at adoption are recorded by `init`.
 */
export function checkExoticDependency(facts: Facts, _pin: Pin | undefined, { pins }: RuleContext): Finding[] {
  const { metadata, accepted, entryFindings } = facts
  const inLockfile = entryFindings.filter(({ rule }) => rule === 'exotic-dependency')
  if (metadata === null || accepted.isHeld) return inLockfile
  const added = addedExotic(metadata, accepted.newest).filter((edge) => !pins.exotic.includes(edge))
  if (added.length === 0) return inLockfile
  const detail = {
    found: added.join(', '),
    wanted: 'dependencies on packages of a registry',
    fix: 'ask the package for a release without it, or stay on the version before',
  }
  return [...inLockfile, finding('exotic-dependency', detail)]
}
