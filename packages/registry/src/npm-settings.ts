// SPDX-License-Identifier: Apache-2.0
/** Something in a configuration file that was set aside, so that the command line can say so. Never holds a value. */
export interface IgnoredSetting {
  readonly key: string
  /** The file, or `environment`. */
  readonly source: string
  readonly reason: 'project-may-not-set' | 'variable-not-expanded' | 'malformed'
}

/** The `authorization` header for a URL; null where no configured credential covers it. */
export type Authorize = (url: URL) => string | null

/** How to connect to an origin. May hold secrets: a proxy's password, a client key. */
export interface Connection {
  readonly rejectUnauthorized: boolean
  readonly ca?: readonly string[] | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly localAddress?: string | undefined
  readonly proxy?: string | undefined
  readonly noProxy?: string | undefined
}

/** What npm's configuration says about registries and connections. Secrets live inside the two functions and cannot be printed. */
export interface NpmSettings {
  /** npm's `registry`. */
  readonly registry: string
  /** `@scope` to registry. */
  readonly scopes: ReadonlyMap<string, string>
  /** The keys among `registry` and `@scope:registry` whose value in force comes from the project's own `.npmrc`. */
  readonly fromProject: ReadonlySet<string>
  readonly ignored: readonly IgnoredSetting[]
  readonly authorize: Authorize
  /** Proxy, certificates and addresses for a connection to a URL. */
  readonly connectionTo: (url: URL) => Connection
  /** From `fetch-retries` and its kin; undefined where nobody set them. */
  readonly retries?: number | undefined
  readonly minDelay?: number | undefined
  readonly maxDelay?: number | undefined
  readonly attemptDeadline?: number | undefined
  readonly maxSockets?: number | undefined
}

/** Where npm's configuration is looked for; nothing is taken from the process itself. */
export interface NpmSettingsSource {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Overrides `HOME` of the environment. */
  readonly homeDir?: string
  /** npm's own options, such as `['--registry=https://…']`. */
  readonly argv?: readonly string[]
}
