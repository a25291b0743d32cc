// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { BonafideError, isJsonObject, parseJson } from '@bonafide/core'
import type { JsonObject } from '@bonafide/core'
import { flattenNpmOptions, loadNpmLayers } from '@bonafide/registry'
import type { NpmLayers } from '@bonafide/registry'

/** Where npm's settings are looked for. */
export interface InstallPlace {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** npm's own options, as typed: `--omit=dev`. */
  readonly argv: readonly string[]
}

/** How a project is to be installed, as npm would read it from options, environment and files. */
export interface InstallOptions {
  /** The folder of the project. */
  readonly project: string
  /** What Arborist is told. */
  readonly npm: Readonly<Record<string, unknown>>
  readonly ignoreScripts: boolean
  readonly foregroundScripts: boolean
  readonly strictScripts: boolean
  readonly allowsAllScripts: boolean
  /** Whose install scripts may run, by npm's own rules on what a name there means; null where nobody's. */
  readonly allowScripts: Readonly<Record<string, unknown>> | null
  readonly scriptShell: string | undefined
  readonly nodeOptions: string | undefined
  readonly isDryRun: boolean
  readonly isGlobal: boolean
  readonly omitted: ReadonlySet<string>
  /** `none`, `root` or `all`, for what is from git and from URLs. */
  readonly allowed: Readonly<Record<'git' | 'remote' | 'file' | 'directory', string>>
  /** The folders of all workspaces, by name. */
  readonly workspaceFolders: ReadonlyMap<string, string>
  /** Settings of the project's own file that were not obeyed. */
  readonly ignored: readonly string[]
}

// What anybody may set, the project's own `.npmrc` included: it says how the tree is to look, and whose scripts may run, as package.json
// does too.
const SHARED = [
  'allow-directory',
  'allow-file',
  'allow-git',
  'allow-remote',
  'allow-scripts',
  'also',
  'before',
  'bin-links',
  'cpu',
  'dangerously-allow-all-scripts',
  'dev',
  'dry-run',
  'engine-strict',
  'foreground-scripts',
  'format-package-lock',
  'global-style',
  'include',
  'include-workspace-root',
  'install-links',
  'install-strategy',
  'legacy-bundling',
  'legacy-peer-deps',
  'libc',
  'lockfile-version',
  'min-release-age',
  'min-release-age-exclude',
  'omit',
  'omit-lockfile-registry-resolved',
  'only',
  'optional',
  'os',
  'prefer-dedupe',
  'production',
  'save',
  'save-bundle',
  'save-dev',
  'save-exact',
  'save-optional',
  'save-peer',
  'save-prefix',
  'save-prod',
  'strict-allow-scripts',
  'strict-peer-deps',
  'tag',
] as const

// What only the user may set: which program runs scripts and with what, and what overrides npm's own care.
const USERS = ['force', 'global', 'location', 'node-options', 'script-shell'] as const

// Set by hand below; npm's rules for them speak of the process.
const OWN = ['ignore-scripts', 'workspace', 'workspaces'] as const

// Settings of a project's file that would reach where a verdict is at stake, and are told rather than obeyed. `registry` and credentials
// are read, and judged, where requests are made.
const TELLING: ReadonlySet<string> = new Set([
  ...USERS,
  'cache',
  'offline',
  'prefer-online',
  'git',
  'package-lock',
  'replace-registry-host',
])

/**
 * Reads how a project is to be installed, with npm's own reader and in npm's order.
 *
 * A pull request that brings an `.npmrc` along: it may not turn scripts on that the user has turned off, choose the shell or the options that
 * they run with, nor override npm's checks.
 *
 * @throws BonafideError `BONAFIDE_NPM_CONFIG`, and `BONAFIDE_USAGE` for what npm itself would refuse
 */
