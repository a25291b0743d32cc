// SPDX-License-Identifier: Apache-2.0
import { isJsonObject, parseJson } from '@bonafide/core'
import type { Json, JsonDocument } from '@bonafide/core'
import type { InstallerFormat } from './installer-files.ts'

/** One setting of a file, or several with one key, in the order of the file. */
export interface InstallerSetting {
  readonly key: string
  /** What it says, for comparing: may hold secrets. */
  readonly text: string
  readonly line: number
  /** Whether it counts only where the base has it: what runs bonafide may be added, and not taken away. */
  readonly isGuard?: boolean
}

/**
 * Reads the settings of a file that decide what is run or installed. Only the keys that are known to decide neither are left out: an
 * unknown one counts. Null where nobody can tell which part of the text is which setting.
 */
export function parseInstallerSettings(text: string, format: InstallerFormat): readonly InstallerSetting[] | null {
  if (text === '' && format !== 'whole') return []
  switch (format) {
    case 'npmrc':
      return parseNpmrc(text)
    case 'yarnrc':
      return parseYarnrc(text)
    case 'yarnrc.yml':
      return parseYaml(text, HARMLESS_YARN)
    case 'pnpm-workspace':
      return parseYaml(text, HARMLESS_PNPM)
    case 'bunfig':
      return parseToml(text)
    case 'dotenv':
      return parseDotenv(text)
    case 'manifest':
      return parseManifest(text)
    case 'whole':
    default:
      return null
  }
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const HARMLESS_NPM = words(
  'audit-level color commit-hooks depth description engine-strict fetch-retries fetch-retry-factor fetch-retry-maxtimeout ' +
    'fetch-retry-mintimeout fetch-timeout fund git-tag-version heading init-author-email init-author-name init-author-url ' +
    'init-license init-version loglevel long maxsockets message progress save-exact save-prefix sign-git-commit sign-git-tag ' +
    'tag-version-prefix timing unicode update-notifier usage',
)
const HARMLESS_YARN_CLASSIC = words(
  'save-prefix version-git-message version-git-sign version-git-tag version-tag-prefix',
)
const HARMLESS_YARN = words(
  'catalog catalogs changesetBaseRefs compressionLevel defaultSemverRangePrefix enableColors enableHyperlinks enableInlineBuilds ' +
    'enableMessageNames enableProgressBars enableTelemetry enableTimers initFields initScope nmHoistingLimits nmMode nodeLinker ' +
    'packageExtensions preferDeferredVersions preferInteractive progressBarStyle supportedArchitectures telemetryInterval telemetryUserId',
)
const HARMLESS_PNPM = words(
  'allowedDeprecatedVersions autoInstallPeers catalog catalogMode catalogs cleanupUnusedCatalogs dedupePeerDependents engineStrict ' +
    'ignoredOptionalDependencies overrides packageExtensions packages peerDependencyRules saveExact savePrefix strictPeerDependencies ' +
    'supportedArchitectures updateConfig',
)

// By npm's own reading (ini): a line is empty, a comment, a section, or a key with a value.
function parseNpmrc(text: string): readonly InstallerSetting[] {
  let section = ''
  return linesOf(text).flatMap(({ content, line }) => {
    if (content === '' || /^[;#]/u.test(content)) return []
    if (content.startsWith('[')) section = `${content} `
    const key = (content.split('=')[0] ?? '').trim()
    return section === '' && HARMLESS_NPM.has(key) ? [] : [{ key: `${section}${key}`, text: content, line }]
  })
}

function parseYarnrc(text: string): readonly InstallerSetting[] | null {
  const lines = text.split(BREAKS)
  // An indented line belongs to the one above it.
  if (lines.some((line) => /^\s+\S/u.test(line))) return null
  return linesOf(text).flatMap(({ content, line }) => {
    const [key = ''] = content.split(/[\s:]/u)
    const isHarmless = content === '' || content.startsWith('#') || HARMLESS_YARN_CLASSIC.has(key)
    return isHarmless ? [] : [{ key, text: content, line }]
  })
}

// A block mapping at the first column, of plain keys: there, each line at the first column begins a new key, whatever parser reads it.
function parseYaml(text: string, harmless: ReadonlySet<string>): readonly InstallerSetting[] | null {
  if (/[\u0085\u2028\u2029\ufeff\t]/u.test(text)) return null
  const blocks: { key: string; text: string; line: number }[] = []
  for (const [index, content] of text.split(BREAKS).entries()) {
    if (/^\s*$/u.test(content) || content.startsWith('#')) continue
    const [, key] = /^([A-Za-z][\w-]*):(?: |$)/u.exec(content) ?? []
    const last = blocks.at(-1)
    if (key !== undefined) blocks.push({ key, text: content, line: index + 1 })
    // A list may stand at its key's column.
    else if (last !== undefined && /^(?: |- )/u.test(content)) last.text += `\n${content}`
    else return null
  }
  const told = blocks.filter(({ key }) => !harmless.has(key))
  // An alias takes its value from another key.
  return told.some((block) => /(?:^|[\s[{,])\*/u.test(block.text)) ? null : told
}

function parseToml(text: string): readonly InstallerSetting[] {
  const hasLongText = /"""|'''/u.test(text)
  const settings: { key: string; text: string; line: number }[] = []
  let section = ''
  for (const { content, line } of linesOf(text)) {
    if (content === '' || (content.startsWith('#') && !hasLongText)) continue
    const [, key] = /^([\w."'-]+)\s*=/u.exec(content) ?? []
    const last = settings.at(-1)
    if (/^\[[^,]*\]$/u.test(content)) section = `${content} `
    if (key !== undefined) settings.push({ key: `${section}${key}`, text: content, line })
    else if (last === undefined || content === section.trim()) settings.push({ key: content, text: content, line })
    else last.text += `\n${content}`
  }
  return settings
}

// An application's own settings are its own. What Bun and its libraries read has one of these words in it.
const ENVIRONMENT = /bun_|npm_|node_|xdg_|_proxy|_cert|_tls/iu

function parseDotenv(text: string): readonly InstallerSetting[] {
  return linesOf(text).flatMap(({ content, line }) => {
    const key = (content.split('=')[0] ?? '').replace(/^export\s+/u, '').trim()
    return ENVIRONMENT.test(content) && !content.startsWith('#') ? [{ key, text: content, line }] : []
  })
}

const FIELDS = [
  'packageManager',
  'devEngines',
  'allowScripts',
  'trustedDependencies',
  'dependenciesMeta',
  'patchedDependencies',
] as const
// What installing runs of the project itself.
const SCRIPTS = words(
  'preinstall install postinstall preprepare prepare postprepare prepublish predependencies dependencies postdependencies pnpm:devPreinstall',
)

function parseManifest(text: string): readonly InstallerSetting[] | null {
  const document = parseJson(text)
  if ('problem' in document || !isJsonObject(document.value)) return null
  // Readers differ on which of two equal keys counts.
  if (document.duplicates.some(({ path: [key] }) => key === 'scripts' || key === 'pnpm' || isField(key))) return null
  const { value } = document
  const own = FIELDS.map((field) => settingAt(document, [field], value[field]))
  const below = (field: string, counts: (key: string) => boolean): readonly (InstallerSetting | null)[] => {
    const content = value[field]
    if (!isJsonObject(content)) return [settingAt(document, [field], content)]
    return Object.keys(content)
      .filter(counts)
      .map((key) => settingAt(document, [field, key], content[key]))
  }
  return [
    ...own,
    ...below('pnpm', (key) => !HARMLESS_PNPM.has(key)),
    ...below('scripts', (key) => SCRIPTS.has(key)),
    ...guards(document, value['scripts']),
  ].filter((setting) => setting !== null)
}

// A job may run bonafide by the name of a script.
function guards(document: JsonDocument, scripts: Json | undefined): readonly (InstallerSetting | null)[] {
  if (!isJsonObject(scripts)) return []
  return Object.entries(scripts)
    .filter(([key, script]) => !SCRIPTS.has(key) && typeof script === 'string' && /bonafide/iu.test(script))
    .map(([key, script]) => {
      const setting = settingAt(document, ['scripts', key], script)
      return setting === null ? null : { ...setting, isGuard: true }
    })
}

function isField(key: string | number | undefined): boolean {
  return FIELDS.some((field) => field === key)
}

function settingAt(document: JsonDocument, path: readonly string[], value: Json | undefined): InstallerSetting | null {
  if (value === undefined) return null
  return { key: path.join('.'), text: JSON.stringify(value), line: document.locate(path).line }
}

// YAML and npm both end a line at a lone carriage return.
const BREAKS = /\r\n|\n|\r/u

function linesOf(text: string): readonly { readonly content: string; readonly line: number }[] {
  return text.split(BREAKS).map((content, index) => ({ content: content.trim(), line: index + 1 }))
}
