// SPDX-License-Identifier: Apache-2.0
import { BonafideError } from '@bonafide/core'
import { checkCompleteness } from './completeness.ts'
import type { DraftLockfile, LockfileOptions } from './draft.ts'
import type { Lockfile, Manager } from './entry.ts'
import { MANAGERS, managerByContent, managersByName } from './manager.ts'
import { openBun } from './bun/bun-lockfile.ts'
import { openNpm } from './npm-lockfile.ts'
import { openPnpm } from './pnpm/pnpm-lockfile.ts'
import { openYarn } from './yarn/berry-lockfile.ts'
import { openYarnClassic } from './yarn/classic-lockfile.ts'

/**
 * Reads a lockfile, whichever package manager wrote it.
 *
 * Promises one entry for each place that holds a package, for every platform, with its line; nothing is left out, whatever is wrong with it.
 * It does not decide about integrities (weak and missing ones are states of the entry), and asks no registry.
 *
 * @throws BonafideError BONAFIDE_LOCKFILE_MALFORMED where the text has not the shape of such a file, BONAFIDE_LOCKFILE_UNSUPPORTED where it
 * is of a version or a package manager that is not read; both with path, line, column and a hint.
 */
export function parseLockfile(text: string, file: string, options: LockfileOptions = {}): Lockfile {
  return openLockfile(text, file).read(options)
}

/**
 * The first half of {@link parseLockfile}, for whoever can also read the project's other files: the draft says which of them it wants.
 *
 * @throws BonafideError as {@link parseLockfile}
 */
export function openLockfile(text: string, file: string): DraftLockfile {
  const draft = openOf(managerOf(text, file), text, file)
  return {
    ...draft,
    read(options) {
      const lockfile = draft.read(options)
      // 1.5 Says nothing of what is asked for, and so yes to anything.
      const missing = checkCompleteness(lockfile, options, draft.holdsOf(lockfile, options))
      return missing.length === 0 ? lockfile : { ...lockfile, findings: [...lockfile.findings, ...missing] }
    },
  }
}

function openOf(manager: Manager, text: string, file: string): DraftLockfile {
  switch (manager) {
    case 'npm':
      return openNpm(text, file)
    case 'pnpm':
      return openPnpm(text, file)
    case 'yarn-classic':
      return openYarnClassic(text, file)
    case 'yarn':
      return openYarn(text, file)
    case 'bun':
      return openBun(text, file)
    default:
      return manager satisfies never
  }
}

// A text that two managers read, each in its own way: the file's name says whose it is, and the text has to agree.
function managerOf(text: string, file: string): Manager {
  const found = managerByContent(text)
  const named = managersByName(file)
  const [first] = named
  if (first === undefined) return found ?? 'npm'
  if (found === null) return first
  if (named.includes(found)) return found
  throw otherName(file, found, named)
}

function otherName(path: string, found: Manager, named: readonly Manager[]): BonafideError {
  const { name } = MANAGERS[found]
  const wanted = `a lockfile of ${named.map((one) => MANAGERS[one].name).join(' or ')}`
  const hint = `give the file the name that ${name} reads, or delete it`
  const detail = { path, line: 1, column: 1, found: name, wanted, hint }
  return new BonafideError('BONAFIDE_LOCKFILE_UNSUPPORTED', `${path} is a lockfile of ${name}`, detail)
}
