// SPDX-License-Identifier: Apache-2.0
import { isJsonObject } from '@bonafide/core'
import type { Json } from '@bonafide/core'

/** Names the package manager that a text which is no npm lockfile belongs to, by what its first lines say. Null: unknown. */
export function foreignManager(text: string): string | null {
  const head = text.slice(0, 4096)
  if (head.startsWith('#!/usr/bin/env bun')) return 'Bun (binary lockfile)'
  if (/^# yarn lockfile v1\s*$/mu.test(head)) return 'Yarn 1'
  if (/^__metadata:\s*$/mu.test(head)) return 'Yarn'
  if (/^lockfileVersion:\s/mu.test(head)) return 'pnpm'
  // bun.lock is JSON with trailing commas
  if (/^\uFEFF?\{\s*"lockfileVersion":\s*\d+,\s*(?:"configVersion":\s*\d+,\s*)?"workspaces":\s*\{/u.test(head))
    return 'Bun'
  return null
}

/** The same for texts that are JSON. */
export function foreignManagerOfJson(value: Json): string | null {
  if (!isJsonObject(value)) return null
  if (isJsonObject(value['workspaces']) && 'lockfileVersion' in value) return 'Bun'
  if (isJsonObject(value['nodes']) && isJsonObject(value['edges']) && 'lockfileVersion' in value) return 'vlt'
  const isDeno =
    typeof value['version'] === 'string' &&
    ['specifiers', 'jsr', 'npm', 'remote'].some((key) => isJsonObject(value[key]))
  return isDeno && !('lockfileVersion' in value) ? 'Deno' : null
}
