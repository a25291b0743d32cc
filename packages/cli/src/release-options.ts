// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { Secret } from '@bonafide/core'
import { PUBLISH_PATIENCE } from '@bonafide/publish'
import type { PublishOptions } from '@bonafide/publish'
import { openRepository, readOwnFiles } from '@bonafide/verify'
import type { CommandInput } from './commands/command.ts'
import { policyFolder } from './policy-folder.ts'
import { renderStage } from './render-publish.ts'
import { usage } from './words.ts'
import type { Words } from './words.ts'

/** What a release is to be like, whatever is released. */
export async function releaseOptions(
  words: Words,
  dir: string,
  { cwd, env, terminal }: CommandInput,
): Promise<Omit<PublishOptions, 'source'>> {
  const folder = resolve(cwd, dir)
  const repository = await openRepository(folder, env)
  const place = await policyFolder(folder, 'problem' in repository ? folder : repository.top)
  const own = await readOwnFiles({ cwd, dir: place, policy: words.text('policy') })
  const otp = words.text('otp')
  return {
    cwd,
    env,
    now: () => new Date(),
    policy: own.policy.publish,
    trust: {
      trustedRoot: words.text('trusted-root'),
      registryKeys: words.text('registry-keys'),
      privateRoots: own.privateRoots,
    },
    registry: words.text('registry') ?? null,
    tag: words.text('tag') ?? null,
    access: accessOf(words),
    otp: otp === undefined ? null : new Secret(otp),
    isStaged: words.has('stage'),
    isDryRun: words.has('dry-run'),
    allowScript: words.has('allow-script'),
    withoutProvenance: words.has('no-provenance'),
    patience: { ...PUBLISH_PATIENCE, arrival: waitOf(words) },
    onStage: (stage, detail) => terminal.err(renderStage(stage, detail)),
  }
}

function accessOf(words: Words): PublishOptions['access'] {
  const access = words.text('access')
  if (access === undefined) return null
  if (access === 'public' || access === 'restricted') return access
  throw usage(`--access takes no such word: ${access}`, { found: access, wanted: 'public or restricted' })
}

// An hour: a token that outlives the wait is of no use.
const LONGEST_WAIT = 3600

function waitOf(words: Words): number {
  const text = words.text('wait')
  if (text === undefined) return PUBLISH_PATIENCE.arrival
  const seconds = Number(text)
  if (/^\d{1,4}$/u.test(text) && seconds <= LONGEST_WAIT) return seconds * 1000
  throw usage('--wait takes no such time', { found: text, wanted: `whole seconds, ${LONGEST_WAIT} at most` })
}
