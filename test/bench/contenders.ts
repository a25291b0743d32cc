// SPDX-License-Identifier: Apache-2.0
// The commands that are held against each other: the real npm beside ours, on the same project, registry and trust.
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { commandOf } from '../support/clients.ts'
import { BONAFIDE, measureCommand, medianOf } from './command.ts'
import type { Command, CommandCosts } from './command.ts'
import type { ServedRegistry } from './served-registry.ts'

/** A command with an empty cache, and with what that run left in it. */
export interface Contest {
  readonly command: string
  readonly cold: CommandCosts
  readonly warm: CommandCosts
}

interface Contender {
  readonly name: string
  readonly command: Command
  /** Whether it makes `node_modules` anew, and so has to find none. */
  readonly installs: boolean
  readonly expects: (stdout: string) => boolean
  /** Gives it a cache that nobody has used. */
  readonly forget: () => void
}

/** Runs the contenders in turn, so many times each, and takes the middle of each. */
export function holdContest(
  served: ServedRegistry,
  names: readonly string[],
  rounds: number,
  tell: (text: string) => void,
): readonly Contest[] {
  const project = join(served.root, 'projects', String(served.versions.length))
  adopt(served, project)
  const contenders = contendersOf(served, project).filter(({ name }) => names.includes(name))
  const costs = contenders.map(({ name }) => ({ name, cold: [] as CommandCosts[], warm: [] as CommandCosts[] }))
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      contender.forget()
      for (const state of ['cold', 'warm'] as const) {
        if (contender.installs) rmSync(join(project, 'node_modules'), { recursive: true, force: true })
        // What the run before has left to be written is not this one's work.
        spawnSync('sync')
        const cost = measureTwice(contender, tell)
        costs[index]?.[state].push(cost)
        tell(`${contender.name}, ${state}: ${(cost.wall / 1000).toFixed(2)} s, ${(cost.processor / 1000).toFixed(2)} s`)
      }
    }
  }
  return costs.map(({ name, cold, warm }) => ({ command: name, cold: medianOf(cold), warm: medianOf(warm) }))
}

// npm calls an attestation invalid where a request went wrong: such a run is told, and measured once more.
function measureTwice({ name, command, expects }: Contender, tell: (text: string) => void): CommandCosts {
  try {
    return measureCommand(command, expects)
  } catch (error) {
    tell(`${name}: once more, since ${error instanceof Error ? error.message.slice(-300) : String(error)}`)
    return measureCommand(command, expects)
  }
}

/** What `bonafide` is told of a served registry. */
export function bonafideOn(served: ServedRegistry, project: string, words: readonly string[]): Command {
  const trust = [
    '--trusted-root',
    join(served.root, 'trusted_root.json'),
    '--registry-keys',
    join(served.root, 'keys.json'),
  ]
  return {
    program: BONAFIDE,
    words: [...words, '--registry', served.registryUrl, ...trust],
    cwd: project,
    env: { HOME: join(served.root, 'home'), XDG_CACHE_HOME: join(served.root, 'bonafide-cache') },
  }
}

/** Empties bonafide's cache. */
export function forgetBonafide({ root }: ServedRegistry): void {
  rmSync(join(root, 'bonafide-cache'), { recursive: true, force: true })
}

/** Whether a report in JSON calls so many versions trusted. */
export function trusts(count: number): (stdout: string) => boolean {
  return (stdout) => (stdout.match(/"verdict": ?"trusted"/gu)?.length ?? 0) === count
}

// A project that has been adopted: its lockfile has a pin for each package.
function adopt(served: ServedRegistry, project: string): void {
  const { length } = served.versions
  measureCommand(
    bonafideOn(served, project, ['init', '--json']),
    (stdout) => stdout.includes(`"identities"`) && length > 0,
  )
}

function contendersOf(served: ServedRegistry, project: string): readonly Contender[] {
  const { root, versions } = served
  const { length } = versions
  const cache = join(root, 'npm-cache-used')
  const npm = (words: readonly string[]): Command => ({
    program: commandOf('npm')[1] ?? '',
    words,
    cwd: project,
    env: {
      ...served.npmEnv,
      HOME: join(root, 'home'),
      npm_config_registry: served.registryUrl,
      npm_config_cache: cache,
      npm_config_userconfig: join(root, 'no-user-npmrc'),
      npm_config_globalconfig: join(root, 'no-global-npmrc'),
      npm_config_update_notifier: 'false',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
    },
  })
  const forgetNpm = (): void => {
    rmSync(cache, { recursive: true, force: true })
    cpSync(join(root, 'npm-cache'), cache, { recursive: true })
  }
  const forget = (): void => forgetBonafide(served)
  return [
    {
      name: 'npm ci',
      command: npm(['ci']),
      installs: true,
      expects: (stdout) => stdout.includes(`added ${length} packages`),
      forget: forgetNpm,
    },
    {
      name: 'bonafide ci',
      command: bonafideOn(served, project, ['ci']),
      installs: true,
      expects: () => true,
      forget,
    },
    {
      name: 'npm audit signatures',
      command: npm(['audit', 'signatures']),
      installs: false,
      expects: (stdout) => stdout.includes(`${length} packages have verified attestations`),
      forget: forgetNpm,
    },
    {
      name: 'bonafide verify',
      command: bonafideOn(served, project, ['verify', '--json']),
      installs: false,
      expects: trusts(length),
      forget,
    },
    {
      name: 'bonafide verify --tarballs',
      command: bonafideOn(served, project, ['verify', '--tarballs', '--json']),
      installs: false,
      expects: trusts(length),
      forget,
    },
  ]
}
