// SPDX-License-Identifier: Apache-2.0
import { finding } from '@bonafide/core'
import type { Finding } from '@bonafide/core'
import { explain } from '../evidence.ts'
import type { Facts } from '../facts.ts'
import { addedHooks, isOld } from '../history.ts'
import { hooksOf, isOwnHook } from '../hooks.ts'
import type { Pin } from '../pins.ts'

/**
 * `install-script-added`: installing a version runs nothing that installing the accepted version before it did not run. A `binding.gyp`
 * counts as an `install` script, since npm runs node-gyp where it finds one.
 *
 * Where the tarball was looked at, what it runs counts too, whatever the metadata says of it: a `binding.gyp` that nobody mentions, a
 * script that the registry was not told, what a package of its bundle runs. The accepted version is still told by its metadata.
 *
 * Stops the worms and most other attacks with a payload that runs at once: eslint-scope, Shai-Hulud, cline, Red Hat, Phantom Gyp, keyv,
 * whose provenance was valid.
 *
 * Known false positives: packages that begin to build native code. What ran already when a project adopted bonafide is in the pin. With the
 * tarball: packages with a `binding.gyp` and no script, sent by a client that tells the registry of neither, as npm's does.
 */
export function checkInstallScriptAdded(facts: Facts, pin: Pin | undefined): Finding[] {
  const { metadata, accepted, now } = facts
  if (metadata === null || accepted.isHeld) return []
  const hooks = hooksOf(facts)
  const before = accepted.newest
  // The first version of a package, and out for a month: nobody was surprised.
  if (hooks.size === 0 || (before === null && isOld(metadata, now))) return []
  const added = addedHooks({ hooks }, before).filter((name) => pin?.hooks.includes(name) !== true)
  const wanted =
    before === null ? 'no install script in a new package' : `as ${before.version}: ${listOf(before.hooks)}`
  const isSilent = [...hooks.keys()].some((name) => !metadata.hooks.has(name))
  const decide = [...hooks.keys()].every(isOwnHook)
    ? `bonafide pin ${facts.name}${isSilent ? ' --tarballs' : ''}`
    : 'bonafide exempt'
  const fix = `${explain(facts)}; ${decide} where you have read the script`
  if (added.length > 0) {
    const found = added.map((name) => `${name}: ${hooks.get(name) ?? ''}`).join(', ')
    return [finding('install-script-added', { found, wanted, fix })]
  }
  // The same hook runs something else. Honest packages rename their scripts often; a person should see it all the same.
  const changed = [...hooks].filter(
    ([name, command]) => before?.hooks.has(name) === true && before.hooks.get(name) !== command,
  )
  if (changed.length === 0) return []
  const found = changed.map(([name, command]) => `${name}: ${command}`).join(', ')
  return [finding('install-script-changed', { found, wanted, fix, level: 'warn' })]
}

function listOf(hooks: ReadonlyMap<string, string>): string {
  return hooks.size === 0 ? 'none' : [...hooks].map(([name, command]) => `${name}: ${command}`).join(', ')
}
