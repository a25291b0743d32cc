// SPDX-License-Identifier: Apache-2.0
import { isJsonObject } from '@bonafide/core'
import type { Json } from '@bonafide/core'

/** Names the package manager that a JSON text which is no npm lockfile belongs to. Null: unknown. */
export function foreignManagerOfJson(value: Json): string | null {
  if (!isJsonObject(value)) return null
  if (isJsonObject(value['workspaces']) && 'lockfileVersion' in value) return 'Bun'
  if (isJsonObject(value['nodes']) && isJsonObject(value['edges']) && 'lockfileVersion' in value) return 'vlt'
  const isDeno =
    typeof value['version'] === 'string' &&
    ['specifiers', 'jsr', 'npm', 'remote'].some((key) => isJsonObject(value[key]))
  return isDeno && !('lockfileVersion' in value) ? 'Deno' : null
}