export async function readInstallOptions({ cwd, env, argv }: InstallPlace): Promise<InstallOptions> {
  const layers = await loadNpmLayers({ cwd, env, argv })
  const { files, explicit, project } = layers
  const shared: readonly string[] = SHARED
  const ours: readonly string[] = OWN
  const settings = new Map<string, unknown>([
    ...files,
    ...[...project.settings].filter(([key]) => shared.includes(key) || ours.includes(key)),
    ...explicit,
  ])
  const flat = flattenNpmOptions(settings, [...SHARED, 'force'], env)
  const manifest = await readManifest(layers.prefix)
  const workspaceFolders = await findWorkspaces(layers.prefix, manifest)
  const named = textsOf(settings.get('workspace'))
  const wanted =
    named.length > 0
      ? named
      : settings.get('workspaces') === true
        ? [...workspaceFolders.keys()]
        : layers.implicitWorkspaces
  if (settings.get('workspaces') === false && named.length > 0)
    throw new BonafideError('BONAFIDE_USAGE', '--no-workspaces and --workspace exclude each other', {
      wanted: 'one of them',
    })
  const omitted = textsOf(flat['omit'])
  return {
    project: layers.prefix,
    npm: {
      ...flat,
      workspaces: pickWorkspaces(wanted, workspaceFolders, layers.prefix, cwd),
      workspacesEnabled: settings.get('workspaces') !== false,
    },
    ignoreScripts: ignoresScripts(layers),
    foregroundScripts: settings.get('foreground-scripts') === true,
    strictScripts: settings.get('strict-allow-scripts') === true,
    allowsAllScripts: settings.get('dangerously-allow-all-scripts') === true,
    allowScripts: allowedScripts(layers, manifest),
    scriptShell: textOf(layers.user.get('script-shell')),
    nodeOptions: textOf(layers.user.get('node-options')),
    isDryRun: settings.get('dry-run') === true,
    isGlobal: layers.user.get('global') === true || layers.user.get('location') === 'global',
    omitted: new Set(omitted),
    allowed: {
      git: textOf(flat['allowGit']) ?? 'none',
      remote: textOf(flat['allowRemote']) ?? 'none',
      file: textOf(flat['allowFile']) ?? 'all',
      directory: textOf(flat['allowDirectory']) ?? 'all',
    },
    workspaceFolders,
    ignored: Object.keys(project.raw).filter((key) => TELLING.has(key)),
  }
}

// The strictest of the two files; options and environment decide over both, as they are typed by whoever installs.
function ignoresScripts({ files, project, explicit }: NpmLayers): boolean {
  const typed = explicit.get('ignore-scripts')
  if (typeof typed === 'boolean') return typed
  return files.get('ignore-scripts') === true || project.settings.get('ignore-scripts') === true
}

// As npm 12: package.json, else the files; the option is not for projects.
function allowedScripts({ files, project, explicit }: NpmLayers, manifest: JsonObject): InstallOptions['allowScripts'] {
  if (namesOf(explicit.get('allow-scripts')).length > 0) {
    throw new BonafideError('BONAFIDE_USAGE', '--allow-scripts is not for the packages of a project', {
      wanted: '"allowScripts" in package.json, or allow-scripts in .npmrc',
      hint: 'npm install-scripts approve NAME',
    })
  }
  const own = manifest['allowScripts']
  if (isJsonObject(own) && Object.keys(own).length > 0) return { ...own }
  const names = [project.settings, files]
    .map((layer) => namesOf(layer.get('allow-scripts')))
    .find((list) => list.length > 0)
  return names === undefined ? null : Object.fromEntries(names.map((name) => [name, true]))
}

function namesOf(value: unknown): readonly string[] {
  return textsOf(value)
    .flatMap((text) => text.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

async function readManifest(project: string): Promise<JsonObject> {
  const text = await readFile(join(project, 'package.json'), 'utf8').catch(() => '{}')
  const document = parseJson(text)
  return 'problem' in document || !isJsonObject(document.value) ? (Object.create(null) as JsonObject) : document.value
}

async function findWorkspaces(project: string, manifest: JsonObject): Promise<ReadonlyMap<string, string>> {
  if (manifest['workspaces'] === undefined) return new Map()
  const { default: mapWorkspaces } = await import('@npmcli/map-workspaces')
  try {
    return await mapWorkspaces({ cwd: project, pkg: manifest })
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause)
    throw new BonafideError('BONAFIDE_NOT_IN_SYNC', 'the workspaces of the project cannot be read', {
      path: 'package.json',
      found,
      cause,
    })
  }
}

// By name, by folder, or all those in a folder, as npm does.
function pickWorkspaces(
  wanted: readonly string[],
  all: ReadonlyMap<string, string>,
  project: string,
  cwd: string,
): readonly string[] {
  const picked = new Set<string>()
  for (const text of wanted) {
    const places = [resolve(cwd, text), resolve(project, text)]
    const found = [...all].filter(
      ([name, folder]) => name === text || places.some((place) => folder === place || isIn(folder, place)),
    )
    if (found.length === 0)
      throw new BonafideError('BONAFIDE_USAGE', `there is no workspace ${text}`, {
        found: text,
        wanted: [...all.keys()].join(', ') || 'a project with workspaces',
      })
    for (const [name] of found) picked.add(name)
  }
  return [...picked]
}

function isIn(folder: string, place: string): boolean {
  const path = relative(place, folder)
  return path !== '' && !path.startsWith('..') && !path.includes(sep)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter(
    (item): item is string => typeof item === 'string' && item !== '',
  )
}
