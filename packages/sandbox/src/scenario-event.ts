// SPDX-License-Identifier: Apache-2.0
import type { Release } from './release.ts'

/** One thing that happened to a registry. */
export type ScenarioEvent =
  | {
      readonly kind: 'publish'
      readonly at: Date
      readonly release: Release
      /** Fields of the registry's metadata that are not those of the `package.json` in the tarball; undefined takes one away. */
      readonly metadata: Readonly<Record<string, unknown>>
    }
  | { readonly kind: 'unpublish'; readonly at: Date; readonly name: string; readonly version: string }
