// SPDX-License-Identifier: Apache-2.0
import type { JsonPath, Location } from '@bonafide/core'
import type { Manager } from '../entry.ts'
import type { TreeNode } from '../tree.ts'

/** The place of a project in its own lockfile, as whoever asks for something; an empty folder is the root. */
export function projectPlace(manager: Manager, folder: string, where: Location, keys: JsonPath): TreeNode {
  return {
    manager,
    path: folder,
    kind: folder === '' ? 'root' : 'folder',
    treeName: null,
    owner: null,
    name: null,
    version: null,
    resolved: null,
    integrity: undefined,
    target: null,
    claimsBundled: false,
    bundles: null,
    optional: false,
    dev: false,
    asks: [],
    where,
    keys,
    faults: [],
  }
}
