// SPDX-License-Identifier: Apache-2.0
// What gets into a job that releases, or that makes what is released.
import { isJsonObject } from '@bonafide/core'
import type { JsonObject } from '@bonafide/core'
import { doctorFinding } from './doctor-finding.ts'
import type { DoctorFinding } from './doctor-finding.ts'
import { isLoose, ownerOf } from './foreign-uses.ts'
import type { PipelineJob, PipelineStep, Sourced } from './pipeline.ts'
import type { PlacedAct, PlannedJob } from './release-plan.ts'
import { shellWord } from './shell-word.ts'
import { tokensOf } from './stored-tokens.ts'

/** What the settings of a job that releases let in. */
export function checkJob(planned: PlannedJob, root: JsonObject): readonly DoctorFinding[] {
  const { job, isInRelease, feedsRelease, publishes } = planned
  if (!isInRelease) return []
  const holds = job.identity !== null || tokensOf(job).length > 0
  return [
    ...(job.identity === null ? [] : identityBesideCode(planned)),
    ...(holds || feedsRelease ? looseUses(job, holds) : []),
    ...(holds || feedsRelease ? caches(job, namesNpm(root)) : []),
    ...(holds ? looseManagers(planned) : []),
    ...(holds || publishes.length > 0 ? runners(job) : []),
  ]
}

// A dependency's script beside an identity token.
function identityBesideCode({ job, acts, publishes }: PlannedJob): readonly DoctorFinding[] {
  const installs = acts.filter(({ act }) => act.kind === 'install')
  const loud = installs.filter(({ act }) => act.kind === 'install' && !act.isQuiet)
  const tools = acts.filter(({ act }) => act.kind === 'tool')
  // The repository's own scripts are as trusted as its workflow; with packages installed, they run those.
  const scripts = installs.length > 0 ? acts.filter(({ act }) => act.kind === 'script') : []
  const inside = publishes.filter(
    ({ act, step }) => act.kind === 'publish' && act.tool === 'release-tool' && step.uses === null,
  )
  const code = [...loud, ...tools, ...scripts, ...inside].toSorted((a, b) => a.act.line - b.act.line)
  const [first] = code
  if (first === undefined) return []
  const what = [...new Set(code.map(({ act }) => shortOf(act.kind === 'script' ? act.what : act.words.join(' '))))]
  return [
    doctorFinding('workflow-identity-beside-code', {
      subject: `job ${job.name}`,
      found: `${grantOf(job)} in a job that runs ${listed(what)}`,
      wanted:
        'a job that installs and runs nothing: it takes the tarball and its sha512 from a job without an identity',
      where: { kind: 'file', path: first.step.file, line: first.act.line },
      fix: [
        'bonafide doctor --fix: it writes the two jobs',
        'build and npm pack in a job without the identity, and publish the tarball by bonafide publish TARBALL --sha512 HEX',
      ],
    }),
  ]
}

function grantOf(job: PipelineJob): string {
  return job.system === 'github' ? 'id-token: write' : job.system === 'gitlab' ? 'id_tokens' : 'an identity token'
}

// How many commands a sentence names.
const NAMED = 4

