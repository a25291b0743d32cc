// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BonafideError, publishFinding } from '@bonafide/core'
import type { NonEmpty, PublishFinding } from '@bonafide/core'
import { isDigest } from '../prepare-package.ts'
import type { PackageSource } from '../prepare-package.ts'

/** The file beside the tarballs, as `sha512sum *.tgz > SHA512SUMS` writes it. */
export const TARBALL_LIST = 'SHA512SUMS'

/** Tarballs that one job packed, each with its digest; or why they are not taken. */
export type TarballList =
  | { readonly kind: 'listed'; readonly tarballs: readonly Extract<PackageSource, { kind: 'tarball' }>[] }
  | { readonly kind: 'refused'; readonly findings: NonEmpty<PublishFinding> }

/**
 * Reads a folder of tarballs with the list of their digests. The digest of the list itself has to come from the job that packed: it travels by
 * another way than the folder does, and stands for all of it.
 *
 * @param sha512 - of the list
 * @throws BonafideError `BONAFIDE_PACKAGE_UNREADABLE` where there is no list or it is none, `BONAFIDE_USAGE` for a digest that is none
 */
export async function readTarballList(folder: string, sha512: string): Promise<TarballList> {
  if (!isDigest(sha512))
    throw new BonafideError('BONAFIDE_USAGE', 'this is no sha512', {
      found: sha512,
      wanted: '128 digits of lower-case hexadecimal',
      hint: `in the job that packs: sha512sum ${TARBALL_LIST}`,
    })
  const path = join(folder, TARBALL_LIST)
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, 'none that can be read', cause)
  })
  // A folder swapped as a whole on its way between two jobs, the list with it.
  const found = createHash('sha512').update(bytes).digest('hex')
  if (found !== sha512) {
    const fix = ['find out what changed it between the two jobs; do not publish it'] as const
    const where = { kind: 'file', path, line: null } as const
    return {
      kind: 'refused',
      findings: [publishFinding('package-digest', { subject: path, found, wanted: sha512, where, fix })],
    }
  }
  const listed = parseList(bytes.toString('utf8'), path)
  const there = (await readdir(folder)).filter((name) => name.endsWith('.tgz')).sort()
  // One more tarball, which nobody packed.
  const unlisted = there.filter((name) => !listed.has(name))
  if (unlisted.length > 0) {
    const finding = publishFinding('package-unlisted', {
      subject: folder,
      found: `not in ${TARBALL_LIST}: ${unlisted.join(', ')}`,
      wanted: 'the tarballs that the list names, and no other',
      where: { kind: 'file', path, line: null },
      fix: ['find out who put it there; or take it away'],
    })
    return { kind: 'refused', findings: [finding] }
  }
  return {
    kind: 'listed',
    tarballs: [...listed].map(([name, digest]) => ({ kind: 'tarball', path: join(folder, name), sha512: digest })),
  }
}

const LINE = /^(?<digest>[0-9a-f]{128}) [ *](?<name>[^/\\\s][^/\\\n]*\.tgz)$/u

function parseList(text: string, path: string): ReadonlyMap<string, string> {
  const lines = text.replace(/\n$/u, '').split('\n')
  const listed = new Map<string, string>()
  for (const [index, line] of lines.entries()) {
    const { digest, name } = LINE.exec(line)?.groups ?? {}
    if (digest === undefined || name === undefined || listed.has(name))
      throw unreadable(path, `line ${index + 1} is none of it`, undefined)
    listed.set(name, digest)
  }
  return listed
}

function unreadable(path: string, found: string, cause: unknown): BonafideError {
  return new BonafideError('BONAFIDE_PACKAGE_UNREADABLE', 'the list of tarballs cannot be read', {
    path,
    found,
    wanted: 'lines of a sha512 and the name of a tarball beside it, each once',
    hint: `in the job that packs: sha512sum *.tgz > ${TARBALL_LIST}`,
    cause,
  })
}
