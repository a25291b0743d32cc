// SPDX-License-Identifier: Apache-2.0
import { BonafideError, publishVerdict, Secret } from '@bonafide/core'
import { fetchTrustedPublishers, parseRegistryUrl } from '@bonafide/registry'
import type { NpmSettings } from '@bonafide/registry'
import { openRepository, readOwnFiles } from '@bonafide/verify'
import { registryFor } from '../open-release.ts'
import { NO_PUBLISH_CONFIG, parsePublishConfig } from '../publish-config.ts'
import { parseRepository } from '../repository-url.ts'
import { checkCredentialsHere } from './credentials-here.ts'
import { checkTrust } from './check-trust.ts'
import { byDanger } from './doctor-finding.ts'
import type { DoctorFinding } from './doctor-finding.ts'
import { examineFiles, repositoryPath } from './examine-files.ts'
import type { ExaminedFiles } from './examine-files.ts'
import type { PackageFile } from './package-files.ts'
import type { RepositoryFiles } from './pipeline.ts'
import { filesBelow } from './repository-files.ts'

/** What is examined, and with what. */
export interface DoctorOptions {
  /** The folder that somebody stands in; the repository around it is examined as a whole. */
  readonly dir: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** npm's configuration, for the registries that are asked; null where nobody is to be asked. */
  readonly settings: NpmSettings | null
  /** The registry to ask in place of every other. */
  readonly registry?: string | undefined
  /** The one-time password of the account, which registries want before they say whom they trust. */
  readonly otp?: string | undefined
  readonly now: Date
}

/** A release that the files tell of. */
export interface ReleaseSeen {
  readonly file: string
  readonly line: number
  readonly job: string
  readonly command: string
}

/** A setting of a registry that no hook can replace, and that nobody but an owner on its website can see. */
export interface RegistrySetting {
  readonly package: string
  readonly setting: 'disallow-tokens'
  readonly state: 'not-readable'
  readonly command: string
}

/** What a repository's releases are open to. */
export interface DoctorReport {
  readonly verdict: 'satisfied' | 'refused' | 'undecided'
  /** The most dangerous first. */
  readonly findings: readonly DoctorFinding[]
  /** The packages that could be published from here. */
  readonly packages: readonly string[]
  readonly releases: readonly ReleaseSeen[]
  readonly settings: readonly RegistrySetting[]
  /** The files that were read for it. */
  readonly files: readonly string[]
}

/** A report, with what a repair starts from. */
export interface Examination {
  readonly report: DoctorReport
  readonly top: string
  readonly examined: ExaminedFiles
  readonly files: RepositoryFiles
  /** Whom git fetches from, as `https://host/owner/name`. */
  readonly remote: string | null
}

// A repository of more packages is asked about no further: each is a request.
const MOST_ASKED = 50

/**
 * Examines a repository as an attacker would: its CI files, its packages, whom the registry trusts, and what lies around here. Nothing is
 * changed, and no code of the repository runs.
 *
 * @throws BonafideError `BONAFIDE_USAGE` where there is nothing to examine; for a `bonafide.json` that cannot be used
 */
export async function examineRepository(options: DoctorOptions): Promise<Examination> {
  const { dir, cwd, env, settings } = options
  const repository = await openRepository(dir, env)
  const top = 'problem' in repository ? dir : repository.top
  const remote = 'problem' in repository ? null : await remoteOf(repository.git)
  const { policy } = await readOwnFiles({ cwd, dir: top })
  const files = filesBelow(top)
  const examined = examineFiles(files, { policy: policy.publish, remote })
  const trust = settings === null ? [] : await askRegistries(examined, settings, remote, options)
  const folders = examined.packages.slice(0, MOST_ASKED).map(({ folder }) => folder)
  const credentials =
    settings === null
      ? []
      : await checkCredentialsHere({
          top,
          env,
          now: options.now,
          policy: policy.publish,
          connectionTo: settings.connectionTo,
          folders: folders.length === 0 ? [''] : folders,
        })
  const findings = byDanger([...examined.findings, ...trust, ...credentials])
  const packages = examined.packages.map(({ name }) => name)
  const report: DoctorReport = {
    verdict: publishVerdict(findings),
    findings,
    packages,
    releases: releasesOf(examined),
    settings: packages.map((name) => ({
      package: name,
      setting: 'disallow-tokens',
      state: 'not-readable',
      command: `npm access set mfa=publish ${name}`,
    })),
    files: [...examined.pipelines.map(({ file }) => file), ...examined.packages.map(({ path }) => path)],
  }
  // The wrong folder: nothing was looked at, which must not read as nothing found.
  if (report.files.length === 0 && findings.length === 0 && files.read('package.json') === null)
    throw new BonafideError('BONAFIDE_USAGE', 'there is nothing to examine', {
      path: top,
      found: 'no package.json, and no file of a CI system',
      wanted: 'the repository of a package',
      hint: 'name its folder: bonafide doctor DIR',
    })
  return { report, top, examined, files, remote }
}

async function remoteOf(
  git: (words: readonly string[]) => Promise<{ readonly ok: boolean; readonly text?: string }>,
): Promise<string | null> {
  const answer = await git(['config', '--get', 'remote.origin.url'])
  return answer.ok ? parseRepository((answer.text ?? '').trim()) : null
}

function releasesOf({ plans }: ExaminedFiles): readonly ReleaseSeen[] {
  return plans.flatMap(({ job, publishes }) =>
    publishes.map(({ act, step }) => ({ file: step.file, line: act.line, job: job.name, command: act.what })),
  )
}

async function askRegistries(
  { packages, plans }: ExaminedFiles,
  settings: NpmSettings,
  remote: string | null,
  { otp, registry: chosen }: Pick<DoctorOptions, 'otp' | 'registry'>,
): Promise<readonly DoctorFinding[]> {
  const asked = packages.slice(0, MOST_ASKED).map(async (file) => {
    const { name } = file
    const registry = chosen ?? registryOf(file, settings)
    const token = bearerOf(settings.authorize(new URL(registry)))
    const answer = await fetchTrustedPublishers({ registry, name, token, otp, connectionTo: settings.connectionTo })
    return checkTrust({ name, answer, hasCredential: token !== null }, { plans, repository: repositoryPath(remote) })
  })
  return (await Promise.all(asked)).flat()
}

// What `package.json` names, and is none, says nothing here: `publish` refuses it.
function registryOf({ manifest, name }: PackageFile, settings: NpmSettings): string {
  const { config } = parsePublishConfig(name, manifest)
  const registry = config.registry === null ? null : parseRegistryUrl(config.registry)
  return registryFor({ registry }, { name, publishConfig: NO_PUBLISH_CONFIG }, settings)
}

function bearerOf(header: string | null): Secret | null {
  return header?.startsWith('Bearer ') === true ? new Secret(header.slice('Bearer '.length)) : null
}
