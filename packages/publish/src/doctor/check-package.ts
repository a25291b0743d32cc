// SPDX-License-Identifier: Apache-2.0
import { isJsonObject } from '@bonafide/core'
import type { JsonObject, Place } from '@bonafide/core'
import { doctorFinding } from './doctor-finding.ts'
import type { DoctorFinding } from './doctor-finding.ts'
import { scriptOf } from './package-files.ts'
import type { PackageFile } from './package-files.ts'
import type { RepositoryFiles } from './pipeline.ts'
import { shellWord } from './shell-word.ts'
import { parseRepository } from '../repository-url.ts'

/** What is known of the repository around a package. */
export interface PackageSurroundings {
  readonly files: RepositoryFiles
  /** Whom git fetches from, as `https://host/owner/name`; null where no remote says. */
  readonly remote: string | null
  /** The script in which the guard belongs: Yarn runs no `prepublishOnly`. */
  readonly guardScript: 'prepublishOnly' | 'prepack'
  /** Whether every release that was found goes through `bonafide publish`, so that the guard is for people's machines alone. */
  readonly isGuarded: boolean
}

/** What the `package.json` of a package that somebody could publish leaves open. */
export function checkPackage(file: PackageFile, around: PackageSurroundings): readonly DoctorFinding[] {
  return [...guard(file, around), ...settings(file), ...repository(file, around), ...contents(file, around)]
}

/** The script in which the guard belongs. */
export function guardScriptOf(root: JsonObject, files: RepositoryFiles): 'prepublishOnly' | 'prepack' {
  const manager = root['packageManager']
  const isYarn = typeof manager === 'string' ? /^yarn@(?![01]\.)/u.test(manager) : files.read('.yarnrc.yml') !== null
  return isYarn ? 'prepack' : 'prepublishOnly'
}

function place({ path, document }: PackageFile, ...keys: readonly string[]): Place {
  return { kind: 'file', path, line: document.locate(keys).line }
}

// A token that lies around is used, and nobody is told.
function guard(file: PackageFile, { guardScript, isGuarded, files }: PackageSurroundings): readonly DoctorFinding[] {
  const text = scriptOf(file.manifest, guardScript) ?? ''
  if (isHeard(text)) return guardScript === 'prepack' ? [] : silenced(file, isGuarded, files)
  return [
    doctorFinding('manifest-no-guard', {
      subject: file.name,
      level: isGuarded ? 'warn' : 'refuse',
      found: text === '' ? `no ${guardScript}` : `${guardScript}: ${text}`,
      wanted: `${guardScript}: bonafide guard`,
      where: place(file, 'scripts', guardScript),
      fix: ['bonafide doctor --fix: it adds the line', '"private": true, where the package is never published'],
    }),
  ]
}

const CALL =
  /^(?:(?:npx|bunx|pnpx|npm exec|pnpm(?: exec| dlx)?|yarn(?: exec| run)?|bun(?: x| run)?)(?: --?[\w-]*)* )?(?:[\w./@-]*\/)?bonafide guard(?: [^;|&\n]*)?$/u

// `bonafide guard || true`, `; build`, `| cat`, `&`: nobody hears what it says.
function isHeard(script: string): boolean {
  const commands = script.split('&&').map((command) => command.trim().replaceAll(/ +/gu, ' '))
  return !/[;|&\n]/u.test(commands.join('')) && commands.some((command) => CALL.test(command))
}

