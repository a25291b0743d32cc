// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { guardRelease } from '@bonafide/publish'
import { loadNpmSettings } from '@bonafide/registry'
import { openRepository, readOwnFiles } from '@bonafide/verify'
import { EXIT } from '../exit-code.ts'
import { policyFolder } from '../policy-folder.ts'
import { renderGuard } from '../render-guard.ts'
import { renderJson } from '../render-json.ts'
import type { Words } from '../words.ts'
import type { Command, CommandInput } from './command.ts'

/** `bonafide guard` */
export const GUARD: Command = {
  name: 'guard',
  group: 'publish',
  operands: '[DIR]',
  summary: 'in prepublishOnly: stop a publish that a stolen token could have made as well',
  title: 'stop a publish that a stolen token could have made as well',
  about: `One line in package.json, for npm, pnpm, Bun and lerna; with Yarn it is "prepack":

  "scripts": { "prepublishOnly": "bonafide guard" }

Looks for every credential that a publish of the package in DIR could use (default: the current folder), and refuses those that outlive the
policy's limit (publish.maxTokenLifetime in bonafide.json, 1h where it says nothing). Then, in a job of GitHub Actions, GitLab CI, CircleCI or any CI system
that hands over NPM_ID_TOKEN: trigger, ref, runner, workflow, tag, commit, clean tree and "repository" have to fit; and the registry has to give this
job a token, which is revoked at once. Where it does not, clients publish with whatever else they find, and say nothing.
Publishes nothing. Runs at npm publish --dry-run too. What a hook cannot stop stands in docs/publishing/guard.md.`,
  options: ['policy', 'allow-scripts', 'now', 'json'],
  exits: [
    '0  satisfied: the client goes on',
    '1  refused: a block for each reason, with the way to mend it; the client publishes nothing',
    '2  wrong usage, or a policy or package.json that cannot be used',
    '3  undecided: the CI system or the registry did not answer; run the job again',
  ],
  async run(words, input) {
    const { terminal, env } = input
    const dir = await folderOf(words, input)
    const repository = await openRepository(dir, env)
    const top = 'problem' in repository ? dir : repository.top
    const own = await readOwnFiles({ cwd: input.cwd, dir: await policyFolder(dir, top), policy: words.text('policy') })
    const { connectionTo } = await loadNpmSettings({ cwd: dir, env })
    const policy = own.policy.publish
    const report = await guardRelease({
      dir,
      top,
      env,
      policy,
      connectionTo,
      now: words.now() ?? new Date(),
      simulated: words.has('now'),
      allowScripts: words.has('allow-scripts'),
    })
    terminal.out(words.has('json') ? renderJson(report) : renderGuard(report, terminal))
    return EXIT[report.verdict]
  },
}

// A script runs in the folder of its package; one that has gone elsewhere finds it by npm's variable. Yarn leaves that as it was for a
// script around it, so that the folder comes first.
async function folderOf(words: Words, { cwd, env }: CommandInput): Promise<string> {
  if (words.operands.length > 0) return resolve(cwd, words.folder('guard'))
  const manifest = env['npm_package_json']
  if ((await isThere(join(cwd, 'package.json'))) || manifest === undefined || !isAbsolute(manifest)) return cwd
  return dirname(manifest)
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}
