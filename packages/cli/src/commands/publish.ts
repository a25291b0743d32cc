// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { appendJobSummary, publishPackage } from '@bonafide/publish'
import type { PublishOptions, PublishSource } from '@bonafide/publish'
import { EXIT } from '../exit-code.ts'
import { renderJson } from '../render-json.ts'
import { releaseOptions } from '../release-options.ts'
import { renderPublish } from '../render-publish.ts'
import { renderPublishMarkdown } from '../render-publish-markdown.ts'
import { printable } from '../terminal.ts'
import { usage } from '../words.ts'
import type { Words } from '../words.ts'
import type { Command, CommandInput } from './command.ts'
import { publishRecursively } from './publish-recursively.ts'

/** `bonafide publish` */
export const PUBLISH: Command = {
  name: 'publish',
  group: 'publish',
  operands: '[TARBALL | DIR]',
  summary: 'publish from a CI job without a token: checked, signed, sent once, read back',
  title: 'publish from a CI job without a token',
  about: `In a job of GitHub Actions, GitLab CI or CircleCI, or of any issuer by NPM_ID_TOKEN. Takes the tarball that another job packed, with its
digest, or packs DIR (default: the current folder) and runs nothing of it. Seven steps: no credential here may outlive the job; trigger, ref,
runner, tag and commit are those that bonafide.json allows; the package has nothing that consumers would refuse; the job's identity is
exchanged for a token that ends with it, and nothing else is ever sent; provenance is signed, and verified as consumers will; the version
is sent once, after a look whether it is there; it is read back as those who install see it. Then the token is revoked.

What is there already with the same bytes is done, so that it may be run again; -r goes on where it stopped. Outside CI nothing is
published.`,
  options: [
    'sha512',
    'recursive',
    'stage',
    'tag',
    'access',
    'dry-run',
    'otp',
    'allow-scripts',
    'allow-script',
    'no-provenance',
    'wait',
    'registry',
    'trusted-root',
    'registry-keys',
    'policy',
    'json',
  ],
  async run(words, input) {
    if (words.has('recursive')) return publishRecursively(words, input)
    const { terminal, env } = input
    const options = await optionsOf(words, input)
    const report = await publishPackage(options)
    terminal.out(words.has('json') ? renderJson(report) : renderPublish(report, terminal))
    const summary = await appendJobSummary(env, renderPublishMarkdown(report))
    if (summary.kind === 'not-written') terminal.err(`no job summary: ${printable(summary.reason)}\n`)
    return EXIT[report.verdict]
  },
}

async function optionsOf(words: Words, input: CommandInput): Promise<PublishOptions> {
  const source = await sourceOf(words, input.cwd)
  const dir = source.kind === 'folder' ? source.path : '.'
  return { ...(await releaseOptions(words, dir, input)), source }
}

async function sourceOf(words: Words, cwd: string): Promise<PublishSource> {
  const path = words.folder('publish')
  const sha512 = words.text('sha512')
  if (sha512 !== undefined) {
    if (words.operands.length === 0)
      throw usage('--sha512 without a tarball', { wanted: 'bonafide publish TARBALL --sha512 HEX' })
    if (words.has('allow-scripts'))
      throw usage('--allow-scripts with a tarball', { wanted: 'a folder: nothing of a tarball is run' })
    return { kind: 'tarball', path, sha512 }
  }
  const found = await stat(resolve(cwd, path)).catch(() => null)
  // A tarball that somebody swapped between two jobs. What is not there, and is called like one, was meant to be one.
  if (found?.isFile() === true || (found === null && path.endsWith('.tgz')))
    throw usage('a tarball without its digest', {
      found: path,
      wanted: `bonafide publish ${path} --sha512 HEX, by the word of the job that packed it`,
    })
  return { kind: 'folder', path, allowScripts: words.has('allow-scripts') }
}