function listed(words: readonly string[]): string {
  const more = words.length - NAMED
  return `${words.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function shortOf(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

// Owners whose actions come with the CI system itself: to take them over is to take over the CI system.
const OF_THE_SYSTEM: ReadonlySet<string> = new Set(['actions', 'github'])

function looseUses(job: PipelineJob, holds: boolean): readonly DoctorFinding[] {
  return job.steps.flatMap(({ uses, file }) => {
    if (job.system !== 'github' || uses === null || !isLoose(uses.text)) return []
    const [name = '', version = ''] = uses.text.split('@')
    const isImage = uses.text.startsWith('docker://')
    return [
      doctorFinding('workflow-action-unpinned', {
        subject: `job ${job.name}`,
        level: holds && !OF_THE_SYSTEM.has(ownerOf(uses.text)) ? 'refuse' : 'warn',
        found: `uses: ${uses.text}`,
        wanted: isImage ? 'an image by its digest' : 'a whole commit, which nobody can move',
        where: { kind: 'file', path: file, line: uses.line },
        fix: isImage
          ? [
              `docker buildx imagetools inspect ${shellWord(uses.text.slice('docker://'.length))}, and write its @sha256:...`,
            ]
          : [
              `git ls-remote ${shellWord(`https://github.com/${name.split('/').slice(0, 2).join('/')}`)} ${shellWord(version)}, and write the commit with "# ${version}" behind it`,
            ],
      }),
    ]
  })
}

// Actions that restore a cache when a setting of theirs asks for it.
const CACHE_SETTINGS: readonly (readonly [RegExp, string])[] = [
  [/^actions\/setup-(?:node|python|go|java|dotnet)@/u, 'cache'],
  [/^pnpm\/action-setup@/u, 'cache'],
  [/^ruby\/setup-ruby@/u, 'bundler-cache'],
  [/^jdx\/mise-action@/u, 'cache'],
]

// setup-node restores npm's cache by itself, from its fifth version on, where package.json says that npm is the project's manager.
function namesNpm({ packageManager, devEngines }: JsonObject): boolean {
  const engine =
    isJsonObject(devEngines) && isJsonObject(devEngines['packageManager']) ? devEngines['packageManager'] : {}
  return engine['name'] === 'npm' || (typeof packageManager === 'string' && packageManager.startsWith('npm@'))
}

function caches(job: PipelineJob, isByItself: boolean): readonly DoctorFinding[] {
  const steps = job.steps.flatMap((step) => {
    const found = cacheOf(step) ?? (isByItself ? ownCacheOf(step) : null)
    return found === null ? [] : [{ file: step.file, ...found }]
  })
  return [...steps, ...job.caches.map((one) => ({ file: job.file, ...one }))].map(({ file, line, text }) =>
    doctorFinding('workflow-cache', {
      subject: `job ${job.name}`,
      found: `${text} restores a cache into a release`,
      wanted: 'a release that is made of what the lockfile names and of nothing else',
      where: { kind: 'file', path: file, line },
      fix: [
        text.includes(BY_ITSELF)
          ? 'package-manager-cache: false'
          : 'take the cache out of this job: a release is rare, and can wait',
      ],
    }),
  )
}

function cacheOf({ uses, inputs }: PipelineStep): Sourced | null {
  if (uses === null) return null
  const { text, line } = uses
  const name = text.replace(/@.*$/u, '')
  if (/^actions\/cache\/save$/u.test(name)) return null
  if (name === 'restore_cache') return { text: name, line }
  if (/(?:^|[/-])(?:[a-z-]*-)?cache(?:-action)?(?:\/restore)?$/iu.test(name)) return { text: name, line }
  for (const [pattern, key] of CACHE_SETTINGS) {
    const setting = inputs.get(key)
    if (pattern.test(text) && setting !== undefined && !['', 'false'].includes(setting.text))
      return { text: `${name} with ${key}: ${setting.text}`, line: setting.line }
  }
  return null
}

const BY_ITSELF = 'by itself'

function ownCacheOf({ uses, inputs }: PipelineStep): Sourced | null {
  const isOff = inputs.get('package-manager-cache')?.text === 'false'
  if (uses === null || isOff || !/^actions\/setup-node@(?:v?(?:[5-9]|\d\d)\b|main$)/u.test(uses.text)) return null
  return { line: uses.line, text: `${uses.text}, ${BY_ITSELF},` }
}

function looseManagers({ job, acts }: PlannedJob): readonly DoctorFinding[] {
  return acts
    .filter(({ act }) => act.kind === 'manager' && !act.isExact)
    .map(({ act, step }: PlacedAct) =>
      doctorFinding('workflow-manager-unpinned', {
        subject: `job ${job.name}`,
        level: 'warn',
        found: act.what,
        wanted: 'an exact version, or the one that comes with Node.js',
        where: { kind: 'file', path: step.file, line: act.line },
        fix: [
          'node-version: 24 brings a npm that can exchange an identity',
          'write the whole version, such as npm@12.2.0',
        ],
      }),
    )
}

// Machines that the CI system itself makes anew for each job.
const HOSTED = /^(?:ubuntu|windows|macos)-[\w.-]+$/u

function runners(job: PipelineJob): readonly DoctorFinding[] {
  if (job.system !== 'github') return []
  const isOwn = job.runner.some(({ text }) => text === 'self-hosted')
  const strange = job.runner.find(({ text }) => text === 'self-hosted' || !HOSTED.test(text))
  if (strange === undefined) return []
  return [
    doctorFinding('workflow-runner', {
      subject: `job ${job.name}`,
      level: isOwn ? 'refuse' : 'warn',
      found: `runs-on: ${job.runner.map(({ text }) => text).join(', ')}`,
      wanted: 'a machine of the CI system that is made for this job and thrown away',
      where: { kind: 'file', path: job.file, line: strange.line },
      fix: ['runs-on: ubuntu-latest, for the job that publishes: registries exchange no identity of other machines'],
    }),
  ]
}
