// SPDX-License-Identifier: Apache-2.0
import { parseLockfile } from '@bonafide/lockfile'
import type { LockEntry, Lockfile } from '@bonafide/lockfile'
import { createHash } from 'node:crypto'

/** A host that stands for any registry. */
export const REGISTRY = 'https://registry.example'

/** A version 3 lockfile, as an object. */
export function lock(root: object, packages: Record<string, unknown>): object {
  return {
    name: 'p',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: { '': { name: 'p', version: '1.0.0', ...root }, ...packages },
  }
}

/** An honest entry of the registry. */
export function entry(name: string, version = '1.0.0', more: object = {}): object {
  const base = name.slice(name.indexOf('/') + 1)
  return {
    version,
    resolved: `${REGISTRY}/${name}/-/${base}-${version}.tgz`,
    integrity: integrityOf(`${name}@${version}`),
    ...more,
  }
}

export function integrityOf(text: string): string {
  return `sha512-${createHash('sha512').update(text).digest('base64')}`
}

export function textOf(lockfile: object): string {
  return `${JSON.stringify(lockfile, null, 2)}\n`
}

export function parse(lockfile: object, manifest?: object): Lockfile {
  return parseLockfile(
    textOf(lockfile),
    'package-lock.json',
    manifest === undefined ? {} : { manifest: textOf(manifest) },
  )
}

export function entriesOf(lockfile: object, manifest?: object): readonly LockEntry[] {
  return parse(lockfile, manifest).entries
}

/** The kind of the entry at a path, with the codes of its findings: the shape in which tests compare. */
export function verdictAt(lockfile: object, path: string, manifest?: object): string {
  const found = entriesOf(lockfile, manifest).find((one) => one.path === path)
  return found === undefined ? 'none' : [found.kind, ...new Set(found.findings.map(({ code }) => code))].join(' ')
}
