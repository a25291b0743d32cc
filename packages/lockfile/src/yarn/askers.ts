// SPDX-License-Identifier: Apache-2.0
import type { AskingPackage } from '../asking-package.ts'
import { nameUsers } from '../name-users.ts'
import type { Dependency, LockedEntry } from './locked-entry.ts'
import type { YarnManifests } from './yarn-manifests.ts'

/** Somebody who asks for a key of the lockfile. */
export interface Asker {
  /** The project itself: its root, a workspace, or a local folder or tarball that one of them asks for. */
  readonly isProject: boolean
  readonly label: string
  /** The dependency as it is written, `name@range`. */
  readonly spec: string
  /** The package that asks; null for the project. */
  readonly from: Pick<AskingPackage, 'name' | 'version' | 'isPublished'> | null
}

/** From where something is asked for. */
export interface AskingPlace {
  /** As the lockfile calls it; null where it has no name for it. */
  readonly locator: string | null
  /** The folder within the project; null for packages. */
  readonly folder: string | null
}

/** How one Yarn spells things. */
export interface Dialect {
  /** Under which keys a dependency may stand in the lockfile, by who asks for it. */
  keysOf(dependency: Dependency, by: AskingPlace): readonly string[]
  /** The folder of an entry that is the project's own: a workspace, or a folder that is linked to or packed; null for all others. */
  folderOf(entry: LockedEntry): string | null
  /** How the lockfile calls the project's root. */
  readonly root: string | null
}

/** Who asks for which key. Yarn uses an entry for exactly the keys that it stands under, so this is all that leads anywhere. */
export class Askers {
  readonly #byKey = new Map<string, Asker[]>()
  readonly #entries = new Map<string, LockedEntry>()
  readonly #dialect: Dialect
  #users: ((name: string) => ReadonlySet<string>) | null = null

  constructor(entries: readonly LockedEntry[], manifests: YarnManifests, dialect: Dialect) {
    this.#dialect = dialect
    for (const entry of entries) for (const { text } of entry.asked) this.#entries.set(text, entry)
    const own = new Set<LockedEntry>()
    const queue: LockedEntry[] = []
    const take = (entry: LockedEntry): void => {
      if (own.has(entry)) return
      own.add(entry)
      queue.push(entry)
    }
    for (const entry of entries) if (entry.held.kind === 'workspace') take(entry)
    const folders = new Set(entries.map((entry) => dialect.folderOf(entry)))
    for (const [folder, manifest] of manifests) {
      // What a folder asks for that the lockfile names counts below, once it is known that the project asks for the folder.
      if (folders.has(folder)) continue
      const label = folder === '' ? 'the project' : folder
      const locator = folder === '' ? dialect.root : null
      for (const reached of this.#add(manifest.dependencies, label, { locator, folder }, true)) take(reached)
    }
    const resolutions = manifests.get('')?.resolutions ?? []
    for (const reached of this.#add(resolutions, 'resolutions', { locator: dialect.root, folder: '' }, true))
      take(reached)
    for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
      const folder = dialect.folderOf(entry)
      // The folder's own package.json outranks the copy of it in the lockfile, which whoever edits the lockfile edits too.
      const manifest = folder === null ? undefined : manifests.get(folder)
      const dependencies = manifest?.dependencies ?? entry.dependencies
      for (const reached of this.#add(dependencies, labelOf(entry), { locator: entry.locator, folder }, true))
        take(reached)
    }
    for (const entry of entries) {
      if (!own.has(entry))
        this.#add(entry.dependencies, labelOf(entry), { locator: entry.locator, folder: null }, false, fromOf(entry))
    }
  }

  /** The packages that ask for something by a name, wherever they stand. */
  usersOf(name: string): ReadonlySet<string> {
    this.#users ??= nameUsers(
      [...new Set(this.#entries.values())].map((entry) => ({
        name: entry.name,
        version: entry.version ?? '',
        uses: entry.dependencies.map((dependency) => dependency.name),
      })),
    )
    return this.#users(name)
  }

  of(key: string): readonly Asker[] {
    return this.#byKey.get(key) ?? []
  }

  /** The entry under a key. */
  entry(key: string): LockedEntry | undefined {
    return this.#entries.get(key)
  }

  /** Notes who asks, and gives back what of it is local: a folder or tarball of the project. */
  #add(
    dependencies: readonly Dependency[],
    label: string,
    by: AskingPlace,
    isProject: boolean,
    from: Asker['from'] = null,
  ): LockedEntry[] {
    const local: LockedEntry[] = []
    for (const dependency of dependencies) {
      const asker = { isProject, label, spec: `${dependency.name}@${dependency.range}`, from }
      for (const key of this.#dialect.keysOf(dependency, by)) {
        const entry = this.#entries.get(key)
        if (entry === undefined) continue
        const known = this.#byKey.get(key)
        if (known === undefined) this.#byKey.set(key, [asker])
        else known.push(asker)
        if (entry.held.kind === 'file' || entry.held.kind === 'link') local.push(entry)
      }
    }
    return local
  }
}

// A patch changes files, and what is asked for stays what the registry's package asks for.
function fromOf({ held, name, version }: LockedEntry): Asker['from'] {
  return { name, version: version ?? '', isPublished: held.kind === 'registry' || held.kind === 'patch' }
}

function labelOf({ asked, name }: LockedEntry): string {
  return asked[0]?.text ?? name
}
