// SPDX-License-Identifier: Apache-2.0
import { publicRegistry } from '@bonafide/registry'
import type { CredentialSource, Layer } from '../credential.ts'
import { isRegistryKey, nerfDart, splitKey } from './setting.ts'
import type { Setting } from './setting.ts'

type Environment = CredentialSource['env']

/** Whose file is read, and how. */
export interface PnpmIniSource {
  readonly path: string
  readonly layer: Layer
  readonly env: Environment
  /** pnpm expands no variable in what a repository says about credentials and registries. */
  readonly isProject: boolean
}

const VARIABLE = /(?<!\\)(?<escapes>\\*)\$\{(?<name>[^${}]+?)(?:(?<operator>:?-)(?<fallback>[^}]*)|\?)?\}/gu

/** Replaces `${NAME}`, `${NAME-text}` and `${NAME:-text}` as pnpm does: by nothing where the variable is not set. */
export function expandForPnpm(
  text: string,
  env: Environment,
): { readonly text: string; readonly missing: string | null } {
  let missing: string | null = null
  const expanded = text.replaceAll(VARIABLE, (whole: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as { escapes: string; name: string; operator?: string; fallback?: string }
    if (groups.escapes.length % 2 === 1) return whole.slice((groups.escapes.length + 1) / 2)
    const value = env[groups.name]
    const kept = groups.escapes.slice(groups.escapes.length / 2)
    if (value !== undefined && (value !== '' || groups.operator !== ':-')) return kept + value
    if (groups.fallback === undefined) missing ??= groups.name
    return kept + (groups.fallback ?? '')
  })
  return { text: expanded, missing }
}

/**
 * Reads an `.npmrc` or `auth.ini` as pnpm does, which is not as npm does: headers of sections are skipped and end nothing, a `;` within
 * a line belongs to the value, and a key without a registry goes to the one that the same file names, else to the public one.
 */
export function readPnpmIni(
  text: string,
  { path, layer, env, isProject }: PnpmIniSource,
): { readonly settings: readonly Setting[]; readonly registries: ReadonlyMap<string, string> } {
  const found = new Map<string, Setting>()
  const registries = new Map<string, string>()
  for (const [index, line] of text.split('\n').entries()) {
    const { key: written, value: raw } = splitLine(line) ?? {}
    if (written === undefined || raw === undefined) continue
    const key = expandForPnpm(written, env).text
    const isCredential = key.startsWith('//') || splitKey(key) !== null || PAIRS.has(key)
    // A pull request that has a secret of the environment sent somewhere, by the key or by the value.
    if (isProject && (isCredential || isRegistryKey(key)) && (isVariable(written) || isVariable(raw))) continue
    const value = expandForPnpm(raw, env)
    if (isRegistryKey(key)) registries.set(key, value.text)
    const place = { kind: 'file', path, line: index + 1 } as const
    // An empty text is what a variable leaves that is not set: the written one tells more.
    const shown = value.text === '' && value.missing !== null ? raw : value.text
    if (isCredential || isRegistryKey(key))
      found.set(key, { key, written, value: shown, layer, place, unexpanded: value.missing })
  }
  const own = nerfDart(registries.get('registry') ?? publicRegistry())
  const settings = [...found.values()].flatMap((setting) => {
    if (setting.key.startsWith('//') || isRegistryKey(setting.key)) return [setting]
    const key = `${own ?? ''}:${setting.key}`
    return own === null || found.has(key) ? [{ ...setting, key: setting.key }] : [{ ...setting, key }]
  })
  return { settings, registries }
}

const PAIRS: ReadonlySet<string> = new Set(['username', 'keyfile', 'key'])

function splitLine(line: string): { readonly key: string; readonly value: string } | null {
  const trimmed = line.trim()
  const equals = trimmed.indexOf('=')
  if (equals === -1 || trimmed.startsWith(';') || trimmed.startsWith('#')) return null
  return { key: unquoted(trimmed.slice(0, equals).trim()), value: unquoted(trimmed.slice(equals + 1).trim()) }
}

function unquoted(text: string): string {
  if (text.length >= 2 && text.startsWith("'") && text.endsWith("'")) return text.slice(1, -1)
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text
  try {
    return String(JSON.parse(text))
  } catch {
    return text
  }
}

function isVariable(text: string): boolean {
  return /\$\{[^}]+\}/u.test(text)
}
