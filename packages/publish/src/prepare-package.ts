// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { constants, open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { BonafideError, publishFinding } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import type { Environment } from '@bonafide/credentials'
import { reasonOf } from '@bonafide/verify'
import { foreignScripts, runScripts } from './folder-scripts.ts'
import type { FailedScript, PublishScript } from './folder-scripts.ts'
import { packFolder, readManifest } from './pack-folder.ts'
import { managerFields } from './manager-fields.ts'
import { refusePreparation } from './prepared-package.ts'
import type { Preparation } from './prepared-package.ts'
import { readPackage } from './read-package.ts'

/** What is to be published. */
export type PackageSource =
  | {
      readonly kind: 'tarball'
      readonly path: string
      /** What its bytes have to hash to: 128 digits of lower-case hexadecimal. */
      readonly sha512: string
    }
  | {
      readonly kind: 'folder'
      readonly path: string
      /** Whether the folder's own scripts may run: {@link runScripts} tells how far that is from the job's identity. */
      readonly allowScripts: boolean
      readonly env: Environment
    }

/**
 * Makes of a tarball or a folder what will be signed and sent: bytes that were read once, with the manifest that is inside them.
 *
 * @throws BonafideError `BONAFIDE_PACKAGE_UNREADABLE` where there is nothing to read, `BONAFIDE_USAGE` for a digest that is none
 */
export function preparePackage(source: PackageSource): Promise<Preparation> {
  return source.kind === 'tarball' ? prepareTarball(source) : prepareFolder(source)
}

type TarballSource = Extract<PackageSource, { kind: 'tarball' }>
type FolderSource = Extract<PackageSource, { kind: 'folder' }>

async function prepareTarball({ path, sha512 }: TarballSource): Promise<Preparation> {
  if (!isDigest(sha512))
    throw new BonafideError('BONAFIDE_USAGE', 'this is no sha512', {
      found: sha512,
      wanted: '128 digits of lower-case hexadecimal',
      hint: `in the job that packs: sha512sum ${basename(path)}`,
    })
  // Read once: what is hashed here is what is looked into, signed and sent, whatever becomes of the file.
  const tarball = await readOnce(path)
  const found = createHash('sha512').update(tarball).digest('hex')
  // A tarball swapped between the job that packed it and this one: by way of an artifact, a cache, a step in between.
  if (found !== sha512) {
    const where = { kind: 'file', path, line: null } as const
    const fix = ['find out what changed it between the two jobs; do not publish it'] as const
    return refusePreparation(publishFinding('package-digest', { subject: path, found, wanted: sha512, where, fix }))
  }
  return readPackage(tarball, { kind: 'tarball', path })
}

/** Whether a text is a sha512 as `sha512sum` prints it: its one spelling here. */
export function isDigest(text: string): boolean {
  return /^[0-9a-f]{128}$/u.test(text)
}

// Bytes of a tarball as it is sent: registries take less.
const MAX_TARBALL = 512 * 1024 * 1024

async function readOnce(path: string): Promise<Buffer> {
  try {
    // A pipe would keep whoever opens it waiting.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const about = await file.stat()
      if (!about.isFile()) throw new Error('no file')
      if (about.size > MAX_TARBALL) throw new Error(`more than ${MAX_TARBALL} bytes`)
      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw unreadable(path, 'a tarball as npm pack makes it', cause)
  }
}

async function prepareFolder({ path, allowScripts, env }: FolderSource): Promise<Preparation> {
  const manifest = await readManifest(path)
  if (manifest === null) throw unreadable(join(path, 'package.json'), 'a folder with a package.json')
  const scripts = foreignScripts(manifest)
  // A build step beside an identity token: it, or anything that it loads, could publish in the job's name.
  if (scripts.length > 0 && !allowScripts) return refusePreparation(scriptsFinding(path, scripts))
  const failed = await runScripts(
    scripts.filter((event) => BEFORE.has(event)),
    { folder: path, env },
  )
  if (failed !== null) return refusePreparation(failureFinding(path, failed))
  const tarball = await packFolder(path).catch((cause: unknown) => {
    throw unreadable(path, 'a folder that npm can pack', cause)
  })
  const after = await runScripts(
    scripts.filter((event) => event === 'postpack'),
    { folder: path, env },
  )
  if (after !== null) return refusePreparation(failureFinding(path, after))
  const preparation = await readPackage(tarball, { kind: 'folder', path })
  if (preparation.kind === 'refused') return preparation
  const fields = managerFields(preparation.prepared.manifest)
  return fields.length === 0 ? preparation : refusePreparation(managerFinding(path, fields))
}

const BEFORE: ReadonlySet<PublishScript> = new Set(['prepublishOnly', 'prepack', 'prepare'])

function unreadable(path: string, wanted: string, cause?: unknown): BonafideError {
  const hasCode = cause instanceof Error && 'code' in cause
  const found = hasCode ? reasonOf(cause) : cause instanceof Error ? cause.message : 'none'
  return new BonafideError('BONAFIDE_PACKAGE_UNREADABLE', 'what is to be published cannot be read', {
    path,
    found,
    wanted,
    hint: 'give a tarball with --sha512, or the folder of a package',
    cause,
  })
}

const PACK_ELSEWHERE =
  'pack in a job without id-token: npm pack, then bonafide publish TARBALL --sha512 HEX in the next'

function scriptsFinding(path: string, scripts: readonly PublishScript[]): PublishFinding {
  return publishFinding('package-scripts', {
    subject: path,
    found: `scripts that would run beside the identity of this job: ${scripts.join(', ')}`,
    wanted: 'no code but this program beside an identity token',
    where: { kind: 'file', path: join(path, 'package.json'), line: null },
    fix: [PACK_ELSEWHERE, '--allow-scripts runs them without credentials in their environment, yet as the same user'],
  })
}

function failureFinding(path: string, { event, reason }: FailedScript): PublishFinding {
  return publishFinding('package-script-failed', {
    subject: path,
    found: `the script ${event}: ${reason}`,
    wanted: 'a script that ends with 0, without a credential and without the identity of this job',
    where: { kind: 'file', path: join(path, 'package.json'), line: null },
    fix: ['mend the script; what it needs of this job it does not get', PACK_ELSEWHERE],
  })
}

function managerFinding(path: string, fields: readonly string[]): PublishFinding {
  return publishFinding('package-needs-manager', {
    subject: path,
    found: `what only the project's own package manager replaces when it packs: ${fields.join(', ')}`,
    wanted: 'a manifest as consumers read it',
    where: { kind: 'file', path: join(path, 'package.json'), line: null },
    fix: ['pack it with that manager (pnpm pack, yarn pack), then bonafide publish TARBALL --sha512 HEX'],
  })
}
