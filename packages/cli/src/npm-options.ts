// SPDX-License-Identifier: Apache-2.0

/** An option of npm's own that is handed on to npm's reader as it was typed. */
export interface NpmOption {
  readonly type: 'string' | 'boolean'
  readonly short?: string
}

const FLAG: NpmOption = { type: 'boolean' }
const TEXT: NpmOption = { type: 'string' }

/** What people use with `npm ci` and `npm install`. Flags may be typed with `no-` before their name. */
export const NPM_OPTIONS: Readonly<Record<string, NpmOption>> = {
  'allow-directory': TEXT,
  'allow-file': TEXT,
  'allow-git': TEXT,
  'allow-remote': TEXT,
  'allow-scripts': TEXT,
  audit: FLAG,
  before: TEXT,
  'bin-links': FLAG,
  cpu: TEXT,
  'dangerously-allow-all-scripts': FLAG,
  'dry-run': FLAG,
  'engine-strict': FLAG,
  'foreground-scripts': FLAG,
  force: { type: 'boolean', short: 'f' },
  fund: FLAG,
  global: { type: 'boolean', short: 'g' },
  'global-style': FLAG,
  'ignore-scripts': FLAG,
  include: TEXT,
  'include-workspace-root': FLAG,
  'install-links': FLAG,
  'install-strategy': TEXT,
  'legacy-bundling': FLAG,
  'legacy-peer-deps': FLAG,
  libc: TEXT,
  location: TEXT,
  loglevel: TEXT,
  'min-release-age': TEXT,
  'min-release-age-exclude': TEXT,
  omit: TEXT,
  only: TEXT,
  optional: FLAG,
  os: TEXT,
  'prefer-dedupe': FLAG,
  'prefer-offline': FLAG,
  'prefer-online': FLAG,
  prefix: { type: 'string', short: 'C' },
  production: FLAG,
  progress: FLAG,
  save: { type: 'boolean', short: 'S' },
  'save-bundle': { type: 'boolean', short: 'B' },
  'save-dev': { type: 'boolean', short: 'D' },
  'save-exact': { type: 'boolean', short: 'E' },
  'save-optional': { type: 'boolean', short: 'O' },
  'save-peer': FLAG,
  'save-prefix': TEXT,
  'save-prod': { type: 'boolean', short: 'P' },
  'script-shell': TEXT,
  'strict-allow-scripts': FLAG,
  'strict-peer-deps': FLAG,
  tag: TEXT,
  workspace: { type: 'string', short: 'w' },
  workspaces: FLAG,
}

/** Those of {@link NPM_OPTIONS} that change package.json or what is asked for: `npm ci` has no use for them. */
export const SAVING: ReadonlySet<string> = new Set([
  'before',
  'min-release-age',
  'min-release-age-exclude',
  'prefer-dedupe',
  'save',
  'save-bundle',
  'save-dev',
  'save-exact',
  'save-optional',
  'save-peer',
  'save-prefix',
  'save-prod',
  'tag',
])

/** An option of npm's by the name that was typed, with or without `no-`; null where npm has none that is of use here. */
export function npmOption(typed: string): { readonly name: string; readonly spec: NpmOption } | null {
  const name = typed.startsWith('no-') ? typed.slice('no-'.length) : typed
  if (!Object.hasOwn(NPM_OPTIONS, name)) return null
  const spec = NPM_OPTIONS[name]
  return spec === undefined || (name !== typed && spec.type !== 'boolean') ? null : { name, spec }
}
