// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nameAtVersion, parseIntegrity } from '@bonafide/core'
import type { NonEmpty } from '@bonafide/core'
import { groupEntries } from '@bonafide/lockfile'
import { isObserving } from '@bonafide/policy'
import { allowIncomplete, verifyProject } from '@bonafide/verify'
import type { OpenSources, Progress, Project, Report } from '@bonafide/verify'
import { clientEnvironment } from './client-environment.ts'
import { makeConfigHome } from './config-home.ts'
import type { Environment } from '@bonafide/credentials'
import type { ApprovedVersion, Gateway } from './gateway-options.ts'
import { startGateway } from './gateway.ts'
import { runChild } from './guarded-child.ts'
import type { ChildEnd } from './guarded-child.ts'
import { changedLocks, readLockTexts } from './lockfile-names.ts'
import { mendLockfiles } from './lock-mending.ts'
import { adoptStore } from './modules-record.ts'
import { fillOfflineMirror } from './offline-mirror.ts'
import { makeRunFolder } from './run-folder.ts'
import type { RunFolder } from './run-folder.ts'
import { runVerdict } from './run-report.ts'
import type { RunReport, UnaccountedVersion } from './run-report.ts'

/** A command that is to install, and what judges it. */
export interface GuardedRunOptions {
  readonly command: NonEmpty<string>
  readonly cwd: string
  readonly env: Environment
  /** Judges all of it, also what the command changes in its own files. */
  readonly project: Project
  /** Opened with `installs` and `tarballs`. */
  readonly sources: OpenSources
  /** Whether times were given and not the clock's. */
  readonly simulated: boolean
  /** Reads the lockfiles that the command leaves behind. */
  readonly readLockfiles: () => Promise<Project['lockfiles']>
  readonly onProgress?: Progress
  /** Called once, before the command is started. */
  readonly onVerified?: (report: Report) => void
}

const YARN_PLUGIN = fileURLToPath(new URL('../plugins/yarn-plugin.cjs', import.meta.url))

/**
 * Verifies what the lockfiles hold, and only then runs a command with a gateway for its registry; afterwards verifies what the lockfiles
 * hold now.
 *
 * The command's own word counts for nothing where something was refused: clients end well although a refused optional dependency is
 * missing.
 *
 * @throws BonafideError where the command cannot be started, or leaves a lockfile that cannot be read
 */
export async function runGuarded(options: GuardedRunOptions): Promise<RunReport> {
  const { project, sources, simulated, onProgress, onVerified } = options
  const observing = isObserving(project.policy, sources.now)
  const judging = { simulated, ...(onProgress === undefined ? {} : { onProgress }) }
  // Read first: what changes while others are verified was not verified.
  const texts = await readLockTexts(project.dir)
  // Also without a lockfile there may be something to say of what a change did to the files that judge.
  const isJudged = project.lockfiles.length > 0 || project.change !== undefined
  // What is missing the command chooses behind the gateway, and the lockfile that it leaves is judged.
  const before = isJudged ? (await verifyProject(allowIncomplete(project), sources, judging)).report : null
  const nothing = { served: 0, refused: [], undecided: [], hidden: [], waysOut: [], unaccounted: [], unmended: [] }
  const asked = { ...nothing, before, child: null, after: null }
  if (runVerdict(asked) !== 'satisfied' && !observing) return finish(asked, observing)
  if (before !== null) onVerified?.(before)

  const approved = before === null ? [] : approvedOf(project, before)
  const gateway = await startGateway({ own: project, sources, approved, simulated })
  try {
    const child = await runBehind(gateway, approved, options)
    // Nobody is served any more, whatever the command left running.
    await gateway.close()
    const { log } = gateway
    const unmended = await mendLockfiles(project.dir, formerGateways(gateway, sources))
    const isChanged = changedLocks(texts, await readLockTexts(project.dir)).length > 0
    const lockfiles = isChanged ? await options.readLockfiles() : project.lockfiles
    const now: Project = { ...project, lockfiles }
    const after = isChanged && lockfiles.length > 0 ? (await verifyProject(now, sources, judging)).report : null
    const unaccounted = after === null ? [] : unaccountedOf(now, project, gateway)
    const { refused, undecided, hidden, waysOut } = log
    const handed = { served: log.served.length, refused, undecided, hidden, waysOut }
    const all = { before, child, ...handed, after, unaccounted, unmended }
    return finish(all, observing)
  } finally {
    await gateway.close()
  }
}

