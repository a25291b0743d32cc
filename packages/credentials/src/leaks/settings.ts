// SPDX-License-Identifier: Apache-2.0
import { Secret } from '@bonafide/core'
import { npmTokenShape } from '../npm-token.ts'
import { isPlaceholder, looksRandom } from './placeholder.ts'
import type { FoundToken } from './scan-text.ts'

type Kind = 'npmrc' | 'yarnrc' | 'bunfig' | 'script'

// By the last part of the path, but for CI systems that have a folder.
const FILES: readonly (readonly [Kind, RegExp])[] = [
  ['npmrc', /(?:^|[./_])npmrc(?:\.[\w-]+)?$|\.yarnrc$/u],
  ['yarnrc', /\.yarnrc\.ya?ml$/u],
  ['bunfig', /bunfig\.toml$/u],
  ['script', /(?:^|\/)\.env(?:\.[\w.-]+)?$|\.env$|(?:^|\/)\.envrc$/u],
  ['script', /(?:^|\/)\.(?:github|circleci|gitlab|buildkite|woodpecker|azure-pipelines|azuredevops)\/.*\.ya?ml$/u],
  [
    'script',
    /(?:^|\/)(?:\.gitlab-ci|\.travis|\.drone|\.woodpecker|appveyor|bitbucket-pipelines|azure-pipelines)[^/]*\.ya?ml$/u,
  ],
  ['script', /(?:^|\/)(?:docker-compose|compose|buildspec|cloudbuild)[^/]*\.ya?ml$/u],
  ['script', /(?:^|\/)(?:Dockerfile|Containerfile|Jenkinsfile|Makefile)[^/]*$|\.(?:dockerfile|sh|bash|ps1)$/u],
]

function kindOf(path: string): Kind | null {
  return FILES.find(([, pattern]) => pattern.test(path))?.[0] ?? null
}

/** Whether a path is that of a file in which settings of a package manager stand. */
export function isSettingsFile(path: string): boolean {
  return kindOf(path) !== null
}

// A value: in quotes up to the same quote, else up to a blank or what ends a word in one of these languages.
const VALUE = '(?:"(?<double>[^"\\n]*)"|\'(?<single>[^\'\\n]*)\'|(?<bare>[^\\s"\'`;,]+))'
// A key in quotes ends with its quote.
const SIGN = '["\']?[ \\t]*[=:][ \\t]*'

type Form = 'token' | 'basic' | 'password'

interface Setting {
  readonly in: readonly Kind[]
  readonly key: RegExp
}

const pattern = (key: string, sign = SIGN): RegExp => new RegExp(`(?<key>${key})${sign}${VALUE}`, 'gimdu')

const SETTINGS: readonly Setting[] = [
  // npm's keys, also behind `npm config set` and as Yarn 1 writes them: with a blank.
  {
    in: ['npmrc', 'script'],
    key: pattern('(?<![A-Za-z])(?:_authToken|_auth|_password)', String.raw`["']?(?:[ \t]*[=:][ \t]*|[ \t]+)`),
  },
  { in: ['yarnrc'], key: pattern('npmAuthToken|npmAuthIdent') },
  { in: ['bunfig'], key: pattern(String.raw`\b(?:token|password)`, String.raw`[ \t]*=[ \t]*(?=["'])`) },
  // Variables by which clients and their tools take a token: `ACME_NPM_TOKEN`, `NODE_AUTH_TOKEN`, `YARN_NPM_AUTH_IDENT`.
  {
    in: ['script'],
    key: pattern(
      String.raw`\b(?:[A-Z0-9]+_){0,6}(?:NPM|NODE_AUTH|YARN|BUN)(?:_[A-Z0-9]+){0,6}_+(?:TOKEN|AUTH|AUTHTOKEN|PASSWORD|IDENT)`,
    ),
  },
]

// A user and a password within the URL of a registry.
const USERINFO = /(?<key>https?:\/\/)[^\s/:@"'`]+:(?<bare>[^\s/@"'`]+)@/dgu

/**
 * Finds the credentials that settings hold, whatever registry they are for and whatever their shape. Variables, examples and dummies are
 * left out; so is what is in npm's form without its checksum.
 */
export function findSettings(bytes: Buffer, path: string): readonly FoundToken[] {
  const kind = kindOf(path)
  if (kind === null) return []
  const text = textOf(bytes)
  const patterns = SETTINGS.filter((setting) => setting.in.includes(kind)).map(({ key }) => key)
  const found = [...patterns, ...(kind === 'script' ? [] : [USERINFO])].flatMap((one) => foundBy(one, text))
  return [...new Map(found.map((one) => [`${one.line}:${one.column}`, one])).values()]
}

// The byte order mark tells how PowerShell and old editors wrote it.
function textOf(bytes: Buffer): string {
  return bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le') : bytes.toString('utf8')
}

function foundBy(key: RegExp, text: string): readonly FoundToken[] {
  let [line, cursor] = [1, 0]
  return [...text.matchAll(key)].flatMap((match) => {
    const groups = match.groups ?? {}
    const name = (['double', 'single', 'bare'] as const).find((one) => groups[one] !== undefined)
    const value = name === undefined ? undefined : withoutEnd(groups[name] ?? '')
    const at = name === undefined ? undefined : match.indices?.groups?.[name]?.[0]
    if (value === undefined || at === undefined || !isCredential(formOf(groups['key'] ?? ''), value)) return []
    const start = text.lastIndexOf('\n', at - 1) + 1
    line += text.slice(cursor, at).split('\n').length - 1
    cursor = at
    const isCertain = npmTokenShape(value) === 'valid'
    return [{ line, column: at - start + 1, token: new Secret(value), isCertain, setting: groups['key'] ?? '' }]
  })
}

// `(NPM_TOKEN=x)`: what closes more than the value itself opened belongs to the line around it.
function withoutEnd(value: string): string {
  return /[([{]/u.test(value) ? value : value.replace(/[)\]}]+$/u, '')
}

function formOf(key: string): Form {
  if (/ident$|_auth$/iu.test(key)) return 'basic'
  return /password$|^https?:/iu.test(key) ? 'password' : 'token'
}

function isCredential(form: Form, value: string): boolean {
  if (isPlaceholder(value)) return false
  if (form === 'token') return looksRandom(value)
  // npm and Yarn write both in base64; what is none of it stands there as it is.
  const plain = Buffer.from(value, 'base64').toString('utf8')
  const isCoded = /^[\w+/-]+={0,2}$/u.test(value) && /^[\x20-\x7e]+$/u.test(plain)
  const inner = isCoded ? plain : value
  return !isPlaceholder(form === 'basic' ? inner.slice(inner.indexOf(':') + 1) : inner)
}
