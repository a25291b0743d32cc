// SPDX-License-Identifier: Apache-2.0
// A project in a folder of its own beside a sandbox registry: what tests of the engine and of the command line start from.
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSandbox } from '@bonafide/sandbox'
import type { ProvenanceSpec, Published, Release, Sandbox } from '@bonafide/sandbox'
import { main } from 'bonafide'
import { keepOutput } from '../redaction/channels.ts'
import { pathWithGit } from './git.ts'

/** What a run of `main` printed, and its exit code. */
export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** What a person types when asked; a function does something else first. */
export type Answer = string | (() => Promise<string>)

/** One package of a lockfile: its fields as npm writes them. */
export type LockFields = Readonly<Record<string, unknown>>

/** A project, the registry that it installs from, and a home folder that nobody configured. */
export interface World {
  readonly sandbox: Sandbox
  /** Holds `project`, `home` and `trust`. */
  readonly root: string
  readonly project: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** `--registry`, `--trusted-root` and `--registry-keys`, which point at the sandbox. */
  readonly trust: readonly string[]
  /** Publishes with provenance of the package's own repository, unless told otherwise. */
  release(name: string, version: string, more?: Partial<Release>): Promise<Published>
  /** Writes `package.json` and `package-lock.json`, in which the project itself asks for each of the versions. */
  lock(versions: readonly (Published | Locked)[], more?: LockMore): Promise<void>
  /** Changes the lockfile's text, as a pull request would. */
  editLock(edit: (text: string) => string): Promise<void>
  write(name: string, text: string): Promise<void>
  read(name: string): Promise<string>
  /** Runs `main` in the project; where there are answers, somebody is there to be asked, and turns away after them. */
  run(
    words: readonly string[],
    env?: Readonly<Record<string, string | undefined>>,
    answers?: readonly Answer[],
  ): Promise<Ran>
  /** Every file of the project with its bytes and times: equal before and after where nothing was written. */
  snapshot(): Promise<readonly string[]>
  close(): Promise<void>
}

/** A version as it stands in the lockfile, where that is not what was published. */
export interface Locked {
  readonly name: string
  readonly version: string
  readonly fields: LockFields
}

/** What else is in the lockfile. */
export interface LockMore {
  /** Dependencies of the project by name, beside those on the versions. */
  readonly dependencies?: Readonly<Record<string, string>>
  /** Entries by their place in the tree. */
  readonly packages?: Readonly<Record<string, LockFields>>
  /** Further fields of `package.json`. */
  readonly manifest?: Readonly<Record<string, unknown>>
}

/** Sets up a world. The same seed and steps give the same documents; only ports and the folder differ. */
export async function startWorld(seed = 'world'): Promise<World> {
  const root = await mkdtemp(join(tmpdir(), 'bonafide-test-'))
  const sandbox = await startSandbox({ seed })
  const project = join(root, 'project')
  for (const folder of ['project', 'home', 'trust']) await mkdir(join(root, folder))
  await writeFile(join(root, 'trust', 'trusted_root.json'), sandbox.trustedRoot())
  await writeFile(join(root, 'trust', 'keys.json'), sandbox.registryKeys('tuf'))
  // A PATH with git alone: no npm is found, and so no global configuration of this machine.
  const env = { HOME: join(root, 'home'), XDG_CACHE_HOME: join(root, 'cache'), PATH: await pathWithGit(root) }
  const write = (name: string, text: string): Promise<void> => writeFile(join(project, name), text)
  const read = (name: string): Promise<string> => readFile(join(project, name), 'utf8')
  return {
    sandbox,
    root,
    project,
    env,
    trust: [
      '--registry',
      sandbox.registryUrl,
      '--trusted-root',
      join(root, 'trust', 'trusted_root.json'),
      '--registry-keys',
      join(root, 'trust', 'keys.json'),
    ],
    release: (name, version, more = {}) =>
      sandbox.publish({ name, version, provenance: builtBy(repositoryOf(name)), ...more }),
    async lock(versions, { dependencies = {}, packages = {}, manifest = {} } = {}) {
      const asked = { ...Object.fromEntries(versions.map(({ name, version }) => [name, version])), ...dependencies }
      const about = { name: 'shop', version: '1.0.0' }
      const entries = versions.map(
        (item) => [`node_modules/${item.name}`, fieldsOf(item, sandbox.registryUrl)] as const,
      )
      const root_ = { ...about, ...manifest, ...(Object.keys(asked).length === 0 ? {} : { dependencies: asked }) }
      const document = {
        ...about,
        lockfileVersion: 3,
        requires: true,
        packages: { '': root_, ...Object.fromEntries(entries), ...packages },
      }
      await write('package.json', `${JSON.stringify(root_, null, 2)}\n`)
      await write('package-lock.json', `${JSON.stringify(document, null, 2)}\n`)
    },
    async editLock(edit) {
      const text = await read('package-lock.json')
      const edited = edit(text)
      // An edit that changes nothing would make a test that cannot fail.
      if (edited === text) throw new Error('the edit changed nothing')
      await write('package-lock.json', edited)
    },
    write,
    read,
    run: (words, more = {}, answers = []) => runMain(words, project, { ...env, ...more }, answers),
    snapshot: () => snapshot(project),
    async close() {
      await sandbox.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

/** Runs `main` in this process and keeps what it prints. */
export async function runMain(
  words: readonly string[],
  cwd: string,
  env: World['env'],
  answers: readonly Answer[] = [],
): Promise<Ran> {
  let [stdout, stderr] = ['', '']
  const left = [...answers]
  const ask = async (question: string): Promise<string | null> => {
    const next = left.shift() ?? null
    const answer = typeof next === 'function' ? await next() : next
    keepOutput(question)
    stderr += `${question}${answer ?? ''}\n`
    return answer
  }
  const terminal = {
    out: (text: string) => {
      keepOutput(text)
      stdout += text
    },
    err: (text: string) => {
      keepOutput(text)
      stderr += text
    },
    color: false,
    live: false,
    ...(answers.length === 0 ? {} : { ask }),
  }
  const status = await main({ argv: words, env, cwd, terminal })
  return { status, stdout, stderr }
}

/** The lockfile's fields of a version, as npm writes them. */
export function fieldsOf(item: Published | Locked, registryUrl: string): LockFields {
  if ('fields' in item) return item.fields
  const { name, version, integrity } = item
  return { version, resolved: tarballUrl(registryUrl, name, version), integrity }
}

/** Where the registry keeps a version. */
export function tarballUrl(registryUrl: string, name: string, version: string): string {
  return `${registryUrl}${name}/-/${name.slice(name.indexOf('/') + 1)}-${version}.tgz`
}

/** The job of a repository's release workflow, with ids of its own. */
export function builtBy(repository: string): ProvenanceSpec {
  return { repository }
}

/** The repository that a package of these tests is built in. */
export function repositoryOf(name: string): string {
  const plain = name.replace(/^@/u, '')
  return plain.includes('/') ? plain : `${plain}/${plain}`
}

async function snapshot(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true })
  return Promise.all(
    names.sort().map(async (name) => {
      const { mtimeMs, size, mode } = await stat(join(folder, name))
      const text = await readFile(join(folder, name), 'base64').catch(() => 'a folder')
      return `${name} ${mtimeMs} ${size} ${mode} ${text}`
    }),
  )
}
