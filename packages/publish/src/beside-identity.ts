// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isJsonObject, parseJson, publishFinding } from '@bonafide/core'
import type { JsonObject, PublishFinding } from '@bonafide/core'
import type { Environment } from './ci-job.ts'
import { PUBLISH_SCRIPTS, isOwnScript } from './folder-scripts.ts'

// `prepublish` is lerna's and pnpm's.
const EVENTS = ['prepublish', ...PUBLISH_SCRIPTS] as const

// As many names as a person reads.
const SHOWN = 5

/** The scripts of a package that a publish from its folder would run beside the identity of the job, this program's own call aside. */
export function scriptsBesideIdentity(manifest: JsonObject): readonly string[] {
  const { scripts } = manifest
  if (!isJsonObject(scripts)) return []
  return EVENTS.flatMap((event) => {
    const script = scripts[event]
    return typeof script === 'string' && script.trim() !== '' && !isOwnScript(script)
      ? [`${event}: ${script.trim()}`]
      : []
  })
}

/**
 * The dependencies whose install scripts npm has run where they were installed, in this job as like as not: whatever ran then saw the
 * identity of the job. From npm 12 on those alone that `allowScripts` names.
 */
export async function installScripts(dir: string, top: string, env: Environment): Promise<readonly string[]> {
  const folder = await findModules(dir, top)
  if (folder === null) return []
  const [record, root] = await Promise.all([
    readObject(join(folder, 'node_modules/.package-lock.json')),
    readObject(join(folder, 'package.json')),
  ])
  const packages = record?.['packages']
  if (!isJsonObject(packages)) return []
  const allowed = isAskingFirst(env) ? allowedScripts(root) : null
  return Object.entries(packages).flatMap(([place, entry]) => {
    if (!isJsonObject(entry) || entry['hasInstallScript'] !== true || entry['link'] === true) return []
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
    if (allowed !== null && !allowed.has(name)) return []
    return [typeof entry['version'] === 'string' ? `${name}@${entry['version']}` : name]
  })
}

/** What is said of foreign code beside an identity token; a warning where somebody has let it. */
export function checkBesideIdentity(
  scripts: { readonly own: readonly string[]; readonly installed: readonly string[] },
  allowScripts: boolean,
): readonly PublishFinding[] {
  const level = allowScripts ? 'warn' : 'refuse'
  const wanted = 'no code but this program beside an identity token'
  const fix = [
    'build and pack in a job without id-token, and publish the tarball in the next: bonafide publish TARBALL --sha512 HEX',
    'bonafide guard --allow-scripts, where you answer for what they run',
  ] as const
  const { own, installed } = scripts
  return [
    ...(own.length === 0
      ? []
      : [
          publishFinding('package-scripts', {
            level,
            subject: 'the scripts of this package',
            found: `they run beside the identity of this job: ${own.join('; ')}`,
            wanted,
            where: { kind: 'file', path: 'package.json', line: null },
            fix,
          }),
        ]),
    ...(installed.length === 0
      ? []
      : [
          publishFinding('dependency-scripts', {
            level,
            subject: 'the install scripts of dependencies',
            found: `they ran beside the identity of this job: ${installed.slice(0, SHOWN).join(', ')}${installed.length > SHOWN ? ` and ${installed.length - SHOWN} more` : ''}`,
            wanted,
            where: { kind: 'file', path: 'node_modules/.package-lock.json', line: null },
            fix,
          }),
        ]),
  ]
}

async function findModules(dir: string, top: string): Promise<string | null> {
  if ((await readObject(join(dir, 'node_modules/.package-lock.json'))) !== null) return dir
  const above = dirname(dir)
  return dir === top || above === dir ? null : findModules(above, top)
}

// npm 12 runs no install script of a dependency that nobody has allowed.
function isAskingFirst(env: Environment): boolean {
  const major = /^npm\/(\d+)\./u.exec(env['npm_config_user_agent'] ?? '')?.[1]
  return major !== undefined && Number(major) >= 12
}

function allowedScripts(root: JsonObject | null): ReadonlySet<string> {
  const field = root?.['allowScripts']
  if (!isJsonObject(field)) return new Set()
  const allowed = Object.entries(field).flatMap(([spec, value]) => (value === true ? [spec] : []))
  // `name` or `name@range`; a scope begins with the same sign.
  return new Set(allowed.map((spec) => (spec.includes('@', 1) ? spec.slice(0, spec.indexOf('@', 1)) : spec)))
}

async function readObject(path: string): Promise<JsonObject | null> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const document = parseJson(text)
  return 'problem' in document || !isJsonObject(document.value) ? null : document.value
}
