// SPDX-License-Identifier: Apache-2.0

/**
 * How much of a file decides what a package manager runs and where it installs from: `whole`, or the settings of its format.
 */
export type InstallerFormat =
  | 'whole'
  | 'npmrc'
  | 'yarnrc'
  | 'yarnrc.yml'
  | 'pnpm-workspace'
  | 'bunfig'
  | 'dotenv'
  | 'manifest'

// Each is read from the folder of the project, and by Yarn and pnpm from those above it.
const NAMES: ReadonlyMap<string, InstallerFormat> = new Map([
  ['.npmrc', 'npmrc'],
  ['.yarnrc', 'yarnrc'],
  ['.yarnrc.yml', 'yarnrc.yml'],
  ['pnpm-workspace.yaml', 'pnpm-workspace'],
  ['bunfig.toml', 'bunfig'],
  ['.bunfig.toml', 'bunfig'],
  ['package.json', 'manifest'],
  // Run by pnpm as it resolves.
  ['.pnpmfile.cjs', 'whole'],
  ['.pnpmfile.mjs', 'whole'],
  ['pnpmfile.js', 'whole'],
  // Where Corepack takes the package manager from, and whether it checks it.
  ['.corepack.env', 'whole'],
  // Bun reads these before it installs, and takes its registry from them.
  ...[
    '.env',
    '.env.local',
    ...['development', 'production', 'test'].flatMap((mode) => [`.env.${mode}`, `.env.${mode}.local`]),
  ].map((name) => [name, 'dotenv'] as const),
])

/** Folders whose files Yarn runs, all of them. */
export const INSTALLER_FOLDERS = ['.yarn/releases', '.yarn/plugins'] as const

/** Files at the top of a repository that say what its CI does; a folder stands for the YAML files below it. */
export const CI_PLACES = [
  '.github/workflows',
  '.github/actions',
  'action.yml',
  'action.yaml',
  '.gitlab-ci.yml',
  '.circleci/config.yml',
  'azure-pipelines.yml',
  'bitbucket-pipelines.yml',
  '.buildkite/pipeline.yml',
  'Jenkinsfile',
] as const

/** What a name in a project's folder means to a package manager; null where it means nothing. */
export function installerFormat(name: string): InstallerFormat | null {
  const plain = folded(name)
  const known = NAMES.get(plain)
  if (known !== undefined) return known
  // npm 12 runs it as it plans, whatever it ends in.
  return plain.startsWith('.npm-extension') ? 'whole' : null
}

// Another spelling is the same file on macOS and Windows: case, a dot at the end, characters without a width.
function folded(name: string): string {
  return name
    .normalize('NFC')
    .replaceAll(/\p{Cf}/gu, '')
    .replace(/[. ]+$/u, '')
    .toLowerCase()
}
