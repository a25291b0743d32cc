// SPDX-License-Identifier: Apache-2.0
import { BonafideError } from '@bonafide/core'
import type { InstallOptions } from './install-options.ts'
import type { Plan } from './plan.ts'

/** How the tree on disk is made. */
export interface ReifyOptions {
  /** The folder of the private store: nothing is read from anywhere else. */
  readonly store: string
  /** Whether package.json and the lockfile are written. */
  readonly save: boolean
  readonly omitted: ReadonlySet<string>
  readonly allowed: InstallOptions['allowed']
}

/** What changed on disk. */
export interface Changes {
  readonly added: number
  readonly removed: number
  readonly changed: number
}

/**
 * Makes the tree on disk what the plan says, from the store and with the network closed.
 *
 * What appears only during extraction (a bundled dependency that is declared and missing) finds neither metadata nor bytes, and fails.
 *
 * @throws BonafideError `BONAFIDE_INSTALL_FAILED`, also where bytes are not those that were judged
 */
export async function reify(
  { installer, metadata }: Plan,
  { store, save, omitted, allowed }: ReifyOptions,
): Promise<Changes> {
  metadata.seal()
  // A second installation in one process would be left without its commands.
  const { default: binLinks } = await import('bin-links')
  binLinks.resetSeen()
  const closed = {
    cache: store,
    offline: true,
    preferOnline: false,
    audit: false,
    save,
    omit: [...omitted],
  }
  // What was judged may be unpacked wherever its URL points: it comes from the store.
  Object.assign(installer.options, {
    ...closed,
    allowRemote: 'all',
    allowGit: 'none',
    allowFile: allowed.file,
    allowDirectory: allowed.directory,
    replaceRegistryHost: 'never',
  })
  try {
    await installer.reify({ ...installer.options, ...closed })
  } catch (cause) {
    throw reifyError(cause)
  }
  return countChanges(installer.diff)
}

interface Diff {
  readonly action: 'ADD' | 'CHANGE' | 'REMOVE' | null
  readonly children: readonly Diff[]
  readonly ideal: { readonly isLink: boolean; readonly inert: boolean; readonly root: unknown } | null
}

// As npm counts: packages and not folders of the project.
function countChanges(diff: Plan['installer']['diff']): Changes {
  const counts = { added: 0, removed: 0, changed: 0 }
  const walk = ({ action, children, ideal }: Diff): void => {
    if (action === 'REMOVE') counts.removed += 1
    else if (action === 'ADD' && ideal?.inert !== true) counts.added += 1
    else if (action === 'CHANGE') counts.changed += 1
    for (const child of children) walk(child)
  }
  for (const child of (diff?.children ?? []) as readonly Diff[]) walk(child)
  return counts
}

function reifyError(cause: unknown): BonafideError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const message = cause instanceof Error ? cause.message : String(cause)
  // What does not match is looked for elsewhere, and there is no elsewhere.
  const isBytes = code === 'EINTEGRITY' || code === 'EBADSIZE' || code === 'ENOTCACHED'
  return new BonafideError(
    'BONAFIDE_INSTALL_FAILED',
    isBytes ? 'bytes that were to be unpacked are not there, or not those that were judged' : 'the installation failed',
    {
      path: 'node_modules',
      found: code === '' ? message : `${code}: ${message}`,
      wanted: 'what the verdict was about',
      hint: 'node_modules is unfinished: bonafide ci, once the cause is gone',
      cause,
    },
  )
}
