// SPDX-License-Identifier: Apache-2.0
import { crc32 } from 'node:zlib'
import { checksumOf, npmTokenShape } from './npm-token.ts'
import { isCodeArtifactToken, isJwt } from './token-claims.ts'

/** What a credential can be, by the shape that its maker documents. The list is closed. */
export const TOKEN_KINDS = [
  /** Of the public registry: granular, session and exchanged tokens look alike. */
  'npm',
  /** Looks like one of the public registry, and is none. */
  'npm-wrong-checksum',
  /** The public registry's tokens of old, and those of others that copied the form. */
  'uuid',
  /** A signed token that says when it ends: JFrog's, Verdaccio's and Microsoft Entra's access tokens, the identity tokens of CI systems. */
  'jwt',
  'github',
  'gitlab',
  /** Good while a job of GitLab's runs. */
  'gitlab-job',
  'codeartifact',
  'jfrog-reference',
  'jfrog-api-key',
  'azure',
  'google',
  'nexus',
  'buildkite',
  /** What setup-node wrote before its seventh version, so that npm does not stop at a variable that is not set. */
  'setup-node-dummy',
  /** A variable that nobody set: npm would send the text itself. */
  'unexpanded',
  /** Reserved for the tokens of our own broker. */
  'phantom',
  /** A user's name and password. */
  'basic',
  'unknown',
] as const

/** A kind of {@link TOKEN_KINDS}. */
export type TokenKind = (typeof TOKEN_KINDS)[number]

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu

// https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/: 30 characters and the checksum of these, as npm has it.
const GITHUB = /^gh[oprsu]_(?<random>[0-9A-Za-z]{30})(?<checksum>[0-9A-Za-z]{6})$/u
// https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens: what its checksum is
// made of is not told.
const GITHUB_FINE_GRAINED = /^github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}$/u
// https://github.blog/changelog/2026-05-15-github-app-installation-tokens-per-request-override-header/: `ghs_APPID_JWT`.
const GITHUB_STATELESS = /^ghs_\d{1,20}_(?<jwt>.+)$/u

// https://docs.gitlab.com/security/tokens/#token-prefixes, and https://docs.gitlab.com/ci/jobs/ci_job_token/ for the last two.
const GITLAB = /^gl(?:pat|dt)-[0-9A-Za-z_-]{20}$/u
const GITLAB_JOB = /^glcbt-[0-9A-Za-z]{1,5}_[0-9A-Za-z_-]{20}$/u
const GITLAB_JOB_PREFIX = 'glcbt-'
// https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/: payload, the version since there is
// one, the payload's length in base 36, and the CRC-32 of all before it.
const GITLAB_ROUTABLE =
  /^(?<body>gl(?:pat|dt)-(?<payload>[0-9A-Za-z_-]{27,300})(?:\.01)?\.(?<length>[0-9a-z]{2}))(?<checksum>[0-9a-z]{7})$/u

// https://jfrog.com/help/r/jfrog-platform-administration-documentation/understanding-identity-tokens
const JFROG_REFERENCE = /^cmVmd[0-9A-Za-z]{59}$/u
// https://jfrog.com/help/r/platform-api-key-deprecation-and-the-new-reference-tokens: no longer made. The form is what scanners go by.
const JFROG_API_KEY = /^AKCp[0-9A-Za-z]{69}$/u

// https://learn.microsoft.com/en-us/purview/sit-defn-azure-devops-personal-access-token, and 52 characters of base 32 before 2024.
const AZURE = /^(?:[0-9A-Za-z]{76}AZDO[0-9A-Za-z]{4}|[a-z2-7]{52})$/u

// https://developers.google.com/identity/protocols/oauth2#size: opaque, 2048 bytes at most.
const GOOGLE = /^ya29\.[0-9A-Za-z_.-]{31,2042}[0-9A-Za-z_-]$/u

// The bearer tokens of its npm realm, as `npm login` leaves them in files; its manual does not tell the form.
const NEXUS = /^NpmToken\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u

// https://buildkite.com/docs/platform/security/tokens: the prefix is documented, the length is not.
const BUILDKITE = /^bkua_[0-9A-Za-z]{40,128}$/u

// https://github.com/actions/setup-node/issues/1558
const SETUP_NODE_DUMMY = 'XXXXX-XXXXX-XXXXX-XXXXX'

// As npm writes it, with `?` for "nothing where it is not set".
const UNEXPANDED = /^\$\{[^${}]+\}$/u

/** How the tokens of our own broker begin. */
export const PHANTOM_PREFIX = 'bonafide_phantom_'
const PHANTOM = /^bonafide_phantom_[0-9A-Za-z_-]{16,512}$/u

/**
 * Tells what a credential is by its shape. Nobody is asked, and nothing is believed that it says: a kind names what may be asked next.
 * `basic` is no shape of a token: it is told by the key, see {@link classifyPassword}. Nor have Cloudsmith's keys and Verdaccio's older
 * tokens one.
 */
export function classifyToken(text: string): TokenKind {
  const npm = npmTokenShape(text)
  if (npm !== 'none') return npm === 'valid' ? 'npm' : 'npm-wrong-checksum'
  return SHAPES.find(([, isOfKind]) => isOfKind(text))?.[0] ?? 'unknown'
}

/** Tells what stands in the place of a password: a token of the kinds that are used as one, or a password. */
export function classifyPassword(text: string): TokenKind {
  const kind = classifyToken(text)
  return kind === 'unknown' ? 'basic' : kind
}

// No text has two of these shapes.
const SHAPES: readonly (readonly [TokenKind, (text: string) => boolean])[] = [
  ['setup-node-dummy', (text) => text === SETUP_NODE_DUMMY],
  ['unexpanded', (text) => UNEXPANDED.test(text)],
  ['phantom', (text) => PHANTOM.test(text)],
  ['uuid', (text) => UUID.test(text)],
  ['github', isGithubToken],
  ['gitlab', (text) => GITLAB.test(text) || isRoutableGitlabToken(text)],
  ['gitlab-job', isGitlabJobToken],
  ['jfrog-reference', (text) => JFROG_REFERENCE.test(text)],
  ['jfrog-api-key', (text) => JFROG_API_KEY.test(text)],
  ['azure', (text) => AZURE.test(text)],
  ['google', (text) => GOOGLE.test(text)],
  ['nexus', (text) => NEXUS.test(text)],
  ['buildkite', (text) => BUILDKITE.test(text)],
  ['codeartifact', isCodeArtifactToken],
  ['jwt', isJwt],
]

function isGithubToken(text: string): boolean {
  if (GITHUB_FINE_GRAINED.test(text)) return true
  const { random, checksum } = GITHUB.exec(text)?.groups ?? {}
  if (random !== undefined) return checksumOf(random, 6) === checksum
  const jwt = GITHUB_STATELESS.exec(text)?.groups?.['jwt']
  return jwt !== undefined && isJwt(jwt)
}

function isGitlabJobToken(text: string): boolean {
  return GITLAB_JOB.test(text) || (text.startsWith(GITLAB_JOB_PREFIX) && isJwt(text.slice(GITLAB_JOB_PREFIX.length)))
}

function isRoutableGitlabToken(text: string): boolean {
  const { body, payload, length, checksum } = GITLAB_ROUTABLE.exec(text)?.groups ?? {}
  if (body === undefined || payload === undefined || length === undefined) return false
  return Number.parseInt(length, 36) === payload.length && crc32(body).toString(36).padStart(7, '0') === checksum
}
