// SPDX-License-Identifier: Apache-2.0
import { openSources } from '@bonafide/verify'
import type {
  EvidenceOptions,
  JudgedOptions,
  OpenSources,
  OwnFiles,
  Progress,
  ProjectOptions,
  SourceOptions,
} from '@bonafide/verify'
import type { Terminal } from '../terminal.ts'
import { usage } from '../words.ts'
import type { Words } from '../words.ts'
import type { CommandInput } from './command.ts'

/** The sources that the options ask for. */
export function openSourcesOf(
  dir: string,
  { privateRoots }: Pick<OwnFiles, 'privateRoots'>,
  words: Words,
  { cwd, env }: CommandInput,
  readsTarballs: boolean = words.has('tarballs'),
  installing: Pick<SourceOptions, 'installs' | 'readsTarballOf'> = {},
): Promise<OpenSources> {
  return openSources({
    ...installing,
    privateRoots,
    cwd,
    dir,
    env,
    now: words.now() ?? new Date(),
    offline: words.has('offline'),
    evidence: evidenceOf(words),
    keepsEvidence: words.has('export-evidence'),
    tarballs: readsTarballs,
    registry: words.text('registry'),
    evidenceRegistry: words.text('evidence-registry'),
    trustedRoot: words.text('trusted-root'),
    registryKeys: words.text('registry-keys'),
  })
}

function evidenceOf(words: Words): EvidenceOptions | undefined {
  const [file, sha256] = [words.text('evidence'), words.text('evidence-sha256')]
  if (words.has('export-evidence')) {
    // A copy of what a cache or another file holds would be dated anew.
    for (const name of ['evidence', 'offline', 'now'] as const)
      if (words.has(name))
        throw usage(`--export-evidence and --${name} exclude each other`, { wanted: 'answers of registries, of now' })
  }
  if (sha256 !== undefined && file === undefined)
    throw usage('--evidence-sha256 without --evidence', { wanted: 'the file that it is the digest of' })
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/u.test(sha256))
    throw usage('--evidence-sha256 takes no such digest', {
      found: sha256,
      wanted: '64 digits in lower-case hexadecimal',
    })
  return file === undefined ? undefined : { file, sha256 }
}

/** What the options say of the project and its base. */
export function judgedOptions(dir: string, words: Words, input: CommandInput): JudgedOptions {
  const loosened = words.text('loosened') ?? 'refuse'
  if (loosened !== 'refuse' && loosened !== 'warn')
    throw usage(`--loosened takes no such level: ${loosened}`, { found: loosened, wanted: 'refuse or warn' })
  if (words.has('base') && words.has('no-base'))
    throw usage('--base and --no-base exclude each other', { wanted: 'one of them' })
  return {
    ...projectOptions(dir, words, input),
    env: input.env,
    base: words.text('base'),
    withoutBase: words.has('no-base'),
    loosened,
  }
}

/** The project that the options name. */
export function projectOptions(dir: string, words: Words, { cwd }: CommandInput): ProjectOptions {
  return { cwd, dir, lockfile: words.text('lockfile'), policy: words.text('policy') }
}

/** Tells on stderr how far a run has come. */
export function progressOn(terminal: Terminal): Progress {
  return (done, total) => {
    if (terminal.live) terminal.err(done === total ? '\r\u001b[K' : `\rverified ${done} of ${total}`)
    else if (done % 250 === 0) terminal.err(`verified ${done} of ${total}\n`)
  }
}
