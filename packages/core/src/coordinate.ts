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

const NAME_PART = /^[a-zA-Z0-9~!'()*._-]+$/u

/**
 * Tells whether a text is a package name as the registry writes it: `name` or `@scope/name`, every part made of characters
 * that a URL carries unescaped. Names that would climb out of a path (`.`, `..`) are none.
 */
export function isPackageName(text: string): boolean {
  const parts = text.startsWith('@') ? text.slice(1).split('/') : [text]
  if (parts.length !== (text.startsWith('@') ? 2 : 1)) return false
  return text.length <= 214 && parts.every((part) => NAME_PART.test(part) && part !== '.' && part !== '..')
}

// Semantic Versioning 2.0.0, section 2 and the grammar in its FAQ; registries store versions in this form only.
const VERSION =
  /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/u

/** Tells whether a text is an exact version and not a range, a tag or a URL. */
export function isVersion(text: string): boolean {
  return text.length <= 256 && VERSION.test(text)
}

/** `name@version`, the form people read and registry signatures sign. */
export function nameAtVersion(name: string, version: string): string {
  return `${name}@${version}`
}

/** The package URL that an npm attestation has to name as its subject: a scope's `@` is percent-encoded (purl specification, type npm). */
export function purl(name: string, version: string): string {
  return `pkg:npm/${name.replace(/^@/u, '%40')}@${version}`
}
