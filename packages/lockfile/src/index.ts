// SPDX-License-Identifier: Apache-2.0
export { isAskedFor } from './asked-for.ts'
export type { AskingPackage } from './asking-package.ts'
export type {
  BundleHost,
  InvalidEntry,
  LocatedFinding,
  LockEntry,
  Lockfile,
  Manager,
  OutsideEntry,
  RegistryEntry,
} from './entry.ts'
export { groupEntries } from './group.ts'
export type { Group, Placed } from './group.ts'
export { openLockfile, parseLockfile } from './lockfile.ts'
export type { DraftLockfile, LockfileOptions } from './draft.ts'
export { MANAGERS } from './manager.ts'
export type { ManagerWords } from './manager.ts'
export { nearestPlace } from './tree-path.ts'
export { dependencyTarget } from './dependency-target.ts'
export { isWorkspace } from './workspace.ts'
