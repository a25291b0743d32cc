// SPDX-License-Identifier: Apache-2.0
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
export { parseLockfile } from './lockfile.ts'
export type { LockfileOptions } from './lockfile.ts'
export { dependencyTarget } from './dependency-target.ts'
