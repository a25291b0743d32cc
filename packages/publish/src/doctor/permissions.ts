// SPDX-License-Identifier: Apache-2.0
import type { Permissions } from './pipeline.ts'

/** The line that grants an identity token; null where none does. */
export function identityLine(permissions: Permissions): number | null {
  switch (permissions.kind) {
    case 'unset':
      return null
    case 'all':
      return permissions.level === 'write-all' ? permissions.line : null
    case 'listed': {
      const scope = permissions.scopes.get('id-token')
      return scope?.text === 'write' ? scope.line : null
    }
    default:
      throw new TypeError(`no such permissions: ${JSON.stringify(permissions satisfies never)}`)
  }
}
