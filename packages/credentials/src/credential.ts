// SPDX-License-Identifier: Apache-2.0
import type { Place, Secret } from '@bonafide/core'

/** A program that publishes and has its own way of finding credentials. */
export type PublishClient = 'npm' | 'pnpm' | 'yarn' | 'yarn-classic' | 'bun'

/** Whose file or setting it is: what comes first in this list wins in npm. */
export type Layer =
  | 'option'
  | 'environment'
  | 'project'
  | 'user'
  | 'global'
  | 'builtin'
  | 'package.json'
  | 'yarnrc'
  | 'bunfig'
  | 'pnpm'

/** In what form a credential stands there. */
export type CredentialForm =
  /** `_authToken` and its likes in other clients: sent as a bearer token. */
  | 'token'
  /** `_auth`: base64 of `user:password`. */
  | 'basic'
  /** `username` with `_password`. */
  | 'password'
  /** `certfile` with `keyfile`, or `cert` with `key`. */
  | 'certificate'
  /** A program that is asked for a token, such as pnpm's `tokenHelper`. Never run by us. */
  | 'helper'
  /** A variable that holds something shaped like a token, which a script or another tool could read. */
  | 'variable'

/** One credential that a publish from here could use, as found; nothing is judged yet. */
export interface Credential {
  readonly form: CredentialForm
  readonly layer: Layer
  /** Where it stands: the file with its line, or the variable. */
  readonly place: Place
  /** The key as it is written there, such as `//registry.example/:_authToken`; holds no secret. */
  readonly key: string
  /**
   * The registry that it goes to, as npm's keys write it: `//host/path/`; null where the place does not say. What covers the registry that
   * is published to, or a package in it, has that very registry.
   */
  readonly registry: string | null
  /**
   * As it is sent: a token, base64 of `user:password` (`basic`), or the password itself, decoded (`password`). Null where there is none to
   * be had without running or reading something: a helper, a certificate's key file.
   */
  readonly secret: Secret | null
  /** The variable that the place names and that is not set, so that the text itself would be sent, or nothing. */
  readonly unexpanded: string | null
  /** The clients that read this place at all. */
  readonly readers: readonly PublishClient[]
  /**
   * The clients that would send this one, and no other, with a publish of the package that was asked about; a certificate may go along with
   * another credential. That nobody would send one today makes it no safer: who takes away the one before it has it sent.
   */
  readonly sentBy: readonly PublishClient[]
}

/** What a publish from a folder could use. */
export interface FoundCredentials {
  /** The package, as its `package.json` says; null where nothing names one. */
  readonly package: string | null
  /** The registry that npm would publish it to, with a slash at the end. */
  readonly registry: string
  /** The same for each client: their settings differ, and so may the registry. */
  readonly registries?: Readonly<Record<PublishClient, string | null>>
  readonly credentials: readonly Credential[]
}

/** Where credentials are looked for; nothing is taken from the process itself. */
export interface CredentialSource {
  /** The folder of the package that is to be published. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** npm's own options (the other clients' are not looked at), such as `['--registry=https://registry.example/']`. */
  readonly argv?: readonly string[]
  /** The package, where it is not the one that the folder's `package.json` names: a tarball is published from anywhere. */
  readonly package?: string
}