// Settings of npm by which scripts do not run, or run as something else; for all clients of the repository, and unseen in package.json.
function silenced({ name, folder }: PackageFile, isGuarded: boolean, files: RepositoryFiles): readonly DoctorFinding[] {
  return [...new Set(['.npmrc', `${folder}.npmrc`])].flatMap((path) =>
    (files.read(path) ?? '').split('\n').flatMap((line, index) => {
      const { key, value = '' } =
        /^\s*(?<key>ignore-scripts|script-shell|node-options)(?:\s*=\s*(?<value>.*?))?\s*$/u.exec(line)?.groups ?? {}
      if (key === undefined || (key === 'ignore-scripts' && /^["']?false["']?$/u.test(value))) return []
      return [
        doctorFinding('manifest-no-guard', {
          subject: name,
          level: isGuarded ? 'warn' : 'refuse',
          found: `${key} in ${path}: ${key === 'ignore-scripts' ? 'npm runs no guard' : 'what it names can end the guard with 0'}`,
          wanted: 'npm’s own way to run prepublishOnly',
          where: { kind: 'file', path, line: index + 1 },
          fix: [
            `take ${key} out of ${path}${key === 'ignore-scripts' ? '; npm ci --ignore-scripts, where it is meant for installing' : ''}`,
            'bonafide publish, which is no hook',
          ],
        }),
      ]
    }),
  )
}

function settings(file: PackageFile): readonly DoctorFinding[] {
  const { publishConfig } = file.manifest
  if (!isJsonObject(publishConfig)) return []
  const keys = Object.keys(publishConfig).filter((key) =>
    /(?:^|:)_(?:authToken|auth|password)$|:(?:certfile|keyfile)$/u.test(key),
  )
  const credentials = keys.map((key) =>
    doctorFinding('manifest-credentials', {
      subject: file.name,
      found: `publishConfig: ${key}`,
      wanted: 'no credential in a file that is published',
      where: place(file, 'publishConfig', key),
      fix: ['take the key out, and revoke what it holds: bonafide doctor tokens --revoke'],
    }),
  )
  if (publishConfig['provenance'] !== false) return credentials
  return [
    ...credentials,
    doctorFinding('manifest-provenance-off', {
      subject: file.name,
      found: 'publishConfig: provenance: false',
      wanted: 'provenance with every release',
      where: place(file, 'publishConfig', 'provenance'),
      fix: ['take "provenance": false out'],
    }),
  ]
}

function repository(file: PackageFile, { remote }: PackageSurroundings): readonly DoctorFinding[] {
  const field = file.manifest['repository']
  const text = isJsonObject(field) ? field['url'] : field
  const wanted = remote ?? 'the repository that the package is built in'
  const fix =
    remote === null
      ? 'npm pkg set repository=OWNER/NAME'
      : `npm pkg set ${shellWord(`repository.url=git+${remote}.git`)}`
  const report = (found: string, level: 'refuse' | 'warn'): readonly DoctorFinding[] => [
    doctorFinding('manifest-repository', {
      subject: file.name,
      level,
      found,
      wanted,
      where: place(file, 'repository'),
      fix: [fix],
    }),
  ]
  if (typeof text !== 'string' || text === '') return report('no repository', 'warn')
  const said = parseRepository(text)
  if (said === null) return report(`repository: ${text}`, 'warn')
  // Registries compare it letter by letter with the job's, and so do consumers.
  return remote === null || said === remote ? [] : report(said, 'refuse')
}

// Names under which people keep what nobody else may see; npm leaves out `.npmrc` by itself.
const SECRETS =
  /^\.env(?:\.(?!example$|sample$|template$|dist$)[\w.-]+)?$|^id_(?:rsa|ed25519|ecdsa)$|\.(?:pem|key|p12|pfx|keystore)$/u

function contents(file: PackageFile, { files }: PackageSurroundings): readonly DoctorFinding[] {
  const { folder, manifest } = file
  const list = manifest['files']
  const entries = Array.isArray(list) ? list.filter((entry) => typeof entry === 'string') : null
  const open = entries?.find((entry) => /^(?:\.?\/?|\.\/|\/)?\*{0,2}(?:\/\*)?$/u.test(entry))
  if (entries !== null && open === undefined) return []
  const ignored = ignoredNames(folder, files)
  const secret = files.list(folder.replace(/\/$/u, '')).find((name) => SECRETS.test(name) && !ignored(name))
  const ignoreFile = `${folder}.npmignore`
  const found =
    open === undefined
      ? files.read(ignoreFile) === null
        ? 'no files'
        : `no files, and ${ignoreFile}`
      : `files: ${open}`
  return [
    doctorFinding('manifest-files-open', {
      subject: file.name,
      level: secret === undefined ? 'warn' : 'refuse',
      found:
        secret === undefined
          ? `${found}: whatever lies in the folder is published`
          : `${found}, and ${folder}${secret} in the folder`,
      wanted: 'a list of what is published',
      where: place(file, 'files'),
      fix: ['"files": ["dist"], with the folders that are meant', 'npm pack --dry-run: it lists what goes out'],
    }),
  ]
}

// As far as single names go: a pattern that is more than a name ignores nothing here, so that more is told than less.
function ignoredNames(folder: string, files: RepositoryFiles): (name: string) => boolean {
  // An .npmignore takes the place of the .gitignore beside it.
  const text = files.read(`${folder}.npmignore`) ?? files.read(`${folder}.gitignore`) ?? files.read('.gitignore') ?? ''
  const lines = text.split('\n').map((line) => line.trim().replace(/^\//u, ''))
  return (name) =>
    lines.some(
      (line) =>
        line === name ||
        (line.startsWith('*') && line !== '*' && name.endsWith(line.slice(1))) ||
        (line.endsWith('*') && name.startsWith(line.slice(0, -1)) && line !== '*'),
    )
}
