// SPDX-License-Identifier: Apache-2.0
import { ISSUERS } from './job.ts'
import type { JobSpec } from './job.ts'
import { moment } from './moment.ts'
import type { ProvenanceSpec, Publisher, Release } from './release.ts'
import type { ScenarioEvent } from './scenario-event.ts'

/** Texts by name: dependencies with their ranges, scripts, files. */
export type Texts = Readonly<Record<string, string>>

/** What is told of a version beyond its number and its time. */
export interface VersionTold {
  /** In what the job, or what it signs, differs from the package's usual one: its ref, its trigger, its runner. */
  readonly job?: Partial<ProvenanceSpec>
  /** Who sent it, where that is not the usual one: a name, or name and address. */
  readonly publisher?: string | Pick<Publisher, 'name' | 'email'>
  /** Who approved it, where it was staged. */
  readonly approvedBy?: string
  /** Dependencies beside the standing ones. */
  readonly adds?: Texts
  readonly addsOptional?: Texts
  readonly addsPeer?: Texts
  /** Scripts beside the standing ones. */
  readonly runs?: Texts
  /** Files of the tarball beside `index.js`. */
  readonly files?: Texts
  /** Further fields of `package.json`. */
  readonly manifest?: Readonly<Record<string, unknown>>
  /** What the registry's metadata says otherwise than the `package.json` in the tarball; undefined takes a field away. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** The dist-tag that moves; by default `latest`, null for none. */
  readonly distTag?: string | null
}

/** What is told of a version that no job of the package's sent. */
export interface TokenTold extends VersionTold {
  /** Sent with a token that was exchanged for a job's identity, and carried out of that job. */
  readonly exchanged?: boolean
}

type Way = { readonly job: JobSpec; readonly tokenOf: string | null } | { readonly by: Publisher }

/** What is told of one package: how it is published, and which versions there were. Each sentence holds for what is told after it. */
export class PackageStory {
  readonly name: string
  readonly #events: ScenarioEvent[] = []
  #way: Way = { by: person('sandbox') }
  #dependencies: Texts = {}
  #scripts: Texts = {}

  constructor(name: string) {
    this.name = name
  }

  get events(): readonly ScenarioEvent[] {
    return this.#events
  }

  /** From here on versions have provenance of this job, sent by a trusted publisher, or with the automation token that `tokenOf` holds. */
  builtBy(job: JobSpec, { tokenOf = null }: { readonly tokenOf?: string | null } = {}): this {
    this.#way = { job, tokenOf }
    return this
  }

  /** From here on versions are sent by a person, without provenance. */
  publishedBy(who: string | Pick<Publisher, 'name' | 'email'>): this {
    this.#way = { by: person(who) }
    return this
  }

  /** From here on versions have these dependencies. */
  dependsOn(dependencies: Texts): this {
    this.#dependencies = dependencies
    return this
  }

  /** From here on versions have these scripts. */
  runs(scripts: Texts): this {
    this.#scripts = scripts
    return this
  }

  /** A version, published the way that was told last. */
  version(version: string, at: string, told: VersionTold = {}): this {
    return this.#publish(version, at, told, this.#sent(told))
  }

  /** A version without provenance, sent with somebody's token, whatever the usual way is. */
  byToken(version: string, at: string, told: TokenTold = {}): this {
    const usual = 'by' in this.#way ? this.#way.by : person(this.#way.tokenOf ?? 'sandbox')
    const publisher = told.exchanged === true && 'job' in this.#way ? trustedPublisher(this.#way.job) : usual
    return this.#publish(version, at, told, { provenance: null, publisher: senderOf(publisher, told) })
  }

  /** The registry takes a version away. */
  unpublished(version: string, at: string): this {
    this.#events.push({ kind: 'unpublish', at: moment(at), name: this.name, version })
    return this
  }

  #sent(told: VersionTold): Pick<Release, 'provenance' | 'publisher'> {
    if ('by' in this.#way) return { provenance: null, publisher: senderOf(this.#way.by, told) }
    const { job, tokenOf } = this.#way
    const usual = tokenOf === null ? trustedPublisher(job) : person(tokenOf)
    return { provenance: { ...job, ...told.job }, publisher: senderOf(usual, told) }
  }

  #publish(version: string, at: string, told: VersionTold, sent: Pick<Release, 'provenance' | 'publisher'>): this {
    const scripts = { ...this.#scripts, ...told.runs }
    const { files = {} } = told
    const release: Release = {
      name: this.name,
      version,
      publishedAt: moment(at),
      manifest: {
        ...filled('scripts', scripts),
        ...filled('dependencies', { ...this.#dependencies, ...told.adds }),
        ...filled('optionalDependencies', told.addsOptional),
        ...filled('peerDependencies', told.addsPeer),
        ...told.manifest,
      },
      files,
      ...sent,
      ...(told.distTag === undefined ? {} : { tag: told.distTag }),
    }
    const metadata = { ...saidOfBuild(files, scripts), ...told.metadata }
    this.#events.push({ kind: 'publish', at: moment(at), release, metadata })
    return this
  }
}

// npm's client says so in the metadata where a `binding.gyp` would have it run node-gyp, and leaves package.json as it is.
function saidOfBuild(files: Texts, scripts: Texts): Readonly<Record<string, unknown>> {
  const runsAlready = 'install' in scripts || 'preinstall' in scripts
  if (!Object.keys(files).some((path) => /^[^/]+\.gyp$/u.test(path)) || runsAlready) return {}
  return { gypfile: true, scripts: { ...scripts, install: 'node-gyp rebuild' } }
}

function filled(field: string, texts: Texts | undefined): Readonly<Record<string, unknown>> {
  return texts === undefined || Object.keys(texts).length === 0 ? {} : { [field]: texts }
}

function senderOf(usual: Publisher, { publisher, approvedBy }: VersionTold): Publisher {
  const sender = publisher === undefined ? usual : person(publisher)
  return approvedBy === undefined ? sender : { ...sender, approver: person(approvedBy) }
}

function person(who: string | Pick<Publisher, 'name' | 'email'>): Pick<Publisher, 'name' | 'email'> {
  return typeof who === 'string' ? { name: who, email: `${who}@people.test` } : who
}

// As the registry names a CI system that it trusts for a package.
function trustedPublisher({ repository, issuer }: JobSpec): Publisher {
  const isGitlab = issuer === ISSUERS.gitlab
  return {
    name: isGitlab ? 'GitLab CI/CD' : 'GitHub Actions',
    email: `npm-oidc-no-reply@${isGitlab ? 'gitlab' : 'github'}.com`,
    trustedPublisher: { id: isGitlab ? 'gitlab' : 'github', oidcConfigId: `oidc:${repository}` },
  }
}