function finish(report: Parameters<typeof runVerdict>[0], observing: boolean): RunReport {
  return { schemaVersion: 1, verdict: runVerdict(report), observing, ...report }
}

async function runBehind(
  gateway: Gateway,
  approved: readonly ApprovedVersion[],
  options: GuardedRunOptions,
): Promise<ChildEnd> {
  const { command, cwd, env, project, sources } = options
  const scopes = [...sources.client.registries.scopes.keys()]
  const registries = scopes.map((scope) => `${scope}:registry=${gateway.registryFor('npm')}\n`).join('')
  const folder = await makeRunFolder(userConfigOf(env), registries)
  const giveBack = await adoptStore(project.dir, folder.pnpmStore)
  try {
    const yarnClassic = await prepareYarnClassic(project, approved, sources, folder)
    return await runChild({
      command,
      cwd,
      env: clientEnvironment({
        env,
        registryFor: (client) => gateway.registryFor(client),
        proxyUrl: gateway.proxyUrl,
        scopes,
        folders: folder,
        configHome: await makeConfigHome(folder.path('config'), env, scopes, gateway.registryFor('bun')),
        yarnPlugin: YARN_PLUGIN,
        yarnClassic,
      }),
    })
  } finally {
    await giveBack()
    await folder.remove()
  }
}

// Where npm looks for the user's own file.
function userConfigOf(env: Environment): string {
  const named = Object.entries(env).find(([name]) => name.toLowerCase() === 'npm_config_userconfig')?.[1]
  return named ?? join(env['HOME'] ?? homedir(), '.npmrc')
}

// Yarn 1 asks the hosts that its lockfile names, whatever its registry is.
async function prepareYarnClassic(
  { lockfiles, dir }: Project,
  approved: readonly ApprovedVersion[],
  { client }: OpenSources,
  { offlineMirror }: RunFolder,
): Promise<{ readonly mirror: string | null } | null> {
  // An empty file is how a project of Yarn 4 begins, which does not start over the variable of a mirror.
  if (lockfiles.some(({ manager, entries }) => manager === 'yarn-classic' && entries.length > 0)) {
    await fillOfflineMirror(offlineMirror, approved, client)
    return { mirror: offlineMirror }
  }
  const isBerry = lockfiles.some(({ manager }) => manager === 'yarn')
  const settings = await readFile(join(dir, '.yarnrc.yml'), 'utf8').catch(() => null)
  return isBerry || settings !== null ? null : { mirror: null }
}

// What passed, with the bytes that it passed with. Of what the policy leaves out nobody knows anything: that the gateway decides.
function approvedOf({ lockfiles }: Project, { packages }: Report): readonly ApprovedVersion[] {
  const urls = new Map(
    groupEntries(lockfiles).map(({ name, version, places }) => [
      nameAtVersion(name, version),
      places.find(({ resolved }) => resolved !== null)?.resolved ?? null,
    ]),
  )
  return packages.flatMap(({ name, version, integrity, verdict }) => {
    const bound = parseIntegrity(integrity)
    const resolved = urls.get(nameAtVersion(name, version))
    if (resolved === undefined || bound.state !== 'sha512' || !PASSING.has(verdict)) return []
    return [{ name, version, integrity: bound.sha512, resolved }]
  })
}

const PASSING: ReadonlySet<string> = new Set(['trusted', 'unattested', 'exempt'])

// A client that took a version from somewhere else: a cache that it was not given, another registry, a folder that was there already.
function unaccountedOf(
  { lockfiles }: Project,
  before: Project,
  { log: { served, described } }: Gateway,
): readonly UnaccountedVersion[] {
  const known = new Set([...groupEntries(before.lockfiles), ...served].map(keyOf))
  // For another system than this one a client locks what the metadata says, and fetches nothing.
  const named = new Set(described)
  return groupEntries(lockfiles)
    .filter((group) => !known.has(keyOf(group)) && !named.has(group.name))
    .map(({ name, version, places }) => ({ name, version, locations: places.map(({ where }) => where) }))
}

function keyOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return nameAtVersion(name, version)
}

function formerGateways(gateway: Gateway, { client }: OpenSources): Parameters<typeof mendLockfiles>[1] {
  return {
    origin: gateway.proxyUrl,
    baseOf: (client_) => gateway.registryFor(client_),
    registryOf: (name) => client.downloadRegistryOf(name),
  }
}
