// SPDX-License-Identifier: Apache-2.0
import type { Location } from '@bonafide/core'
import type { LocatedFinding } from '../entry.ts'
import type { Spec } from '../spec.ts'
import type { TreeNode } from '../tree.ts'

/** What a project or package depends on: the name it uses, and where the lockfile says that it leads. */
export interface Use {
  readonly name: string
  readonly reference: string
  /** What is asked for, as written; left out where the lockfile tells only what it led to. */
  readonly specifier?: string
  /** A peer that is only taken where it is there anyway. */
  readonly isOptionalPeer?: boolean
}

/** A dependency of the project, with what the lockfile says that the project asks for. */
export interface ProjectUse extends Use {
  readonly specifier: string
  readonly where: Location
  readonly isDev: boolean
}

/** A project of the workspace, or what pnpm installs before it: config dependencies and the pinned pnpm. */
export interface Importer {
  readonly kind: 'project' | 'config' | 'manager'
  /** The place of the project, as the one who asks. */
  readonly from: TreeNode
  /** The name by which other projects ask for it, where the lockfile tells. */
  readonly name: string | null
  readonly uses: readonly ProjectUse[]
}

/** A package of the lockfile with all that it uses, in any of its peer contexts. */
export interface GraphPackage {
  readonly node: TreeNode
  /** Whether its key is a version, which is what pnpm fetches from a registry; all else comes from where the key says. */
  readonly isVersion: boolean
  readonly bundled: readonly string[]
  /** Its source, where that is not what its `resolved` reads as. */
  readonly source?: Spec
  /** The folder that it is a link to, where it is none to be fetched. */
  readonly folder?: string
  /** Its place as whoever asks, where the paths of what it asks for count from elsewhere. */
  readonly asker?: TreeNode
  readonly uses: readonly Use[]
  /** The names that it uses in each of its peer contexts, where the lockfile says of each by itself what it uses. */
  readonly contexts?: readonly (readonly string[])[]
}

/** What a lockfile holds that says of every dependency where it leads, whichever format it is in. */
export interface Graph {
  readonly importers: readonly Importer[]
  readonly packages: ReadonlyMap<string, GraphPackage>
  /** Where a use leads; null where the lockfile holds no such package. */
  find(use: Use): GraphPackage | null
  readonly findings: readonly LocatedFinding[]
}

/** What the project's own files ask for, and what the lockfile says where they do not tell. */
export interface ProjectWishes {
  /** What the project points elsewhere, by the name under which anybody asks for it. */
  readonly overrides: ReadonlyMap<string, readonly string[]>
  /** Whether code of the project may change what packages ask for. */
  readonly hasHooks?: boolean
  /** The texts by which a project asks for a dependency; empty where it does not. */
  of(importer: Importer, use: ProjectUse): readonly string[]
  /** The name of a project as its own manifest has it; null where nobody tells. */
  nameOf(importer: Importer): string | null
}
