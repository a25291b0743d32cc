// SPDX-License-Identifier: Apache-2.0
import { BonafideError, nameAtVersion } from '@bonafide/core'
import type { Tree, TreeNode } from './arborist.ts'
import type { InstallOptions } from './install-options.ts'

type Collect = (options: {
  readonly tree: Tree
  readonly policy: InstallOptions['allowScripts']
  readonly ignoreScripts: boolean
  readonly dangerouslyAllowAllScripts: boolean
}) => Promise<readonly { readonly node: TreeNode; readonly scripts: Readonly<Record<string, string>> }[]>

/** The packages whose install scripts npm 12 does not run until somebody allows or denies them, as `name@version`. */
export async function pendingScripts(tree: Tree, options: InstallOptions): Promise<readonly string[]> {
  const { default: exported } = await import('@npmcli/arborist/lib/unreviewed-scripts.js')
  const collect = exported.collectUnreviewedScripts as Collect
  const found = await collect({
    tree,
    policy: options.allowScripts,
    ignoreScripts: options.ignoreScripts,
    dangerouslyAllowAllScripts: options.allowsAllScripts,
  })
  return found.map(({ node }) => nameAtVersion(node.packageName ?? node.name, node.version ?? ''))
}

/**
 * Refuses a plan with such packages where `strict-allow-scripts` is set, as npm does.
 *
 * @throws BonafideError `BONAFIDE_NOT_INSTALLABLE`
 */
export async function assertScriptsReviewed(tree: Tree, options: InstallOptions): Promise<void> {
  if (!options.strictScripts) return
  const pending = await pendingScripts(tree, options)
  if (pending.length === 0) return
  throw new BonafideError('BONAFIDE_NOT_INSTALLABLE', 'install scripts are neither allowed nor denied', {
    path: 'package.json',
    found: pending.join(', '),
    wanted: 'each of them in "allowScripts", since strict-allow-scripts is set',
    hint: 'npm install-scripts approve NAME, or deny NAME',
  })
}
