// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { readWatchRecord, sendWebhook, watchReleases, writeWatchRecord } from '@bonafide/publish'
import type { Watch, WatchReport, WebhookOutcome } from '@bonafide/publish'
import { isLoopback, loadNpmSettings } from '@bonafide/registry'
import { readOwnFiles } from '@bonafide/verify'
import { checkPersonDecides, confirm } from '../decision.ts'
import { EXIT } from '../exit-code.ts'
import { renderJson } from '../render-json.ts'
import { renderWatch } from '../render-watch.ts'
import { printable } from '../terminal.ts'
import { usage } from '../words.ts'
import type { Words } from '../words.ts'
import type { Command, CommandInput } from './command.ts'
import { openSourcesOf } from './sources.ts'

/** `bonafide watch` */
export const WATCH: Command = {
  name: 'watch',
  group: 'publish',
  operands: '[DIR]',
  summary: 'hold what the registry shows of my packages against what this repository released',
  title: 'hold what the registry shows of my packages against what this repository released',
  about: `Looks once at every package that DIR releases (default: the current folder), those of a workspace too: each version has to have a
git tag (publish.tags in bonafide.json) and provenance of this repository, its workflow, ref and commit, and to come by trusted publishing
where earlier ones did; dist-tags have to name such versions. What tags do not tell (maintainers, configurations of trusted publishing,
deprecated and withdrawn versions) is held against bonafide.watch.json, which --record writes after a person has confirmed it. Anything
unknown is an alarm: a finding, exit code 1, and a message to --webhook. Looks once and keeps nothing: run it from a job with a schedule.`,
  options: [
    'since',
    'webhook',
    'record',
    'yes',
    'registry',
    'evidence-registry',
    'trusted-root',
    'registry-keys',
    'policy',
    'now',
    'json',
  ],
  exits: [
    '0  nothing unknown',
    '1  alarm: something that this repository does not explain',
    '2  wrong usage, a file that cannot be used, or nothing to hold the registry against',
    '3  the registry, the attestations, the trust root or the tags could not be had: nobody could tell',
  ],
  async run(words, input) {
    const dir = words.folder('watch')
    const webhook = webhookOf(words)
    const { terminal, env, cwd } = input
    const isRecording = words.has('record')
    const line = ['bonafide watch', ...words.operands, '--record'].join(' ')
    if (isRecording) checkPersonDecides(env, terminal, words.has('yes'), line)
    else if (words.has('yes')) throw usage('--yes without --record', { wanted: 'something to decide' })
    const own = await readOwnFiles({ cwd, dir, policy: words.text('policy') })
    const recorded = await readWatchRecord(cwd, dir)
    const sources = await openSourcesOf(dir, own, words, input)
    const since = words.time('since') ?? null
    const policy = own.policy.publish
    const watch = await watchReleases({ cwd, dir, env, policy, recorded, since, sources }).finally(() =>
      sources.close(),
    )
    const written = isRecording ? await record(watch, dir, words, input) : null
    const { report } = watch
    const outcome = webhook === null || report.verdict !== 'refused' ? null : await alarm(report, webhook, dir, input)
    if (words.has('json')) terminal.out(renderJson({ ...report, webhook: outcome, written }))
    else if (written === null) terminal.out(renderWatch(report, outcome, terminal))
    else terminal.out(`wrote ${printable(written)}: review and commit it\n`)
    return written === null ? EXIT[report.verdict] : EXIT.satisfied
  },
}

// Whoever reads the alarm on its way knows what we know, and can keep it from arriving.
function webhookOf(words: Words): URL | null {
  const text = words.text('webhook')
  if (text === undefined) return null
  const url = URL.parse(text)
  const isSafe = url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)))
  // The address may hold a secret: it is not shown.
  if (!isSafe || url.username !== '' || url.password !== '')
    throw usage('--webhook takes no such address', {
      found: url === null ? 'no URL' : `${url.protocol}//${url.host}${url.username === '' ? '' : ' with credentials'}`,
      wanted: 'an https URL without user and password, or http to loopback',
    })
  return url
}

async function alarm(report: WatchReport, url: URL, dir: string, { env, cwd }: CommandInput): Promise<WebhookOutcome> {
  const { connectionTo } = await loadNpmSettings({ cwd: resolve(cwd, dir), env })
  return sendWebhook(report, { url, connectionTo })
}

async function record(
  { report, record: packages }: Watch,
  dir: string,
  words: Words,
  { terminal, cwd }: CommandInput,
): Promise<string> {
  // Nobody has seen what could not be read.
  if (report.verdict === 'undecided' || report.findings.some(({ level }) => level === 'undecided'))
    throw usage('there is something that could not be read, so nothing is recorded', {
      found: report.findings.find(({ level }) => level === 'undecided')?.found ?? '',
      wanted: 'a look at all of it',
      hint: 'run bonafide watch without --record, and see why',
    })
  terminal.err(`${renderWatch(report, null, terminal)}\n`)
  if (!words.has('yes'))
    await confirm(terminal, 'record all of this as released by you', [...packages.keys()].map(printable))
  return writeWatchRecord(packages, cwd, dir)
}
