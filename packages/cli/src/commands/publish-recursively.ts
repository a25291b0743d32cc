// SPDX-License-Identifier: Apache-2.0
import { TARBALL_LIST, appendJobSummary, publishWorkspace } from '@bonafide/publish'
import type { WorkspaceSource } from '@bonafide/publish'
import { EXIT } from '../exit-code.ts'
import type { ExitCode } from '../exit-code.ts'
import { releaseOptions } from '../release-options.ts'
import { renderJson } from '../render-json.ts'
import { renderMember, renderWorkspace, renderWorkspaceMarkdown } from '../render-workspace.ts'
import { printable } from '../terminal.ts'
import { usage } from '../words.ts'
import type { Words } from '../words.ts'
import type { CommandInput } from './command.ts'

/** `bonafide publish -r`: the packages of a workspace, or tarballs with the list of their digests. */
export async function publishRecursively(words: Words, input: CommandInput): Promise<ExitCode> {
  const { terminal, env } = input
  const source = sourceOf(words)
  const report = await publishWorkspace({
    ...(await releaseOptions(words, source.kind === 'workspace' ? source.path : '.', input)),
    source,
    onPackage: (...told) => terminal.err(renderMember(...told)),
  })
  terminal.out(words.has('json') ? renderJson(report) : renderWorkspace(report, resumeOf(words, source.path), terminal))
  const summary = await appendJobSummary(env, renderWorkspaceMarkdown(report))
  if (summary.kind === 'not-written') terminal.err(`no job summary: ${printable(summary.reason)}\n`)
  return EXIT[report.verdict]
}

// As it was typed, but for what only looks on.
function resumeOf(words: Words, path: string): string {
  const flags = (['stage', 'allow-script', 'no-provenance'] as const).filter((name) => words.has(name))
  const texts = (['sha512', 'tag', 'access', 'wait', 'registry', 'policy'] as const).flatMap((name) => {
    const text = words.text(name)
    return text === undefined ? [] : [`--${name} ${text}`]
  })
  return ['bonafide publish -r', path, ...texts, ...flags.map((name) => `--${name}`)].join(' ')
}

function sourceOf(words: Words): WorkspaceSource {
  const path = words.folder('publish')
  // A build of many packages beside one identity.
  if (words.has('allow-scripts'))
    throw usage('--allow-scripts with -r', {
      wanted: `a job without id-token that packs them all; then bonafide publish -r FOLDER --sha512 HEX, the digest of its ${TARBALL_LIST}`,
    })
  // One code is good for one version.
  if (words.has('otp')) throw usage('--otp with -r', { wanted: 'a job, whose registry asks for no code; or --stage' })
  const sha512 = words.text('sha512')
  return sha512 === undefined ? { kind: 'workspace', path } : { kind: 'tarballs', path, sha512 }
}
