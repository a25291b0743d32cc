// SPDX-License-Identifier: Apache-2.0
import type { JsonObject } from '@bonafide/core'
import { scriptOf } from './package-files.ts'
import type { PackageFile } from './package-files.ts'
import type { RepositoryFiles } from './pipeline.ts'
import { shellWord } from './shell-word.ts'

/** How a project's manager installs, builds and packs it, a line of a shell each. */
export interface BuildCommands {
  readonly setUp: readonly string[]
  readonly install: string
  /** The scripts of the project that stand between installing and packing. */
  readonly scripts: readonly string[]
  /** Puts the tarball of each package into the folder that the variable `RELEASE` names, outside of the project. */
  readonly pack: readonly string[]
}

type Manager = 'npm' | 'pnpm' | 'yarn' | 'yarn-classic' | 'bun'

/** The commands for the project whose root and packages these are. Names of packages have been checked by whoever calls. */
export function buildCommands(
  root: JsonObject,
  packages: readonly PackageFile[],
  files: RepositoryFiles,
): BuildCommands {
  const manager = managerOf(root, files)
  const members = packages.filter(({ folder }) => folder !== '')
  const isRootPacked = packages.some(({ folder }) => folder === '')
  const run = manager === 'npm' ? 'npm run' : manager === 'yarn-classic' ? 'yarn run' : `${manager} run`
  const scripts = ['build', 'test'].filter((name) => hasScript(root, name)).map((name) => `${run} ${name}`)
  const pack = [...(isRootPacked ? [PACK[manager](null)] : []), ...members.map((one) => PACK[manager](one))]
  return {
    setUp: setUpOf(manager, root),
    install: installOf(manager, files),
    scripts,
    pack: [...unguarded(packages, manager), ...pack],
  }
}

// What `npm init` writes in the place of tests tests nothing and fails.
function hasScript(root: JsonObject, name: string): boolean {
  const text = scriptOf(root, name)
  return text !== null && !text.includes('no test specified')
}

function managerOf({ packageManager }: JsonObject, files: RepositoryFiles): Manager {
  const [, name, version = ''] = /^(npm|pnpm|yarn|bun)@(.*)$/u.exec(textOf(packageManager)) ?? []
  if (name === 'yarn') return /^[01]\./u.test(version) ? 'yarn-classic' : 'yarn'
  if (name === 'npm' || name === 'pnpm' || name === 'bun') return name
  if (files.read('pnpm-lock.yaml') !== null) return 'pnpm'
  if (files.read('bun.lock') !== null) return 'bun'
  if (files.read('yarn.lock') !== null) return files.read('.yarnrc.yml') === null ? 'yarn-classic' : 'yarn'
  return 'npm'
}

function setUpOf(manager: Manager, { packageManager }: JsonObject): readonly string[] {
  if (manager === 'npm') return []
  if (manager !== 'bun') return ['corepack enable']
  const version = /^bun@(\d+\.\d+\.\d+)$/u.exec(textOf(packageManager))?.[1]
  return [`npm install --global ${version === undefined ? 'bun' : `bun@${version}`}`]
}

function installOf(manager: Manager, files: RepositoryFiles): string {
  switch (manager) {
    case 'npm':
      return ['package-lock.json', 'npm-shrinkwrap.json'].some((name) => files.read(name) !== null)
        ? 'npm ci'
        : 'npm install'
    case 'pnpm':
    case 'bun':
    case 'yarn-classic':
      return `${manager === 'yarn-classic' ? 'yarn' : manager} install --frozen-lockfile`
    case 'yarn':
      return 'yarn install --immutable'
    default:
      throw new TypeError(`no such manager: ${JSON.stringify(manager satisfies never)}`)
  }
}

// Each into the same folder at the top, from wherever the package lies.
const PACK: Readonly<Record<Manager, (workspace: PackageFile | null) => string>> = {
  npm: (one) => `npm pack --pack-destination "$RELEASE"${one === null ? '' : ` --workspace ${one.name}`}`,
  pnpm: (one) => `pnpm ${one === null ? '' : `--filter ${one.name} `}pack --pack-destination "$RELEASE"`,
  yarn: (one) => `yarn ${one === null ? '' : `workspace ${one.name} `}pack --out "$RELEASE/%s-%v.tgz"`,
  'yarn-classic': (one) =>
    `yarn ${one === null ? '' : `workspace ${one.name} `}pack --filename "$RELEASE/${fileOf(one)}.tgz"`,
  bun: (one) =>
    one === null
      ? 'bun pm pack --destination "$RELEASE"'
      : `(cd ${shellWord(one.folder)} && bun pm pack --destination "$RELEASE")`,
}

function fileOf(one: PackageFile | null): string {
  return one === null ? 'packed' : one.name.replace(/^@/u, '').replace('/', '-')
}

// Yarn knows no script that runs for a publish alone, so that its guard stands in `prepack`: the job that only packs has nothing to guard. The
// text of the script itself is put into no line of the job.
function unguarded(packages: readonly PackageFile[], manager: Manager): readonly string[] {
  if (manager !== 'yarn') return []
  const files = packages.map(({ path }) => shellWord(path)).join(' ')
  return [`node -e '${STRIP}' ${files} # the guard is for whoever publishes`]
}

const STRIP =
  'for (const file of process.argv.slice(1)) fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(/"(?:npx |yarn )?bonafide guard(?: && )?/u, String.fromCharCode(34)))'

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
