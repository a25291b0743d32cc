// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BonafideError } from '@bonafide/core'

// npm reads a shrinkwrap before a package lock.
const OWN = ['npm-shrinkwrap.json', 'package-lock.json'] as const

const OTHERS: readonly (readonly [string, string])[] = [
  ['pnpm-lock.yaml', 'pnpm install --frozen-lockfile'],
  ['yarn.lock', 'yarn install --immutable'],
  ['bun.lock', 'bun install --frozen-lockfile'],
  ['bun.lockb', 'bun install --frozen-lockfile'],
]

/**
 * Finds the lockfile that npm would install from; null where there is none at all.
 *
 * @throws BonafideError `BONAFIDE_NO_LOCKFILE` where the project is another package manager's
 */
export function findNpmLockfile(project: string): string | null {
  const own = OWN.map((name) => join(project, name)).find((path) => existsSync(path))
  if (own !== undefined) return own
  const other = OTHERS.find(([name]) => existsSync(join(project, name)))
  if (other === undefined) return null
  const [found, command] = other
  throw new BonafideError('BONAFIDE_NO_LOCKFILE', 'the lockfile of the project is not npm’s', {
    found,
    wanted: OWN.join(' or '),
    hint: `bonafide run -- ${command}`,
  })
}
