// SPDX-License-Identifier: Apache-2.0
import { publishVerdict } from '@bonafide/core'
import type { PublishFinding } from '@bonafide/core'
import { checkLeaks, findLeaks, placesOf } from '@bonafide/credentials'
import type { FoundLeaks } from '@bonafide/credentials'
import { EXIT } from '../exit-code.ts'
import { ownVersion } from '../own-version.ts'
import { namedFromRepository } from '../placed-finding.ts'
import { renderJson } from '../render-json.ts'
import { renderLeaks } from '../render-leaks.ts'
import { renderPublishGithub } from '../render-publish-github.ts'
import { renderPublishSarif } from '../render-publish-sarif.ts'
import type { Terminal } from '../terminal.ts'
import type { Command, CommandInput } from './command.ts'

const FORMS = ['github', 'sarif'] as const

/** `bonafide doctor leaks` */
export const DOCTOR_LEAKS: Command = {
  name: 'doctor leaks',
  group: 'publish',
  operands: '[PATH...]',
  summary: 'find npm tokens and credentials of registries in files, tarballs and the history of git',
  title: 'find npm tokens and credentials of registries',
  about: `Looks through every file below PATH (default: the current folder), ignored by git or not: .env, npmrc, CI configuration, whatever
else, and the inside of packed tarballs; with --history through everything that git holds, each object once. An npm token is known by
its checksum, wherever it stands, in base64 or UTF-16 too; in files of settings every credential of a registry is told. Tokens are shown
by their first and last four characters. node_modules is left out, unless it is named or packed along with a package; links are not
followed. Asks nobody, and writes nothing. --format takes human, json, github and sarif.`,
  options: ['history', 'json', 'format'],
  exits: [
    '0  nothing was found, and everything was read',
    '1  something was found',
    '2  wrong usage, a path that is not there, --history without a repository',
    '3  nothing was found, and something could not be read',
  ],
  async run(words, input) {
    const form = words.format(FORMS)
    const found = await findLeaks({
      paths: words.operands.length === 0 ? ['.'] : words.operands,
      cwd: input.cwd,
      env: input.env,
      history: words.has('history'),
      onProgress: progressOn(input.terminal),
    })
    if (input.terminal.live) input.terminal.err(CLEAR)
    const findings = checkLeaks(found)
    input.terminal.out(await render(form, found, findings, input))
    return EXIT[publishVerdict(findings)]
  },
}

async function render(
  form: (typeof FORMS)[number] | 'human' | 'json',
  found: FoundLeaks,
  findings: readonly PublishFinding[],
  { cwd, env, terminal }: CommandInput,
): Promise<string> {
  const named = namedFromRepository(cwd, env)
  const verdict = publishVerdict(findings)
  switch (form) {
    case 'human':
      return renderLeaks(found, terminal)
    case 'json':
      return renderJson({ schemaVersion: 1, verdict, ...found, findings })
    case 'github':
      return renderPublishGithub(findings, named)
    case 'sarif':
      return renderPublishSarif(findings, {
        version: await ownVersion(),
        exitCode: EXIT[verdict],
        // Findings about leaks stand in the order of the leaks.
        othersOf(finding) {
          const leak = found.leaks[findings.indexOf(finding)]
          return leak === undefined ? [] : placesOf(leak).slice(1)
        },
        named,
        properties: { verdict, counts: found.counts, skipped: found.skipped },
      })
    default:
      return unknownForm(form)
  }
}

const CLEAR = '\r\u001b[K'
const EVERY = 1000

// On a terminal alone: a log of CI needs no line for each thousand.
function progressOn({ live, err }: Terminal): (files: number, objects: number) => void {
  let shown = 0
  return (files, objects) => {
    if (!live || files + objects < shown + EVERY) return
    shown = files + objects
    err(`${CLEAR}looked through ${files} files${objects === 0 ? '' : ` and ${objects} objects of the history`}`)
  }
}

function unknownForm(form: never): never {
  throw new TypeError(`no such form: ${JSON.stringify(form)}`)
}
