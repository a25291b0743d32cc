// SPDX-License-Identifier: Apache-2.0
import type { Sha512 } from './integrity.ts'

/** One version of one package in a registry, bound to the bytes of its tarball. */
export interface Coordinate {
  readonly name: string
  readonly version: string
  readonly integrity: Sha512
}

/** Where something was read: a file as the user named it, and a line counted from 1. */
export interface Location {
  readonly file: string
  readonly line: number
}

const NAME_PART = /^[a-zA-Z0-9~!'()*][a-zA-Z0-9~!'()*._-]*$/u
// A scope, unlike a name, may begin with an underscore or a hyphen; neither begins with a dot.
const SCOPE = /^[a-zA-Z0-9~!'()*_-][a-zA-Z0-9~!'()*._-]*$/u

/**
 * Tells whether a text is a package name as the registry writes it: `name` or `@scope/name`, every part made of characters
 * that a URL carries unescaped, old capital letters included.
 *
 * Names that would be something else in a folder of packages are none: `..` climbs out of it, `.bin` and `.package-lock.json` are
 * the client's own, and `node_modules` would read as a level of its own.
 */
export function isPackageName(text: string): boolean {
  if (text.length > 214) return false
  const slash = text.indexOf('/')
  const [scope, name] = text.startsWith('@') ? [text.slice(1, Math.max(slash, 1)), text.slice(slash + 1)] : [null, text]
  if (scope !== null && (slash === -1 || !SCOPE.test(scope) || isReserved(scope))) return false
  return (scope === null ? NAME_PART.test(name) : SCOPE.test(name)) && !isReserved(name)
}

function isReserved(part: string): boolean {
  const lower = part.toLowerCase()
  return lower === 'node_modules' || lower === 'favicon.ico'
}

// Semantic Versioning 2.0.0, items 2, 9 and 10. A number in a pre-release has no leading zero, or two texts would be one version.
const VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/u

/** Tells whether a text is an exact version and not a range, a tag or a URL. Numbers beyond 2^53 are none: clients round them. */
export function isVersion(text: string): boolean {
  if (text.length > 256) return false
  const numbers = VERSION.exec(text)?.slice(1, 4)
  return (
    numbers !== undefined && numbers.length === 3 && numbers.every((number) => Number.isSafeInteger(Number(number)))
  )
}

/** `name@version`, the form people read and registry signatures sign. */
export function nameAtVersion(name: string, version: string): string {
  return `${name}@${version}`
}

/** The package URL that an npm attestation has to name as its subject: a scope's `@` is percent-encoded (purl specification, type npm). */
export function purl(name: string, version: string): string {
  return `pkg:npm/${name.replace(/^@/u, '%40')}@${version}`
}
